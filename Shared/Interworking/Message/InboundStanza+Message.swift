internal import Messaging
internal import Presence
internal import XML
internal import XMPPCore

extension InboundStanza {
    static func message(_ stanza: Stanza, _ envelope: Envelope) -> Interpretation {
        let kind: InstantMessage.Kind
        switch stanza.type {
        case "error": return self.bounce(stanza, envelope)
        case "groupchat":
            return .refuse(
                DeliveryFailure(
                    .serviceUnavailable,
                    reason: .notSupported,
                    text: "Group chat does not cross the gateway."
                )
            )
        case "chat": kind = .chat
        case "headline": kind = .headline
        // RFC 6121 §5.2.2: an unknown type counts as normal.
        default: kind = .normal
        }

        let parts = MessageParts(stanza)
        guard parts.textBytes <= InterworkingLimits.messageText else {
            return .refuse(
                DeliveryFailure(
                    .policyViolation,
                    reason: .sizeLimit,
                    text: "The text is longer than \(InterworkingLimits.messageText) bytes."
                )
            )
        }
        var body = parts.bodies
        // A message that is only a subject, or only a link (XEP-0066), still says something.
        if body.isEmpty { body = parts.subjects }
        if body.isEmpty, let link = parts.link { body = [LocalizedText(link)] }
        if !body.isEmpty {
            let message = InstantMessage(
                kind: kind,
                body: body,
                subject: parts.bodies.isEmpty ? [] : parts.subjects,
                thread: parts.thread,
                originID: HeaderText.bounded(stanza.id),
                wantsReceipt: parts.wantsReceipt && stanza.id != nil,
                composition: parts.chatState
            )
            // A text that comes with a receipt of another one is both.
            let receipts = parts.receipts.map { envelope.message(.deliveryReceipt($0)) }
            return .neutral([envelope.message(.instantMessage(message), sentAt: parts.sentAt)] + receipts)
        }
        if let failure = parts.untranslatable { return .refuse(failure) }
        var messages = parts.receipts.map { envelope.message(.deliveryReceipt($0)) }
        if let state = parts.chatState {
            messages.append(envelope.message(.composition(Composition(state: state, thread: parts.thread))))
        }
        return messages.isEmpty ? .ignore(.noContent) : .neutral(messages)
    }

    /// An error that comes back for a message we took from SIP some time ago.
    ///
    /// Its transaction is over: its sender learns of it by a notification ([RFC 5438 §7.2.1](https://www.rfc-editor.org/rfc/rfc5438#section-7.2.1)), or in a message.
    private static func bounce(_ stanza: Stanza, _ envelope: Envelope) -> Interpretation {
        guard let id = HeaderText.bounded(stanza.id) else { return .ignore(.strayError) }
        var error = stanza.children.first { $0.is("error", Namespace.server) }.map { StanzaError($0) }
        if error?.text != nil, error?.language == nil { error?.language = stanza.language }
        let thread = stanza.children.first { $0.is("thread", Namespace.server) }.flatMap { HeaderText.bounded($0.text) }
        let receipt = DeliveryReceipt(
            originID: id,
            outcome: .failed,
            failure: error.map { DeliveryFailure($0) },
            thread: thread
        )
        return .neutral([envelope.message(.deliveryReceipt(receipt))])
    }
}

/// What a `<message/>` holds that we know of, collected in one pass.
private struct MessageParts {
    var bodies: [LocalizedText] = []
    var subjects: [LocalizedText] = []
    var textBytes = 0
    var thread: String?
    var sentAt: Int64?
    var chatState: Composition.State?
    var wantsReceipt = false
    var receipts: [DeliveryReceipt] = []
    var link: String?
    /// What is asked for in vain, where there is no text that could stand for it.
    var untranslatable: DeliveryFailure?

    init(_ stanza: Stanza) {
        for child in stanza.children {
            switch child.namespace {
            case Namespace.server: self.core(child, stanza.language)
            case Namespace.chatStates: self.chatState = self.chatState ?? Composition.State(element: child.name)
            case Namespace.receipts: self.receipt(child)
            case Namespace.chatMarkers: self.marker(child)
            case Namespace.delay where child.name == "delay":
                self.sentAt = self.sentAt ?? child.attribute("stamp").flatMap { Timestamp.parse($0) }
            case Namespace.outOfBandData:
                self.link = self.link ?? child.child("url", Namespace.outOfBandData)?.text
            default:
                self.untranslatable = self.untranslatable ?? Self.failure(for: child)
            }
        }
    }

    private mutating func core(_ child: XMLElement, _ language: String?) {
        switch child.name {
        case "body": self.add(child, language, to: \.bodies)
        case "subject": self.add(child, language, to: \.subjects)
        case "thread": self.thread = self.thread ?? HeaderText.bounded(child.text)
        default: break
        }
    }

    /// The first text of each language; an alternative twice in one language is no alternative.
    private mutating func add(
        _ child: XMLElement,
        _ inherited: String?,
        to list: WritableKeyPath<MessageParts, [LocalizedText]>
    ) {
        let text = child.text
        guard !text.isEmpty else { return }
        self.textBytes += text.utf8.count
        let language = LanguageTag.checked(child.language ?? inherited)
        guard self[keyPath: list].count < InterworkingLimits.languages,
            !self[keyPath: list].contains(where: { $0.language == language })
        else { return }
        self[keyPath: list].append(LocalizedText(text, language: language))
    }

    private mutating func receipt(_ child: XMLElement) {
        switch child.name {
        case "request": self.wantsReceipt = true
        case "received":
            guard let id = HeaderText.bounded(child.attribute("id")) else { return }
            self.receipts.append(DeliveryReceipt(originID: id, outcome: .delivered))
        default: break
        }
    }

    /// XEP-0333 says “displayed” where XEP-0184 has no word for it.
    private mutating func marker(_ child: XMLElement) {
        guard child.name == "displayed", let id = HeaderText.bounded(child.attribute("id")) else { return }
        self.receipts.append(DeliveryReceipt(originID: id, outcome: .displayed))
    }

    /// What a person meant to send and the other side will never see: to be refused, for silence would be a loss.
    private static func failure(for child: XMLElement) -> DeliveryFailure? {
        switch (child.name, child.namespace) {
        case ("x", "jabber:x:conference"), ("x", "http://jabber.org/protocol/muc#user"):
            DeliveryFailure(
                .featureNotImplemented,
                reason: .notSupported,
                text: "Group chat does not cross the gateway."
            )
        case ("propose", "urn:xmpp:jingle-message:0"):
            DeliveryFailure(.featureNotImplemented, reason: .notSupported, text: "Calls do not cross the gateway.")
        case ("encrypted", _), ("openpgp", _):
            DeliveryFailure(
                .notAcceptable,
                reason: .notTranslatable,
                text: "The gateway cannot read an encrypted message."
            )
        default: nil
        }
    }
}

extension Composition.State {
    /// The state of that name in XEP-0085.
    init?(element name: String) {
        switch name {
        case "active": self = .active
        case "composing": self = .composing
        case "paused": self = .paused
        case "inactive": self = .inactive
        case "gone": self = .gone
        default: return nil
        }
    }

    /// The name of its element in XEP-0085.
    var element: String {
        switch self {
        case .active: "active"
        case .composing: "composing"
        case .paused: "paused"
        case .inactive: "inactive"
        case .gone: "gone"
        }
    }
}
