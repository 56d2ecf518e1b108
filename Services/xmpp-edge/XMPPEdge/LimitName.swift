import NetworkKit

/// The limits, as they are named in the metric `isthmus_xmpp_limits_total`.
enum LimitName: String, CaseIterable {
    case connections
    case connectionsPerAddress = "connections-per-address"
    case connectionRate = "connection-rate"
    case handshakeRate = "handshake-rate"
    /// `connection-limit` of a partner, or `partner-connection-limit`.
    case partnerStreams = "partner-streams"
    /// The gateway's `connection-limit`.
    case streams
    /// Bytes, elements, attributes or depth before authentication.
    case negotiationSize = "negotiation-size"
    /// The same of a stanza.
    case stanzaSize = "stanza-size"
    case byteRate = "byte-rate"
    case stanzaRate = "stanza-rate"
    case unsettled
    /// Bytes that a peer of a bidirectional stream leaves unread.
    case unread
    /// Dialback keys of one stream that are being verified.
    case verificationsPerStream = "verifications-per-stream"
    /// Pairs of domains that send on one stream.
    case pairsPerStream = "pairs-per-stream"
    /// Keys of ours, shown on one stream, that the dialback authority is being asked about.
    case dialbackChecks = "dialback-checks"
    /// Stanzas written to a partner that are not yet its own: the others wait.
    case unacknowledged
    case queue
    /// `stream-establishment-timeout`.
    case establishmentTime = "establishment-time"

    init(_ refusal: ConnectionLimits.Refusal) {
        switch refusal {
        case .tooManyConnections: self = .connections
        case .tooManyFromAddress: self = .connectionsPerAddress
        case .tooFastFromAddress: self = .connectionRate
        }
    }

    init(_ limit: StreamPace.Limit) {
        switch limit {
        case .bytes: self = .byteRate
        case .stanzas: self = .stanzaRate
        }
    }
}
