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

    func abandon(_ end: StreamEnd) {
        self.wasRefused(self.key.pair, end)
        self.channel?.close(promise: nil)
    }

    func wasRefused(_ pair: DomainPair, _ end: StreamEnd) {
        let peer = self.peer
        self.streams.assumeIsolated { $0.refused(pair, peer: peer, end) }
    }

    func countStanza(_ stanza: Stanza) {
        self.intake.count()
        self.surroundings.metrics.received(stanza.kind)
        self.regulate()
    }

    private func settled(_ number: UInt32?) {
        self.intake.settled()
        if let number, !self.hasEnded { self.handle(.settled(number)) }
        self.regulate()
        self.streams.assumeIsolated { $0.touch(self) }
    }

    /// Reads only as long as not too much of what the peer sent is under way.
    private func regulate() {
        guard !self.hasEnded, let reads = self.intake.regulate(limit: self.surroundings.limits.unsettled) else {
            return
        }
        if !reads { self.surroundings.metrics.paused.increment() }
        self.channel?.setOption(.autoRead, value: reads && !self.hasFinished).whenComplete { _ in }
    }

    func taken(_ count: Int) {
        self.streams.assumeIsolated { $0.taken(count, by: self) }
        if self.isFinishing { self.finish() }
    }

    /// Takes no more stanzas of the peer, as soon as it has acknowledged all of ours.
    func finish() {
        self.isFinishing = true
        guard self.isBidirectional, self.hasFinished else { return }
        self.channel?.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    private var hasFinished: Bool { self.isFinishing && self.outbox.isEmpty }

    /// As the authoritative server: asks whether a key is ours.
    func check(_ key: String, _ pair: DomainPair, _ streamID: String) async {
        let outcome = await self.surroundings.dialback.check(key, for: pair, streamID: streamID)
        self.handle(.keyChecked(pair, streamID: streamID, outcome))
        self.flush()
    }
}
