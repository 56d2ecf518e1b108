public import Messaging

/// Something the gateway refused, and why: what `isthmusctl refusals` and the console show.
public struct RefusalRecord: Equatable, Sendable {
    /// When, in milliseconds since 1970.
    public var time: Int64
    /// The service that refused.
    public var service: String
    public var messageID: MessageID?
    /// What was refused: `stream`, `message`, `presence`, `iq`, `request`, `connection`.
    public var subject: String
    public var from: String
    public var to: String
    /// The peer's network address.
    public var peer: String
    public var reason: RefusalReason
    /// What the peer was answered, in its protocol's terms: `forbidden`, `403 Forbidden`, `host-unknown`.
    public var answer: String
    /// The reason in words.
    public var text: String

    public init(
        time: Int64,
        service: String,
        messageID: MessageID?,
        subject: String,
        from: String,
        to: String,
        peer: String,
        reason: RefusalReason,
        answer: String,
        text: String
    ) {
        self.time = time
        self.service = service
        self.messageID = messageID
        self.subject = subject
        self.from = from
        self.to = to
        self.peer = peer
        self.reason = reason
        self.answer = answer
        self.text = text
    }
}
