import NIOCore
import NetworkKit
import Policy
import XMPPCore

/// How many streams there may be (SPEC §1), and how many TLS handshakes.
extension Router {
    /// Why there may not be another stream of the peer for `pair`; asked once the policy has allowed it.
    ///
    /// - Parameters:
    ///   - pair: The domains.
    ///   - address: Where the peer is, if it may now begin TLS; each asking takes one handshake of its budget.
    /// - Returns: `nil` if there may be one.
    func limit(inbound pair: DomainPair?, handshakeOf address: SocketAddress?) -> LimitRefusal? {
        if let pair, let refusal = self.limit(pair, withAttempts: false) { return refusal }
        guard let address else { return nil }
        return self.limit(handshakeOf: address)
    }

    /// Why there may not be another stream to the partner for `pair`.
    func limit(outbound pair: DomainPair) -> LimitRefusal? { self.limit(pair, withAttempts: true) }

    /// Why the peer may not begin a TLS handshake; if it may, one of its budget is taken.
    func limit(handshakeOf address: SocketAddress) -> LimitRefusal? {
        guard !self.handshakes.take(address) else { return nil }
        self.surroundings.metrics.reached(.handshakeRate)
        self.surroundings.metrics.handshake(.inbound, .refused)
        return .handshakes(limit: self.handshakes.rate.perSecond, burst: self.handshakes.rate.burst)
    }

    private func limit(_ pair: DomainPair, withAttempts: Bool) -> LimitRefusal? {
        guard let partner = self.policy.rules(forDomain: pair.remote) else { return nil }
        let attempts = withAttempts ? self.counts.attempts(to: partner.domain) : 0
        let refusal = self.refusal(partner, self.counts.streams(with: partner.domain) + attempts, self.counts.total)
        if let refusal { self.surroundings.metrics.reached(refusal.name) }
        return refusal
    }

    /// `connection-limit` of the partner, of all partners, and of the gateway.
    private func refusal(_ partner: Partner, _ streams: Int, _ total: Int) -> LimitRefusal? {
        let settings = self.policy.settings
        let limit = min(partner.connectionLimit, settings.partnerConnectionLimit)
        guard streams < limit else {
            let isGlobal = settings.partnerConnectionLimit < partner.connectionLimit
            return .partnerStreams(partner: partner.domain, limit: limit, isGlobal: isGlobal)
        }
        return total < settings.connectionLimit ? nil : .streams(limit: settings.connectionLimit)
    }

    /// Counts a stream, if it may be: between its header and its authentication others may have come.
    ///
    /// - Returns: why it may not; then it is not counted.
    func streamBegan(inbound pair: DomainPair) -> LimitRefusal? {
        if let refusal = self.limit(inbound: pair, handshakeOf: nil) { return refusal }
        self.streamBegan(pair)
        return nil
    }

    func streamBegan(_ pair: DomainPair) { self.counts.began(pair, with: self.partnerKey(pair)) }
    func streamEnded(_ pair: DomainPair) { self.counts.ended(pair, with: self.partnerKey(pair)) }

    func attemptBegan(_ pair: DomainPair) -> String {
        let partner = self.partnerKey(pair)
        self.counts.attemptBegan(to: partner)
        return partner
    }

    func attemptEnded(to partner: String) { self.counts.attemptEnded(to: partner) }

    /// Whom a stream counts for.
    func partnerKey(_ pair: DomainPair) -> String { self.policy.rules(forDomain: pair.remote)?.domain ?? pair.remote }

    /// The partner as metrics name it.
    func partnerLabel(_ domain: String?) -> String {
        domain.flatMap { self.policy.partner(ofDomain: $0)?.domain } ?? EdgeMetrics.otherPartner
    }
}
