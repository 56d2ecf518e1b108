import NIOCore
import XMPPCore

/// What failed a moment ago: it is answered at once, and not tried again before a while.
///
/// The while is that of ``OutboundRoute/pause(after:)``. How often it has failed in a row is remembered for a minute more.
/// Bounded: the oldest are forgotten first.
struct RecentFailures<Key: Hashable, Answer> {
    private struct Entry {
        var answer: Answer
        var until: NIODeadline
        var failures: Int
        /// Its latest place in `order`.
        var number: UInt64
    }

    /// How long the number of failures outlives the pause.
    private static var memory: TimeAmount { .minutes(1) }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    /// By age.
    ///
    /// A key that failed again is in it several times, of which the last counts.
    private var order: CircularBuffer<(key: Key, number: UInt64)> = []
    private var number: UInt64 = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { self.entries.count }

    /// What to answer without asking anybody.
    func answer(for key: Key, at now: NIODeadline) -> Answer? {
        guard let entry = self.entries[key], now < entry.until else { return nil }
        return entry.answer
    }

    mutating func failed(_ key: Key, _ answer: Answer, at now: NIODeadline) {
        let known = self.entries[key].map { now < $0.until + Self.memory ? $0.failures : 0 } ?? 0
        self.number += 1
        self.entries[key] = Entry(
            answer: answer,
            until: now + OutboundRoute.pause(after: known + 1, chance: 1),
            failures: known + 1,
            number: self.number
        )
        self.order.append((key, self.number))
        self.forget(at: now)
    }

    mutating func succeeded(_ key: Key) { self.entries[key] = nil }

    /// The rules may be others now: everybody gets a new chance.
    mutating func removeAll() {
        self.entries.removeAll()
        self.order.removeAll()
    }

    /// Forgets what is too old or too much.
    private mutating func forget(at now: NIODeadline) {
        while let oldest = self.order.first {
            if let entry = self.entries[oldest.key], entry.number == oldest.number {
                guard self.entries.count > self.capacity || entry.until + Self.memory <= now else { break }
                self.entries[oldest.key] = nil
            }
            self.order.removeFirst()
        }
        if self.order.count > 2 * self.capacity {
            self.order = CircularBuffer(self.order.filter { self.entries[$0.key]?.number == $0.number })
        }
    }
}

/// The domains whose keys could not be verified.
typealias VerificationFailures = RecentFailures<DomainPair, StanzaError>
