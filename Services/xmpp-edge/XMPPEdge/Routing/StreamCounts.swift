import XMPPCore

/// How many authenticated streams there are, all together and with each partner, in both directions.
///
/// Everything is O(1) but ``regroup(_:)``. A domain may come to belong to another partner while streams live: counted is
/// by pair of domains, so that an end is always taken from the partner it now counts for.
struct StreamCounts {
    private(set) var total = 0
    private var pairs: [DomainPair: Int] = [:]
    private var partners: [String: Int] = [:]
    /// Streams to a partner that are being made: as good as there.
    private var attempts: [String: Int] = [:]

    /// The streams with a partner, without those being made.
    func streams(with partner: String) -> Int { self.partners[partner, default: 0] }
    /// The streams being made to a partner.
    func attempts(to partner: String) -> Int { self.attempts[partner, default: 0] }

    mutating func began(_ pair: DomainPair, with partner: String) {
        self.total += 1
        self.pairs[pair, default: 0] += 1
        self.partners[partner, default: 0] += 1
    }

    mutating func ended(_ pair: DomainPair, with partner: String) {
        guard self.pairs[pair] != nil else { return }
        self.total -= 1
        Self.decrement(pair, in: &self.pairs)
        Self.decrement(partner, in: &self.partners)
    }

    mutating func attemptBegan(to partner: String) { self.attempts[partner, default: 0] += 1 }
    mutating func attemptEnded(to partner: String) { Self.decrement(partner, in: &self.attempts) }

    /// Counts anew by partner, after a change of the policy.
    mutating func regroup(_ partner: (DomainPair) -> String) {
        self.partners = [:]
        for (pair, count) in self.pairs { self.partners[partner(pair), default: 0] += count }
    }

    private static func decrement<Key>(_ key: Key, in counts: inout [Key: Int]) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
