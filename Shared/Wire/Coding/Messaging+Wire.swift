internal import CIsthmusProto
internal import Messaging

extension Address: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Address>) {
        isthmus__v1__address__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Address, in arena: Arena) {
        message.user = arena.text(self.user)
        message.domain = arena.text(self.domain)
        message.instance = arena.text(self.instance)
    }

    init(_ message: Isthmus__V1__Address) throws(WireError) {
        self.init(
            user: try optionalText(message.user),
            domain: try String(message.domain),
            instance: try optionalText(message.instance)
        )
    }
}

extension LocalizedText: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__LocalizedText>) {
        isthmus__v1__localized_text__init(message)
    }

    func fill(_ message: inout Isthmus__V1__LocalizedText, in arena: Arena) {
        message.language = arena.text(self.language)
        message.text = arena.text(self.text)
    }

    init(_ message: Isthmus__V1__LocalizedText) throws(WireError) {
        self.init(try String(message.text), language: try optionalText(message.language))
    }
}

extension Composition.State: WireEnumeration {
    var number: Isthmus__V1__CompositionState {
        switch self {
        case .active: ISTHMUS__V1__COMPOSITION_STATE__COMPOSITION_STATE_ACTIVE
        case .composing: ISTHMUS__V1__COMPOSITION_STATE__COMPOSITION_STATE_COMPOSING
        case .paused: ISTHMUS__V1__COMPOSITION_STATE__COMPOSITION_STATE_PAUSED
        case .inactive: ISTHMUS__V1__COMPOSITION_STATE__COMPOSITION_STATE_INACTIVE
        case .gone: ISTHMUS__V1__COMPOSITION_STATE__COMPOSITION_STATE_GONE
        }
    }
}

extension Composition: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Composition>) {
        isthmus__v1__composition__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Composition, in arena: Arena) {
        message.state = self.state.number
        message.thread = arena.text(self.thread)
        message.refresh = self.refresh ?? 0
    }

    init(_ message: Isthmus__V1__Composition) throws(WireError) {
        self.init(
            state: try State(message.state),
            thread: try optionalText(message.thread),
            refresh: message.refresh == 0 ? nil : message.refresh
        )
    }
}

extension InstantMessage.Kind: WireEnumeration {
    var number: Isthmus__V1__InstantMessage__Kind {
        switch self {
        case .normal: ISTHMUS__V1__INSTANT_MESSAGE__KIND__KIND_NORMAL
        case .chat: ISTHMUS__V1__INSTANT_MESSAGE__KIND__KIND_CHAT
        case .headline: ISTHMUS__V1__INSTANT_MESSAGE__KIND__KIND_HEADLINE
        }
    }
}

extension InstantMessage: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__InstantMessage>) {
        isthmus__v1__instant_message__init(message)
    }

    func fill(_ message: inout Isthmus__V1__InstantMessage, in arena: Arena) {
        message.kind = self.kind.number
        (message.n_body, message.body) = arena.messages(self.body)
        (message.n_subject, message.subject) = arena.messages(self.subject)
        message.thread = arena.text(self.thread)
        message.origin_id = arena.text(self.originID)
        message.wants_receipt = self.wantsReceipt ? 1 : 0
        if let composition = self.composition { message.composition = composition.number }
    }

    init(_ message: Isthmus__V1__InstantMessage) throws(WireError) {
        guard message.n_body > 0 else { throw .malformed("an InstantMessage without a body") }
        self.init(
            kind: try Kind(message.kind),
            body: try values(message.n_body, message.body),
            subject: try values(message.n_subject, message.subject),
            thread: try optionalText(message.thread),
            originID: try optionalText(message.origin_id),
            wantsReceipt: message.wants_receipt != 0,
            composition: Composition.State(ifKnown: message.composition)
        )
    }
}

extension DeliveryReceipt.Outcome: WireEnumeration {
    var number: Isthmus__V1__DeliveryReceipt__Outcome {
        switch self {
        case .delivered: ISTHMUS__V1__DELIVERY_RECEIPT__OUTCOME__OUTCOME_DELIVERED
        case .failed: ISTHMUS__V1__DELIVERY_RECEIPT__OUTCOME__OUTCOME_FAILED
        case .displayed: ISTHMUS__V1__DELIVERY_RECEIPT__OUTCOME__OUTCOME_DISPLAYED
        }
    }
}

extension DeliveryReceipt: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DeliveryReceipt>) {
        isthmus__v1__delivery_receipt__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DeliveryReceipt, in arena: Arena) {
        message.origin_id = arena.text(self.originID)
        message.outcome = self.outcome.number
        message.failure = arena.message(ifAny: self.failure)
        message.thread = arena.text(self.thread)
    }

    init(_ message: Isthmus__V1__DeliveryReceipt) throws(WireError) {
        self.init(
            originID: try String(message.origin_id),
            outcome: try Outcome(message.outcome),
            failure: try optionalValue(message.failure),
            thread: try optionalText(message.thread)
        )
    }
}

extension Session: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Session>) {
        isthmus__v1__session__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Session, in arena: Arena) { message.thread = arena.text(self.thread) }

    init(_ message: Isthmus__V1__Session) throws(WireError) { self.init(thread: try String(message.thread)) }
}
