internal import Messaging
internal import SIPCore

/// What of a MESSAGE request counts here ([RFC 7572 §5](https://www.rfc-editor.org/rfc/rfc7572#section-5), table 2).
struct MessageRequest {
    let from: Address
    let to: Address
    private let headers: Headers
    private let body: [UInt8]
    private let kind: InstantMessage.Kind
    private let thread: String?

    /// `thread` is what a session is called; else the conversation is named by its Call-ID.
    init(
        _ request: Request,
        from: Address,
        to: Address,
        kind: InstantMessage.Kind = .normal,
        thread: String? = nil
    ) {
        self.from = from
        self.to = to
        self.kind = kind
        self.thread = thread ?? HeaderText.bounded(request.headers.callID)
        self.headers = request.headers
        self.body = request.body
    }

    /// What the request means; `now`, in milliseconds since 1970, tells a message sent a while ago from one sent just now.
    func interpretation(id: MessageID, now: Int64) -> Interpretation {
        let content: MessageContent
        do {
            content = try self.content()
        } catch {
            return .refuse(DeliveryFailure(error))
        }
        switch content {
        case .text(let text):
            return .neutral([self.message(text, id: id, now: now)])
        case .composition(let composition):
            return .neutral([NeutralMessage(id: id, from: self.from, to: self.to, content: .composition(composition))])
        case .receipt(let receipt):
            return .neutral([NeutralMessage(id: id, from: self.from, to: self.to, content: .deliveryReceipt(receipt))])
        case .nothing(let reason):
            return .ignore(reason)
        }
    }

    private func content() throws(ContentError) -> MessageContent {
        guard !self.body.isEmpty else { return .nothing(.noContent) }
        guard self.body.count <= InterworkingLimits.messageBody else { throw .tooLarge }
        if let encoding = self.headers[.contentEncoding], encoding.trimmed.lowercased() != "identity" {
            throw ContentError(status: 415, text: "The content encoding is not supported.")
        }
        // RFC 3261 §20.15: a body without a Content-Type is not allowed.
        guard let type = self.headers.contentType else { throw .malformed }
        return try MessageContent.read(
            self.body[...],
            type: type,
            language: LanguageTag.first(inHeader: self.headers[.contentLanguage]),
            thread: self.thread
        )
    }

    private func message(_ text: MessageContent.Text, id: MessageID, now: Int64) -> NeutralMessage {
        var subject = text.subject
        if subject.isEmpty, let value = HeaderText.bounded(self.headers[.subject]), XMLText.isAllowed(value) {
            subject = [LocalizedText(value, language: text.bodies.first?.language)]
        }
        let sentAt = text.sentAt ?? self.headers[.date].flatMap { SIPDate.parse($0) }
        let message = InstantMessage(
            kind: self.kind,
            body: text.bodies,
            subject: subject,
            thread: self.thread,
            originID: text.reference?.text ?? HeaderText.bounded(self.headers.topVia?.branch),
            wantsReceipt: text.wantsReceipt
        )
        return NeutralMessage(
            id: id,
            from: self.from,
            to: self.to,
            sentAt: sentAt.flatMap { abs($0 - now) <= InterworkingLimits.justNow ? nil : $0 },
            senderName: DisplayName.read(self.headers),
            content: .instantMessage(message)
        )
    }
}
