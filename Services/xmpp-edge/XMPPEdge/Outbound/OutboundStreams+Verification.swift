import NIOCore
import XMPPCore

/// The receiving server's side of dialback: asks the authoritative server of a peer's domain whether a key is its own.
extension OutboundStreams {
    /// Has a key verified over the stream to that domain, if there is one, or over one made for it.
    ///
    /// What one peer can set off is bounded by its stream, what all can by the number of such connections.
    func verify(_ verification: OutboundStream.Verification, key: String, for requester: InboundConnection) {
        self.requesters[verification] = requester
        let traffic = RouteKey(pair: verification.pair, purpose: .traffic)
        let alone = RouteKey(pair: verification.pair, purpose: .verification)
        if case .open(let link)? = self.routes[traffic]?.phase {
            return link.assumeIsolated { $0.verify(verification, key: key) }
        }
        if case .open(let link)? = self.routes[alone]?.phase {
            return link.assumeIsolated { $0.verify(verification, key: key) }
        }
        if let link = self.routes[alone]?.attempt, link.assumeIsolated({ !$0.hasEnded }) {
            return link.assumeIsolated { $0.verify(verification, key: key) }
        }
        let isNegotiating = if case .negotiating? = self.routes[alone]?.phase { true } else { false }
        guard isNegotiating || self.verifierCount < self.surroundings.limits.verifiers else {
            let error = StanzaError(.resourceConstraint, text: "too many keys are being verified")
            return self.verified(verification, .failed(error))
        }
        if case .backingOff(let until, let end)? = self.routes[alone]?.phase, until > .now() {
            return self.verified(verification, .failed(StanzaError(.remoteServerNotFound, text: end.description)))
        }
        self.routes[alone, default: OutboundRoute()].verifications.append((verification, key: key))
        if !isNegotiating { self.negotiate(alone) }
    }

    /// The stream is there; the keys that wait were handed to it.
    func readyToVerify(_ key: RouteKey) {
        guard let link = self.routes[key]?.attempt else { return }
        self.routes[key]?.attempt = nil
        guard link.assumeIsolated({ !$0.hasEnded }) else {
            self.routes[key] = nil
            return
        }
        self.routes[key]?.phase = .open(link)
        self.routes[key]?.failures = 0
        self.closeWhenSettled(link)
    }

    /// Ends a stream that only verifies keys a few seconds after the last answer.
    private func closeWhenSettled(_ link: OutboundLink) {
        self.surroundings.loop.scheduleTask(in: .seconds(5)) {
            self.assumeIsolated { streams in
                guard link.assumeIsolated({ !$0.hasEnded }) else { return }
                if link.assumeIsolated({ $0.isSettled }) {
                    link.assumeIsolated { $0.shutDown() }
                } else {
                    streams.closeWhenSettled(link)
                }
            }
        }
    }

    private var verifierCount: Int { self.routes.keys.count { $0.purpose == .verification } }

    func verified(_ verification: OutboundStream.Verification, _ outcome: DialbackOutcome) {
        guard let requester = self.requesters.removeValue(forKey: verification) else { return }
        requester.assumeIsolated { $0.verified(verification.pair, outcome) }
    }
}
