/// When which revocation list is fetched again: a pure function of what came of it before.
struct RevocationSchedule: Equatable {
    private struct Entry: Equatable {
        var next: Int64 = 0
        var failures = 0
    }

    private var entries: [String: Entry] = [:]
    private let interval: Int64

    /// Not more often than this, whatever a list says.
    static let minimum: Int64 = 60
    /// The longest pause after a failure.
    static let maximumPause: Int64 = 3600

    init(interval: Int64) { self.interval = interval }

    /// Which of `addresses` are to be fetched at `now`; others are forgotten.
    mutating func due(_ addresses: [String], at now: Int64) -> [String] {
        self.entries = self.entries.filter { addresses.contains($0.key) }
        return addresses.filter { self.entries[$0, default: Entry()].next <= now }
    }

    /// A list came: the next is fetched when half of the time to its `nextUpdate` is over, so that there is time for
    /// whatever goes wrong.
    mutating func succeeded(_ address: String, at now: Int64, nextUpdate: Int64?) {
        let half = nextUpdate.map { ($0 - now) / 2 } ?? self.interval
        self.entries[address] = Entry(next: now + min(max(half, Self.minimum), self.interval))
    }

    /// None came: it is tried again after a minute, then after two, four and so on.
    ///
    /// - Returns: how many failures that are in a row.
    mutating func failed(_ address: String, at now: Int64) -> Int {
        var entry = self.entries[address, default: Entry()]
        entry.next = now + min(Self.minimum << Int64(min(entry.failures, 10)), Self.maximumPause)
        entry.failures += 1
        self.entries[address] = entry
        return entry.failures
    }
}
