/// Why a stream, or the attempt to have one, has ended: for the log, the refusal record, and those whose stanzas waited.
public enum StreamEnd: Error, Equatable, Sendable {
    /// Closed in order, by us or by the peer.
    case closed
    /// The transport is gone without a word.
    case disconnected
    /// The peer ended it with an error.
    case peerError(StreamError)
    /// The peer did what it may not.
    case protocolError(StreamError)
    /// The policy forbids the pair, or the domain is not ours.
    case refused(StreamError)
    /// TLS is required and was not to be had.
    case tlsRequired
    /// The peer requires TLS and the partner's rules exclude it.
    case tlsNotSupported
    case tlsFailed(String)
    case certificateRejected(String)
    case authenticationFailed(String)
    case dialbackFailed(String)
    /// The peer relies on dialback, and the partner's rules exclude it.
    case dialbackDisabled
    /// Nothing that one offers is allowed at the other.
    case noCommonMethod
    case establishmentTimeout
    case inactive
    case shuttingDown
}

extension StreamEnd: CustomStringConvertible {
    /// The end in words that may be shown to a peer.
    public var description: String {
        switch self {
        case .closed: "the stream was closed"
        case .disconnected: "the connection was lost"
        case .peerError(let error): "the peer closed the stream (\(error))"
        case .protocolError(let error), .refused(let error): "\(error)"
        case .tlsRequired: "TLS is required and the peer does not offer it"
        case .tlsNotSupported: "the peer requires TLS, which is excluded for this partner"
        case .tlsFailed(let text): "TLS failed: \(text)"
        case .certificateRejected(let text): "the certificate was rejected: \(text)"
        case .authenticationFailed(let text): "authentication failed: \(text)"
        case .dialbackFailed(let text): "dialback failed: \(text)"
        case .dialbackDisabled: "dialback is excluded for this partner"
        case .noCommonMethod: "no way to authenticate is allowed on both sides"
        case .establishmentTimeout: "the stream was not established in time"
        case .inactive: "the peer was silent for too long"
        case .shuttingDown: "this server is shutting down"
        }
    }
}
