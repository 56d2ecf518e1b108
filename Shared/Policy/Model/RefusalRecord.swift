public import Messaging

/// Something the gateway refused, and why: what `isthmusctl refusal` and the console show.
public struct RefusalRecord: Equatable, Sendable {
    /// Who began it: the peer, or this gateway.
    public enum Direction: String, Equatable, Sendable, CaseIterable { case inbound, outbound }

    /// How far it had come.
    public enum Step: String, Equatable, Sendable, CaseIterable {
        /// A connection, and nothing said on it yet.
        case connected
        /// The name of the other side, from DNS to the header of a stream.
        case header
        case tls
        case certificate
        case sasl
        case dialback
        /// A stream or connection on which messages may pass.
        case established
        /// A stanza or a SIP request on it.
        case stanza
    }

    /// When, in milliseconds since 1970.
    public var time: Int64
    /// The service that refused.
    public var service: String
    public var messageID: MessageID?
    /// What was refused: `stream`, `message`, `presence`, `iq`, `request`, `connection`.
    public var subject: String
    public var from: String
    public var to: String
    /// The peer's network address, or its domain where there is no connection.
    public var peer: String
    public var reason: RefusalReason
    /// What the peer was answered, in its protocol's terms: `forbidden`, `403 Forbidden`, `host-unknown`.
    public var answer: String
    /// The reason in words.
    public var text: String
    public var direction: Direction?
    /// The primary domain of the partner; empty when it is nobody's.
    public var partner = ""
    /// Our domain that it was about; empty when none was named.
    public var localDomain = ""
    /// The other side's domain; empty when none was named.
    public var remoteDomain = ""
    /// The peer's port; `nil` without a connection.
    public var peerPort: Int?
    /// What the peer showed in TLS.
    public var certificate: RefusalCertificate?
    public var step: Step?
    /// The rule or setting that decided: `partner example.org: tls=required`, `settings: connection-limit=1000`.
    public var rule = ""

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
