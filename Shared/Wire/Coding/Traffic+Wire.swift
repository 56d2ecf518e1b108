internal import CIsthmusProto
internal import Messaging

extension NeutralMessage: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__NeutralMessage>) {
        isthmus__v1__neutral_message__init(message)
    }

    func fill(_ message: inout Isthmus__V1__NeutralMessage, in arena: Arena) {
        message.id = arena.text(self.id.rawValue)
        message.from = arena.message(self.from)
        message.to = arena.message(self.to)
        message.sent_at = self.sentAt ?? 0
        message.sender_name = arena.text(self.senderName)
        switch self.content {
        case .instantMessage(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_INSTANT_MESSAGE
            message.instant_message = arena.message(value)
        case .composition(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_COMPOSITION
            message.composition = arena.message(value)
        case .deliveryReceipt(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_DELIVERY_RECEIPT
            message.delivery_receipt = arena.message(value)
        case .subscriptionRequest(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SUBSCRIPTION_REQUEST
            message.subscription_request = arena.message(value)
        case .subscriptionState(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SUBSCRIPTION_STATE
            message.subscription_state = value.number
        case .presence(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_PRESENCE
            message.presence = arena.message(value)
        case .presenceProbe:
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_PRESENCE_PROBE
            message.presence_probe = arena.blank(isthmus__v1__presence_probe__init)
        case .sessionOpened(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SESSION_OPENED
            message.session_opened = arena.message(value)
        case .sessionClosed(let value):
            message.content_case = ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SESSION_CLOSED
            message.session_closed = arena.message(value)
        }
    }

    init(_ message: Isthmus__V1__NeutralMessage) throws(WireError) {
        self.init(
            id: MessageID(try String(message.id)),
            from: try value(message.from),
            to: try value(message.to),
            sentAt: message.sent_at == 0 ? nil : message.sent_at,
            senderName: try optionalText(message.sender_name),
            content: try Content(message)
        )
    }
}

extension NeutralMessage.Content {
    fileprivate init(_ message: Isthmus__V1__NeutralMessage) throws(WireError) {
        switch message.content_case {
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_INSTANT_MESSAGE:
            self = .instantMessage(try value(message.instant_message))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_COMPOSITION:
            self = .composition(try value(message.composition))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_DELIVERY_RECEIPT:
            self = .deliveryReceipt(try value(message.delivery_receipt))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SUBSCRIPTION_REQUEST:
            self = .subscriptionRequest(try value(message.subscription_request))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SUBSCRIPTION_STATE:
            self = .subscriptionState(try SubscriptionState(message.subscription_state))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_PRESENCE:
            self = .presence(try value(message.presence))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_PRESENCE_PROBE:
            self = .presenceProbe
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SESSION_OPENED:
            self = .sessionOpened(try value(message.session_opened))
        case ISTHMUS__V1__NEUTRAL_MESSAGE__CONTENT_SESSION_CLOSED:
            self = .sessionClosed(try value(message.session_closed))
        default:
            throw .unknownValue("NeutralMessage.content")
        }
    }
}

extension DeliveryFailure.Condition: WireEnumeration {
    var number: Isthmus__V1__DeliveryFailure__Condition {
        switch self {
        case .badRequest: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_BAD_REQUEST
        case .conflict: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_CONFLICT
        case .featureNotImplemented: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_FEATURE_NOT_IMPLEMENTED
        case .forbidden: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_FORBIDDEN
        case .gone: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_GONE
        case .internalServerError: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_INTERNAL_SERVER_ERROR
        case .itemNotFound: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_ITEM_NOT_FOUND
        case .addressMalformed: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_ADDRESS_MALFORMED
        case .notAcceptable: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_NOT_ACCEPTABLE
        case .notAllowed: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_NOT_ALLOWED
        case .notAuthorized: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_NOT_AUTHORIZED
        case .policyViolation: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_POLICY_VIOLATION
        case .recipientUnavailable: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_RECIPIENT_UNAVAILABLE
        case .redirect: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_REDIRECT
        case .registrationRequired: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_REGISTRATION_REQUIRED
        case .remoteServerNotFound: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_REMOTE_SERVER_NOT_FOUND
        case .remoteServerTimeout: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_REMOTE_SERVER_TIMEOUT
        case .resourceConstraint: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_RESOURCE_CONSTRAINT
        case .serviceUnavailable: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_SERVICE_UNAVAILABLE
        case .subscriptionRequired: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_SUBSCRIPTION_REQUIRED
        case .undefinedCondition: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_UNDEFINED_CONDITION
        case .unexpectedRequest: ISTHMUS__V1__DELIVERY_FAILURE__CONDITION__CONDITION_UNEXPECTED_REQUEST
        }
    }
}

extension DeliveryFailure: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DeliveryFailure>) {
        isthmus__v1__delivery_failure__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DeliveryFailure, in arena: Arena) {
        message.condition = self.condition.number
        message.reason = arena.text(self.reason.rawValue)
        message.text = arena.text(self.text)
        message.alternative = arena.message(ifAny: self.alternative)
        message.language = arena.text(self.language)
        message.sip_status = self.sipStatus.map { UInt32(clamping: $0) } ?? 0
    }

    /// A failure is a failure, also when a newer version gives it a condition or a reason that this one does not know.
    init(_ message: Isthmus__V1__DeliveryFailure) throws(WireError) {
        self.init(
            Condition(ifKnown: message.condition) ?? .undefinedCondition,
            reason: RefusalReason(rawValue: try String(message.reason)) ?? .internalError,
            text: try String(message.text),
            language: try optionalText(message.language),
            alternative: try optionalValue(message.alternative),
            sipStatus: message.sip_status == 0 ? nil : Int(message.sip_status)
        )
    }
}

extension TrafficMessage: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrafficMessage>) {
        isthmus__v1__traffic_message__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrafficMessage, in arena: Arena) {
        message.number = self.number
        message.timeout_ms = self.timeoutMilliseconds
        message.message = arena.message(self.message)
        message.traceparent = arena.text(self.traceparent)
    }

    init(_ message: Isthmus__V1__TrafficMessage) throws(WireError) {
        self.init(
            number: message.number,
            timeoutMilliseconds: message.timeout_ms,
            message: try value(message.message),
            traceparent: try optionalText(message.traceparent)
        )
    }
}

extension TrafficAnswer: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrafficAnswer>) {
        isthmus__v1__traffic_answer__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrafficAnswer, in arena: Arena) {
        message.number = self.number
        switch self.result {
        case .success(let taken): message.is_unconfirmed = taken.isUnconfirmed ? 1 : 0
        case .failure(let failure):
            message.failure = arena.message(failure)
            message.is_given_back = self.isGivenBack ? 1 : 0
        }
    }

    init(_ message: Isthmus__V1__TrafficAnswer) throws(WireError) {
        let failure: DeliveryFailure? = try optionalValue(message.failure)
        let taken = Taken(isUnconfirmed: message.is_unconfirmed != 0)
        self.init(
            number: message.number,
            result: failure.map { .failure($0) } ?? .success(taken),
            isGivenBack: failure != nil && message.is_given_back != 0
        )
    }
}

extension TrafficBatch: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrafficBatch>) {
        isthmus__v1__traffic_batch__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrafficBatch, in arena: Arena) {
        (message.n_messages, message.messages) = arena.messages(self.messages)
        (message.n_answers, message.answers) = arena.messages(self.answers)
    }

    /// One message that cannot be understood does not harm the others: its number is kept, so that it can be answered.
    init(_ message: Isthmus__V1__TrafficBatch) throws(WireError) {
        self.init(answers: try values(message.n_answers, message.answers))
        self.messages.reserveCapacity(message.n_messages)
        for index in 0..<message.n_messages {
            guard let item = message.messages[index] else { continue }
            do throws(WireError) {
                self.messages.append(try TrafficMessage(item.pointee))
            } catch {
                self.notUnderstood.append(item.pointee.number)
            }
        }
    }
}
