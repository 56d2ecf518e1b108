import NIOCore
import XMPPCore

/// The domains whose keys could not be verified a moment ago: they are answered at once, and not tried again before a while.
///
/// The while is that of ``OutboundRoute/pause(after:)``. How often a domain has failed in a row is remembered for a minute more.
/// Bounded: the oldest are forgotten first.
struct VerificationFailures {
    private struct Entry {
        var error: StanzaError
        var until: NIODeadline
        var failures: Int
        /// Its latest place in `order`.
        var number: UInt64
    }

    /// How long the number of failures outlives the pause.
    private static let memory = TimeAmount.minutes(1)

    private let capacity: Int
    private var entries: [DomainPair: Entry] = [:]
    /// By age.
    ///
    /// A pair that failed again is in it several times, of which the last counts.
    private var order: CircularBuffer<(pair: DomainPair, number: UInt64)> = []
    private var number: UInt64 = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { self.entries.count }

    /// What to answer for a pair without asking anybody.
    func answer(for pair: DomainPair, at now: NIODeadline) -> StanzaError? {
        guard let entry = self.entries[pair], now < entry.until else { return nil }
        return entry.error
    }

    mutating func failed(_ pair: DomainPair, _ error: StanzaError, at now: NIODeadline) {
        let known = self.entries[pair].map { now < $0.until + Self.memory ? $0.failures : 0 } ?? 0
        self.number += 1
        self.entries[pair] = Entry(
            error: error,
            until: now + OutboundRoute.pause(after: known + 1, chance: 1),
            failures: known + 1,
            number: self.number
        )
        self.order.append((pair, self.number))
        self.forget(at: now)
    }

    mutating func succeeded(_ pair: DomainPair) { self.entries[pair] = nil }

    /// The rules may be others now: everybody gets a new chance.
    mutating func removeAll() {
        self.entries.removeAll()
        self.order.removeAll()
    }

    /// Forgets what is too old or too much.
    private mutating func forget(at now: NIODeadline) {
        while let oldest = self.order.first {
            if let entry = self.entries[oldest.pair], entry.number == oldest.number {
                guard self.entries.count > self.capacity || entry.until + Self.memory <= now else { break }
                self.entries[oldest.pair] = nil
            }
            self.order.removeFirst()
        }
        if self.order.count > 2 * self.capacity {
            self.order = CircularBuffer(self.order.filter { self.entries[$0.pair]?.number == $0.number })
        }
    }
}
