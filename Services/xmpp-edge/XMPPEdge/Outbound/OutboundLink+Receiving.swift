import NIOCore
import ServiceKit
import XMPPCore

/// The other direction of a bidirectional stream ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)): stanzas of the peer on a
/// connection that we made.
extension OutboundLink: StanzaSource {
    nonisolated func settle(_ number: UInt32?) { self.assumeIsolated { $0.settled(number) } }
    nonisolated var origin: (peer: String, facts: StreamFacts) {
        self.assumeIsolated { ($0.peer, $0.facts.ofWhatComes) }
    }

    var isBidirectional: Bool { self.machine.isBidirectional }
    var carryingChannel: (any Channel)? { self.channel }
    var isFull: Bool { self.outbox.count >= self.surroundings.limits.unacknowledged }

    func countSent(_ kind: Stanza.Kind) { self.surroundings.metrics.sent(kind) }

    func abandon(_ end: StreamEnd, rule: String) {
        let (peer, pair) = (self.peer, self.key.pair)
        var facts = self.facts.ofWhatComes
        facts.sizeSetting = rule
        self.streams.assumeIsolated { $0.refused(pair, peer: peer, end, answer: "closed", facts: facts) }
        self.channel?.close(promise: nil)
    }

    func wasRefused(_ pair: DomainPair, _ end: StreamEnd) {
        let peer = self.peer
        self.streams.assumeIsolated { $0.refused(pair, peer: peer, end) }
    }

    private func settled(_ number: UInt32?) {
        self.intake.settled()
        if let number, !self.hasEnded { self.handle(.settled(number)) }
        if self.intake.isPaused { self.regulate() }
        self.streams.assumeIsolated { $0.touch(self) }
    }

    func taken(_ count: Int) {
        self.streams.assumeIsolated { $0.taken(count, by: self) }
        if self.isFinishing { self.finish() }
    }

    /// Takes no more stanzas of the peer, as soon as it has acknowledged all of ours.
    func finish() {
        self.isFinishing = true
        self.regulate()
    }

    /// Acknowledgements of ours are still to come as long as something waits for the peer.
    var mustNotRead: Bool { self.isFinishing && self.isBidirectional && self.outbox.isEmpty }

    /// As the authoritative server: asks whether a key is ours.
    func check(_ key: String, _ pair: DomainPair, _ streamID: String) async {
        let outcome = await self.surroundings.dialback.check(key, for: pair, streamID: streamID)
        self.handle(.keyChecked(pair, streamID: streamID, outcome))
        self.flush()
    }
}
