import NIOCore
import TLS
import XMPPCore

/// What limits make of a verdict of the policy, and what is counted of a stream.
extension InboundConnection {
    /// `verdict`, unless a limit forbids what it allows.
    func limited(_ verdict: InboundStream.Verdict, local: String, remote: String?) -> InboundStream.Verdict {
        self.noteAttempt(remote)
        if let remote, self.named == nil { self.named = DomainPair(local: local, remote: remote) }
        guard case .allowed(_, _, let offersTLS) = verdict else { return verdict }
        let pair = remote.map { DomainPair(local: local, remote: $0) }
        // A stream that is counted already opens anew after SASL.
        let isCounted = pair.map { self.established[$0] != nil } ?? false
        // Who has said its name by a header, and may now ask for TLS; later questions are about dialback.
        let mayBeginTLS = offersTLS && self.handshake == nil && self.established.isEmpty && !self.hasBudget
        let address = mayBeginTLS ? self.channel.remoteAddress : nil
        self.hasBudget = self.hasBudget || mayBeginTLS
        let limit = self.router.assumeIsolated { $0.limit(inbound: isCounted ? nil : pair, handshakeOf: address) }
        guard let limit else { return verdict }
        self.limit = limit
        return .refused(limit.streamError)
    }

    /// Takes note of a key that was not looked at because of what the stream has already.
    func reached(_ limit: InboundStream.Limit, _ pair: DomainPair) {
        let limits = self.surroundings.limits.verification
        let refusal: LimitRefusal =
            switch limit {
            case .verifications: .verificationsOfStream(limit: limits.perStream)
            case .pairs: .pairsOfStream(limit: limits.pairs)
            }
        self.surroundings.metrics.reached(refusal.name)
        var facts = self.facts
        facts.limit = refusal
        self.router.assumeIsolated {
            $0.refused(stream: pair, peer: self.peer, .refused(refusal.streamError), answer: "error", facts: facts)
        }
    }

    /// Counts the stream as begun once its peer has a name, and its certificate once there is one.
    func noteAttempt(_ remote: String?) {
        if remote != nil, !self.wasAttempted {
            self.wasAttempted = true
            let partner = self.router.assumeIsolated { $0.partnerLabel(remote) }
            self.surroundings.metrics.attempted(.inbound, partner: partner)
        }
        if let remote, let handshake = self.handshake, !self.wasCertificateCounted {
            self.wasCertificateCounted = true
            self.surroundings.metrics.certificate(.inbound, handshake.peer, domain: remote)
        }
    }

    /// Counts the end of the stream; one whose peer never had a name is counted as begun now.
    func noteEnd(_ end: StreamEnd) {
        let remote = self.established.keys.first?.remote ?? self.machine.peerDomain
        let partner = self.router.assumeIsolated { $0.partnerLabel(remote) }
        if !self.wasAttempted { self.surroundings.metrics.attempted(.inbound, partner: partner) }
        guard !self.established.isEmpty else { return }
        self.surroundings.metrics.ended(.inbound, partner: partner, end.reason)
    }
}
