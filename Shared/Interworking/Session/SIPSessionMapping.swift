public import Messaging
public import SIPCore

/// What is said in a session of text messages ⇄ neutral messages ([RFC 7573](https://www.rfc-editor.org/rfc/rfc7573), and
/// the ways of Microsoft's servers).
///
/// Who speaks to whom is known from the dialog: a request in it names our Contact, not the XMPP user.
public enum SIPSessionMapping {
    /// Who shares a session, seen from a request of the SIP side.
    public struct Parties: Equatable, Sendable {
        public let from: Address
        public let to: Address
        /// What the conversation is called in XMPP.
        public let thread: String?

        public init(from: Address, to: Address, thread: String?) {
            self.from = from
            self.to = to
            self.thread = thread
        }
    }

    // MARK: - SIP → neutral

    /// The message that an INVITE carries; `nil` when there is none that we can read.
    public static func firstMessage(
        of invite: Request,
        _ parties: Parties,
        id: MessageID
    ) -> NeutralMessage? {
        guard let text = EmbeddedMessage.read(invite.headers, thread: parties.thread) else { return nil }
        let message = InstantMessage(
            kind: .chat,
            body: text.bodies,
            thread: parties.thread,
            originID: HeaderText.bounded(invite.headers.topVia?.branch)
        )
        return NeutralMessage(id: id, from: parties.from, to: parties.to, content: .instantMessage(message))
    }

    /// What a MESSAGE in the dialog means.
    public static func interpret(
        message request: Request,
        _ parties: Parties,
        id: MessageID,
        now: Int64
    ) -> Interpretation {
        MessageRequest(request, from: parties.from, to: parties.to, kind: .chat, thread: parties.thread)
            .interpretation(id: id, now: now)
    }

    /// What an INFO in the dialog means: typing, or nothing that crosses.
    public static func interpret(info request: Request, _ parties: Parties, id: MessageID) -> Interpretation {
        let composition: Composition?
        switch request.headers.contentType?.essence {
        case KeyboardActivity.mediaType, "text/xml":
            composition = KeyboardActivity.read(request.body, thread: parties.thread)
        case IsComposing.mediaType:
            composition = IsComposing.read(request.body, thread: parties.thread)
        default:
            return request.body.isEmpty
                ? .ignore(.noContent)
                : .refuse(DeliveryFailure(.unsupported(request.headers[.contentType] ?? "without a type")))
        }
        // Other documents of that type, a conversation's description among them, say nothing that XMPP knows.
        guard let composition else { return .ignore(.noContent) }
        let message = NeutralMessage(
            id: id,
            from: parties.from,
            to: parties.to,
            content: .composition(composition)
        )
        return .neutral([message])
    }

    // MARK: - Neutral → SIP

    /// What a session is opened with.
    public struct Opening: Equatable, Sendable {
        public let from: SIPURI
        public let to: SIPURI
        /// The conversation's Call-ID; `nil` where any will do.
        public let callID: String?
        /// `ms-text-format` with the first message; `nil` where that follows as a MESSAGE.
        public let firstMessage: Headers.Field?
        public let subject: String?
    }

    /// How to open a session for this message.
    public static func opening(for message: NeutralMessage, embedsMessage: Bool) -> Opening {
        var callID: String?
        var subject: String?
        var first: Headers.Field?
        if case .instantMessage(let content) = message.content {
            callID = content.thread.map { CallID.make(thread: $0) }
            subject = content.subject.first.flatMap { HeaderText.bounded(HeaderText.oneLine($0.text)) }
            if embedsMessage, let text = content.body.first?.text {
                first = EmbeddedMessage.write(text).map { Headers.Field(EmbeddedMessage.header, $0) }
            }
        }
        return Opening(
            from: SIPURI(message.from.bare),
            to: SIPURI(message.to.bare),
            callID: callID,
            firstMessage: first,
            subject: subject
        )
    }

    /// A request in the dialog, but for what the dialog gives.
    public struct Parts: Equatable, Sendable {
        public let method: Method
        public let headers: Headers
        public let body: [UInt8]
    }

    /// The request that says this in a session.
    ///
    /// - Parameters:
    ///   - content: What is to be said.
    ///   - takesIsComposing: Whether the peer knows RFC 3994; else typing is Microsoft's KeyboardActivity.
    ///   - takesAlternatives: Whether the peer takes a text in several languages; else it gets the first.
    /// - Returns: The request; `nil` where there is no word for it.
    public static func parts(
        for content: NeutralMessage.Content,
        takesIsComposing: Bool,
        takesAlternatives: Bool = false
    ) -> Parts? {
        switch content {
        case .instantMessage(let message) where takesAlternatives && message.body.count > 1:
            let (boundary, body) = Multipart.alternatives(message.body)
            let type = "multipart/alternative;boundary=\(boundary)"
            return Parts(method: .message, headers: Headers([.init(.contentType, type)]), body: body)
        case .instantMessage(let message):
            let text = message.body.first ?? LocalizedText("")
            var headers = Headers([.init(.contentType, "text/plain; charset=UTF-8")])
            if let language = LanguageTag.checked(text.language) { headers.append(.contentLanguage, language) }
            return Parts(method: .message, headers: headers, body: Array(text.text.utf8))
        case .composition(let composition) where takesIsComposing:
            guard let document = IsComposing.write(composition) else { return nil }
            let headers = Headers([.init(.contentType, IsComposing.mediaType)])
            return Parts(method: .message, headers: headers, body: document)
        case .composition(let composition):
            guard composition.state != .gone else { return nil }
            let headers = Headers([.init(.contentType, KeyboardActivity.mediaType)])
            return Parts(method: .info, headers: headers, body: KeyboardActivity.write(composition.state))
        case .deliveryReceipt, .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened,
            .sessionClosed:
            return nil
        }
    }
}
