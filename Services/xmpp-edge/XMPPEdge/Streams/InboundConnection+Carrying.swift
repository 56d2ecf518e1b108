import NIOCore
import NetworkKit
import XMPPCore

/// The other direction of a bidirectional stream ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)): stanzas of ours to the peer
/// that opened it.
extension InboundConnection: StanzaSource {
    nonisolated func settle(_ number: UInt32?) { self.assumeIsolated { $0.settled(number) } }
    nonisolated var origin: (peer: String, facts: StreamFacts) { self.assumeIsolated { ($0.peer, $0.facts) } }

    var isBidirectional: Bool { self.machine.isBidirectional }
    var isWritable: Bool { self.channel.isWritable }
    var carryingChannel: (any Channel)? { self.channel }
    var isFull: Bool { self.outbox.count >= self.surroundings.limits.unacknowledged }

    func countSent(_ kind: Stanza.Kind) { self.surroundings.metrics.sent(kind) }

    func abandon(_ end: StreamEnd, rule: String) {
        let pair = self.established.keys.first
        var facts = self.facts
        facts.sizeSetting = rule
        self.lastRefusal = end
        self.router.assumeIsolated { $0.refused(stream: pair, peer: self.peer, end, answer: "closed", facts: facts) }
        self.channel.close(promise: nil)
    }

    /// From now on stanzas of `pair` may be carried.
    func carries(_ pair: DomainPair) {
        guard let method = self.established[pair] else { return }
        self.carriedPairs.append(pair)
        self.outbox.maximumBytes = self.machine.peerLimits.maximumBytes
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.offered(self, for: pair, method) } }
    }

    /// So many stanzas, the oldest first, are the peer's.
    func taken(_ count: Int) {
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.taken(count, by: self) } }
        if self.isFinishing, self.outbox.isEmpty { self.stopReading() }
    }

    /// There is room again.
    func carriesMore() {
        guard !self.carriedPairs.isEmpty, !self.hasEnded else { return }
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.writable(self) } }
    }

    /// Tells the machine of the stanzas that go out now.
    ///
    /// - Returns: those that are the peer's when they are written, because it does not acknowledge.
    func sentCarried() -> Int {
        let count = self.outbox.takeUnwritten()
        guard self.machine.isAcknowledged else { return count }
        if count > 0 { self.handle(.stanzasSent(count)) }
        return self.outbox.takeUncounted()
    }

    func wroteCarried(_ count: Int) {
        // What was sent before the peer began to count is the peer's when it is written.
        if self.machine.isAcknowledged { self.taken(count) } else { self.handle(.stanzasSent(count)) }
        self.router.assumeIsolated { $0.flushSoon() }
    }

    /// What was carried and not taken is bounced.
    func stopCarrying(_ end: StreamEnd) {
        guard !self.carriedPairs.isEmpty else { return }
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.ended(self, end) } }
        self.carriedPairs = []
    }
}
