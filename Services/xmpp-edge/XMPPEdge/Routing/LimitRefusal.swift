import Messaging
import XMPPCore

/// Why there may not be another stream, although the policy allows the partner.
///
/// A limit that is the peer's own is `policy-violation` ([RFC 6120 §4.9.3.14](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.3.14):
/// “the entity has violated some local service policy”); one that all share is `resource-constraint`
/// ([§4.9.3.17](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.3.17): “the server lacks the system resources necessary to
/// service the stream”), for the peer has done nothing wrong.
enum LimitRefusal: Equatable {
    /// The partner has all the streams it may have.
    case partnerStreams(partner: String, limit: Int, isGlobal: Bool)
    /// The gateway has all the streams it may have.
    case streams(limit: Int)
    /// The peer's address begins too many TLS handshakes.
    case handshakes(limit: Int, burst: Int)
    /// So many keys of one stream are being verified.
    case verificationsOfStream(limit: Int)
    /// So many pairs of domains send on one stream.
    case pairsOfStream(limit: Int)

    var streamError: StreamError {
        switch self {
        case .partnerStreams(_, let limit, _):
            StreamError(.policyViolation, text: "there are \(limit) streams with this partner, as many as there may be")
        case .streams: StreamError(.resourceConstraint, text: "this gateway has as many streams as it may have")
        case .handshakes(let limit, _):
            StreamError(.policyViolation, text: "more than \(limit) TLS handshakes a second from this address")
        case .verificationsOfStream(let limit):
            StreamError(.resourceConstraint, text: "\(limit) dialback keys of this stream are being verified")
        case .pairsOfStream(let limit):
            StreamError(.resourceConstraint, text: "this stream has \(limit) pairs of domains, as many as it may have")
        }
    }

    var reason: RefusalReason {
        switch self {
        case .partnerStreams, .streams: .connectionLimit
        case .handshakes: .rateLimit
        case .verificationsOfStream, .pairsOfStream: .connectionLimit
        }
    }

    /// The setting that decided.
    var rule: String {
        switch self {
        case .partnerStreams(_, let limit, true): "settings: partner-connection-limit=\(limit)"
        case .partnerStreams(let partner, let limit, false): "partner \(partner): connection-limit=\(limit)"
        case .streams(let limit): "settings: connection-limit=\(limit)"
        case .handshakes(let limit, let burst): "limits.handshake-rate=\(limit), limits.handshake-burst=\(burst)"
        case .verificationsOfStream(let limit): "limits.verifications-per-stream=\(limit)"
        case .pairsOfStream(let limit): "limits.pairs-per-stream=\(limit)"
        }
    }

    /// The name it is counted under.
    var name: LimitName {
        switch self {
        case .partnerStreams: .partnerStreams
        case .streams: .streams
        case .handshakes: .handshakeRate
        case .verificationsOfStream: .verificationsPerStream
        case .pairsOfStream: .pairsPerStream
        }
    }

    /// What those are told whose stanzas waited for such a stream.
    var deliveryFailure: DeliveryFailure {
        DeliveryFailure(.resourceConstraint, reason: self.reason, text: self.streamError.text ?? "")
    }
}
