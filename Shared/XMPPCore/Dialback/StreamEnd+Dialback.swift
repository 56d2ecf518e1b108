extension StreamEnd {
    /// What a peer is told whose key could not be verified because the stream to its authoritative server came to this end
    /// ([XEP-0220 §2.5](https://xmpp.org/extensions/xep-0220.html#errors)).
    public var dialbackError: StanzaError {
        let condition: StanzaError.Condition =
            switch self {
            case .peerError(let error) where error.condition == .hostUnknown || error.condition == .hostGone:
                .remoteServerNotFound
            // The connection that verifies obeys the same rules as every other (OF-986).
            case .refused, .tlsRequired, .tlsNotSupported, .certificateRejected, .authenticationFailed,
                .dialbackDisabled, .noCommonMethod:
                .policyViolation
            case .closed, .disconnected, .peerError, .protocolError, .tlsFailed, .dialbackFailed, .establishmentTimeout,
                .inactive, .shuttingDown:
                .remoteServerTimeout
            }
        return StanzaError(condition, text: "the key could not be verified: \(self)")
    }
}
