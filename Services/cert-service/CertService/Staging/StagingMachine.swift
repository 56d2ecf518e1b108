import Wire

/// When a staged assignment is put to use, and when it is rolled back: pure, as all machines.
///
/// ```
///            each living edge can serve with it         DNS has its keys          nobody has older answers
///   trying ────────────────────────────────▶ proven ───────────────▶ published ─────────────────────▶ commit
///     │  ▲                                     │                       │
///     │  └ after `patience` the silent ones    └ no TLSA wanted,       └ somebody took a record away: proven again
///     │    do not count any more                 or now: commit
///     └ an edge cannot ─▶ roll back
/// ```
///
/// The order of the rollover is that of [RFC 7671 §8.1](https://www.rfc-editor.org/rfc/rfc7671#section-8.1): the record of the new
/// key first, the key when no cache has the records of before, the record of the old key last (``RetiringKey``).
struct StagingMachine: Equatable {
    enum Event: Equatable {
        /// Somebody has assigned, or it was found in the store at the start.
        case staged(Entry, at: Int64)
        /// The certificate is gone, or another assignment of it has come.
        case withdrawn(Int64)
        /// Which edges live, by use.
        case edges([CertificateUse: Set<String>], at: Int64)
        /// An edge has made the trial.
        case tried(Int64, edge: String, refusal: String?, at: Int64)
        /// What DNS has: the uses that have TLSA records, the keys that are there, and how long caches keep what was before.
        case published(uses: Set<CertificateUse>, keys: Set<String>, wait: Int64, at: Int64)
        case time(Int64)
    }

    enum Action: Equatable {
        /// The edges are to look: there is a trial to make.
        case callEdges
        /// Each edge can serve with it; now DNS must have its keys.
        case proven(Int64)
        case commit(Int64)
        case rollBack(Int64, edge: String, reason: String)
        /// To be kept over a restart.
        case remember(Int64, publishedAt: Int64?)
    }

    struct Entry: Equatable {
        let number: Int64
        /// The uses in which anything changes.
        let uses: Set<CertificateUse>
        /// The keys that DNS must have for it, of those uses.
        let keys: Set<String>
        let isNow: Bool
        var publishedAt: Int64?
        fileprivate var isProven = false
        fileprivate var accepted: Set<String> = []
        fileprivate var deadline: Int64 = 0

        init(number: Int64, uses: Set<CertificateUse>, keys: Set<String>, isNow: Bool, publishedAt: Int64? = nil) {
            (self.number, self.uses, self.keys, self.isNow) = (number, uses, keys, isNow)
            self.publishedAt = publishedAt
        }
    }

    /// How long is waited for an edge that lives and says nothing, in seconds.
    static let patience: Int64 = 30

    /// Those that are under way, the oldest first.
    private(set) var entries: [Entry] = []
    /// The uses that have TLSA records, as far as is known.
    private(set) var publishedUses: Set<CertificateUse>
    private var edges: [CertificateUse: Set<String>] = [:]
    /// Whether dns-publisher has said anything since the start.
    private var keys: Set<String>?
    private var wait: Int64 = 0

    init(publishedUses: Set<CertificateUse> = []) { self.publishedUses = publishedUses }

    /// What edges of `use` are to try now: one after the other, so that it is known which of them is refused.
    func trial(for use: CertificateUse) -> Int64? {
        self.entries.first { !$0.isProven && $0.uses.contains(use) }?.number
    }

    func isTrying(_ number: Int64) -> Bool { self.entries.contains { $0.number == number && !$0.isProven } }
    func isProven(_ number: Int64) -> Bool { self.entries.contains { $0.number == number && $0.isProven } }

    /// Who has not said yet whether it can serve.
    func silent(about number: Int64) -> [String] {
        self.entries.first { $0.number == number && !$0.isProven }.map { self.awaited($0).sorted() } ?? []
    }

    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .staged(var entry, let now):
            entry.deadline = now + Self.patience
            self.entries.append(entry)
            let actions = self.advance(now)
            return self.isTrying(entry.number) ? actions + [.callEdges] : actions
        case .withdrawn(let number):
            self.entries.removeAll { $0.number == number }
            return []
        case .edges(let edges, let now):
            self.edges = edges
            return self.advance(now)
        case .tried(let number, let edge, let refusal, let now):
            guard let index = self.entries.firstIndex(where: { $0.number == number && !$0.isProven }) else { return [] }
            if let refusal {
                self.entries.remove(at: index)
                return [.rollBack(number, edge: edge, reason: refusal), .callEdges] + self.advance(now)
            }
            self.entries[index].accepted.insert(edge)
            return self.advance(now)
        case .published(let uses, let keys, let wait, let now):
            (self.publishedUses, self.keys, self.wait) = (uses, keys, wait)
            return self.note(keys, now) + self.advance(now)
        case .time(let now):
            return self.advance(now)
        }
    }

    /// Notes since when DNS has had the keys of each.
    private mutating func note(_ keys: Set<String>, _ now: Int64) -> [Action] {
        var actions: [Action] = []
        for index in self.entries.indices where self.entries[index].isProven {
            let isThere = self.entries[index].keys.isSubset(of: keys)
            guard isThere != (self.entries[index].publishedAt != nil) else { continue }
            self.entries[index].publishedAt = isThere ? now : nil
            actions.append(.remember(self.entries[index].number, publishedAt: self.entries[index].publishedAt))
        }
        return actions
    }

    private mutating func advance(_ now: Int64) -> [Action] {
        var actions: [Action] = []
        for entry in self.entries where !entry.isProven {
            // In their order: an edge is given one trial at a time.
            guard entry.uses.allSatisfy({ self.trial(for: $0) == entry.number }) else { continue }
            guard self.awaited(entry).isEmpty || now >= entry.deadline else { continue }
            self.change(entry.number) { $0.isProven = true }
            if self.needsDNS(entry) { actions.append(.proven(entry.number)) }
            if self.entries.contains(where: { !$0.isProven }) { actions.append(.callEdges) }
        }
        for entry in self.entries where entry.isProven && self.isDue(entry, now) {
            self.entries.removeAll { $0.number == entry.number }
            actions.append(.commit(entry.number))
        }
        return actions
    }

    private func isDue(_ entry: Entry, _ now: Int64) -> Bool {
        guard self.needsDNS(entry) else { return true }
        // How long caches keep what was before is known only from dns-publisher.
        guard self.keys != nil, let publishedAt = entry.publishedAt else { return false }
        return now >= publishedAt + self.wait
    }

    private func needsDNS(_ entry: Entry) -> Bool {
        !entry.isNow && !entry.keys.isEmpty && !entry.uses.isDisjoint(with: self.publishedUses)
    }

    private func awaited(_ entry: Entry) -> Set<String> {
        entry.uses.reduce(into: Set()) { $0.formUnion(self.edges[$1] ?? []) }.subtracting(entry.accepted)
    }

    private mutating func change(_ number: Int64, _ body: (inout Entry) -> Void) {
        guard let index = self.entries.firstIndex(where: { $0.number == number }) else { return }
        body(&self.entries[index])
    }
}
