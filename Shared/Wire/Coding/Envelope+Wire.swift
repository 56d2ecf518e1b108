internal import CIsthmusProto
internal import Messaging

extension Failure.Code: WireEnumeration {
    var number: Isthmus__V1__Failure__Code {
        switch self {
        case .unsupported: ISTHMUS__V1__FAILURE__CODE__CODE_UNSUPPORTED
        case .notAllowed: ISTHMUS__V1__FAILURE__CODE__CODE_NOT_ALLOWED
        case .invalid: ISTHMUS__V1__FAILURE__CODE__CODE_INVALID
        case .notFound: ISTHMUS__V1__FAILURE__CODE__CODE_NOT_FOUND
        case .conflict: ISTHMUS__V1__FAILURE__CODE__CODE_CONFLICT
        case .overloaded: ISTHMUS__V1__FAILURE__CODE__CODE_OVERLOADED
        case .unavailable: ISTHMUS__V1__FAILURE__CODE__CODE_UNAVAILABLE
        case .timeout: ISTHMUS__V1__FAILURE__CODE__CODE_TIMEOUT
        case .internal: ISTHMUS__V1__FAILURE__CODE__CODE_INTERNAL
        }
    }
}

extension Failure: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Failure>) {
        isthmus__v1__failure__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Failure, in arena: Arena) {
        message.code = self.code.number
        message.text = arena.text(self.text)
    }

    /// A failure is a failure, also when a newer version gives it a code that this one does not know.
    init(_ message: Isthmus__V1__Failure) throws(WireError) {
        self.init(Code(ifKnown: message.code) ?? .internal, try String(message.text))
    }
}

extension Envelope: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Envelope>) {
        isthmus__v1__envelope__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Envelope, in arena: Arena) {
        message.version = self.version
        message.request = self.request
        message.message_id = arena.text(self.messageID?.rawValue)
        message.correlation_id = arena.text(self.correlationID)
        message.timeout_ms = self.timeoutMilliseconds
        message.sender_service = arena.text(self.senderService)
        message.sender_instance = arena.text(self.senderInstance)
        message.recipient_instance = arena.text(self.recipientInstance)
        message.traceparent = arena.text(self.traceparent)
        message.publication = self.publication
        self.body?.fill(&message, in: arena)
    }

    init(_ message: Isthmus__V1__Envelope) throws(WireError) {
        self.init(
            version: message.version,
            request: message.request,
            messageID: try optionalText(message.message_id).map { MessageID($0) },
            correlationID: try optionalText(message.correlation_id),
            timeoutMilliseconds: message.timeout_ms,
            senderService: try String(message.sender_service),
            senderInstance: try String(message.sender_instance),
            recipientInstance: try String(message.recipient_instance),
            traceparent: try optionalText(message.traceparent),
            publication: message.publication,
            body: try Body(message)
        )
    }
}
