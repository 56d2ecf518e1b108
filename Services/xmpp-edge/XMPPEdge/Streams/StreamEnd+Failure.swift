import Messaging
import XMPPCore

extension StreamEnd {
    /// The same, in the words of refusal records.
    var reason: RefusalReason {
        switch self {
        case .closed, .disconnected: .streamClosed
        case .peerError, .protocolError: .streamError
        case .refused: .unknownPartner
        case .tlsRequired, .tlsFailed: .tlsRequired
        case .tlsNotSupported: .tlsNotSupported
        case .certificateRejected: .certificateRejected
        case .authenticationFailed: .authenticationFailed
        case .dialbackFailed: .dialbackFailed
        case .dialbackDisabled: .dialbackDisabled
        case .noCommonMethod: .noCommonMethod
        case .establishmentTimeout, .inactive: .deadlineExceeded
        case .shuttingDown: .shuttingDown
        }
    }

    /// What those are told whose stanzas waited for the stream.
    ///
    /// [RFC 6120 §8.3.3.17](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3.17): a server that was found, but with which no stream
    /// could be negotiated, has timed out.
    var failure: DeliveryFailure {
        let condition: DeliveryFailure.Condition =
            switch self {
            case .refused: .notAllowed
            case .peerError(let error) where error.condition == .hostUnknown || error.condition == .hostGone:
                .remoteServerNotFound
            default: .remoteServerTimeout
            }
        return DeliveryFailure(condition, reason: self.reason, text: "no stream to the partner: \(self)")
    }
}
