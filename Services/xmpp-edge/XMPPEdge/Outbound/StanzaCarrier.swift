import NIOCore
import XMPPCore

/// A connection that carries stanzas to partners: one that we made, or one that a partner made for both directions
/// ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)).
protocol StanzaCarrier: Actor {
    /// For whom it may carry.
    var carriedPairs: [DomainPair] { get }
    var outbox: Outbox { get set }
    var writer: StreamWriter { get set }
    var surroundings: Surroundings { get }
    var carryingChannel: (any Channel)? { get }
    /// Whether as many stanzas as may be are written and have no fate yet. Asked for each stanza, so not through ``surroundings``, which
    /// would be copied with all it refers to.
    var isFull: Bool { get }
    /// Counts a stanza that was written.
    func countSent(_ kind: Stanza.Kind)
    var isWritable: Bool { get }
    /// Whether the peer's stanzas come on it as well.
    var isBidirectional: Bool { get }
    var hasEnded: Bool { get }

    /// Writes what has gathered, in one piece.
    func flush()
    /// Ends the connection without a word: the peer exceeds what the setting `rule` allows, and would not read it.
    func abandon(_ end: StreamEnd, rule: String)
}

extension StanzaCarrier {
    /// Whether the peer keeps up with what it is sent.
    nonisolated var hasRoom: Bool {
        self.assumeIsolated { $0.isWritable && !$0.isFull }
    }

    /// Whether others wait because too much that was written has no fate yet.
    nonisolated var isAtLimit: Bool { self.assumeIsolated { $0.isFull } }
    nonisolated var isOver: Bool { self.assumeIsolated { $0.hasEnded } }
    /// Whether all that was written is the peer's.
    nonisolated var hasDelivered: Bool { self.assumeIsolated { $0.outbox.isEmpty } }
    nonisolated var pairsCarried: [DomainPair] { self.assumeIsolated { $0.carriedPairs } }

    /// Takes a stanza; it goes out with the next ``flush()``.
    ///
    /// - Returns: `nil`, or the number of bytes that the peer takes at most, if that is less than the stanza has.
    nonisolated func carry(_ stanza: Stanza, _ fate: Fate) -> Int? {
        self.assumeIsolated { carrier in
            guard carrier.writer.write(stanza, atMost: carrier.outbox.maximumBytes) else {
                return carrier.outbox.maximumBytes
            }
            carrier.countSent(stanza.kind)
            guard carrier.isBidirectional, case .settlement(let settlement) = fate else {
                carrier.outbox.add(fate)
                return nil
            }
            // The answer to a stanza that may have come on this very connection: if that one is not read because too much of it
            // is under way, neither is the acknowledgement of the answer. So written is enough.
            carrier.outbox.add(.none)
            settlement.settle()
            return nil
        }
    }

    /// Whether the peer reads what it is sent; if it has left too much unread, the end.
    ///
    /// A bidirectional stream is read while it cannot be written, for both sides would wait for each other otherwise. What a
    /// peer can make us say without reading it is bounded so.
    var readsOrEnds: Bool {
        guard !self.isWritable, self.isBidirectional, !self.hasEnded, let options = self.carryingChannel?.syncOptions,
            let unread = try? options.getOption(.bufferedWritableBytes), unread > self.surroundings.limits.unread
        else { return true }
        self.surroundings.metrics.reached(.unread)
        self.abandon(
            .protocolError(StreamError(.policyViolation, text: "the peer does not read")),
            rule: "limits.unread=\(self.surroundings.limits.unread)"
        )
        return false
    }

    nonisolated func flushCarried() { self.assumeIsolated { $0.flush() } }

    /// The oldest `count` stanzas are done with.
    nonisolated func takeFates(_ count: Int = .max) -> CircularBuffer<Fate> {
        self.assumeIsolated { $0.outbox.remove(count) }
    }
}
