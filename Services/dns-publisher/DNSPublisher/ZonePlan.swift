import DNS

/// What has to be done in one zone so that what should be is: desired − actual, among what is ours.
struct ZonePlan: Equatable, Sendable {
    let zone: String
    /// In order; records and their ownership marks.
    private(set) var additions: [UpdateRecord]
    private(set) var deletions: [UpdateRecord]
    /// The sets that the plan touches as they are now: it holds only as long as they stay so.
    private(set) var before: [RecordSet: [UpdateRecord]]
    /// What an administrator should look at.
    let warnings: [String]
    /// Sets of ours that vanish altogether, and all sets of ours.
    let vanishingSets: Int
    let ownedSets: Int

    var isEmpty: Bool { self.additions.isEmpty && self.deletions.isEmpty }

    /// A plan that was made elsewhere; nothing vanishes by it that somebody should be asked about.
    init(
        zone: String,
        additions: [UpdateRecord],
        deletions: [UpdateRecord],
        before: [RecordSet: [UpdateRecord]]
    ) {
        (self.zone, self.additions, self.deletions, self.before) = (zone, additions, deletions, before)
        (self.warnings, self.vanishingSets, self.ownedSets) = ([], 0, 0)
    }

    /// Compares a zone with what should be in it.
    ///
    /// Sets that are `held` stay as they are; the ownership marks live for `ttl` seconds.
    init(
        _ state: ZoneState,
        desired: [UpdateRecord],
        held: Set<RecordSet>,
        ownership: Ownership,
        ttl: UInt32
    ) {
        let actual = Dictionary(state.records.map { ($0.with(ttl: 0), $0) }) { first, _ in first }
        let wanted = Dictionary(desired.map { ($0.with(ttl: 0), $0) }) { first, _ in first }
        let claimed = Set(state.marks.compactMap { ownership.owned(by: $0) })

        // Records are the same when they say the same; the time to live of what is ours is brought in line.
        let missing = wanted.values.filter { actual[$0.with(ttl: 0)] == nil }
        let retimed = wanted.filter { key, record in
            claimed.contains(key) && actual[key].map { $0.ttl != record.ttl } == true
        }.values
        let obsolete = claimed.filter { key in
            wanted[key] == nil && actual[key] != nil && !held.contains(RecordSet(of: key))
        }
        let kept = claimed.filter { key in
            wanted[key] != nil || (actual[key] != nil && held.contains(RecordSet(of: key)))
        }
        let owned = kept.union(missing.map { $0.with(ttl: 0) })

        let presentMarks = Set(state.marks.map { $0.with(ttl: 0) })
        let newMarks = owned.map { ownership.mark(for: $0, ttl: ttl) }.filter {
            !presentMarks.contains($0.with(ttl: 0))
        }
        let oldMarks = state.marks.filter { mark in
            ownership.owned(by: mark).map { !owned.contains($0) } ?? false
        }

        self.zone = state.zone
        self.additions = (missing + retimed + newMarks).sorted(by: RecordSet.order)
        self.deletions = (obsolete.compactMap { actual[$0] } + oldMarks).sorted(by: RecordSet.order)
        let touched = Set((self.additions + self.deletions).map(RecordSet.init(of:)))
        let everything = Dictionary(grouping: state.records + state.marks, by: RecordSet.init(of:))
        self.before = Dictionary(
            uniqueKeysWithValues: touched.map { ($0, (everything[$0] ?? []).sorted(by: RecordSet.order)) }
        )

        let setsBefore = Set(claimed.filter { actual[$0] != nil }.map(RecordSet.init(of:)))
        self.ownedSets = setsBefore.count
        self.vanishingSets = setsBefore.subtracting(owned.map(RecordSet.init(of:))).count
        self.warnings = Self.warnings(actual: actual, wanted: wanted, claimed: claimed)
    }

    private static func warnings(
        actual: [UpdateRecord: UpdateRecord],
        wanted: [UpdateRecord: UpdateRecord],
        claimed: Set<UpdateRecord>
    ) -> [String] {
        let sets = Set(wanted.keys.map(RecordSet.init(of:)))
        var warnings: [String] = []
        for (key, record) in actual where !claimed.contains(key) {
            if wanted[key] != nil {
                warnings.append("exists already, is not ours and is left alone: \(record)")
            } else if sets.contains(RecordSet(of: key)) {
                warnings.append("a record of somebody else stands beside ours: \(record)")
            }
        }
        for key in claimed where actual[key] == nil {
            warnings.append("was ours and has been deleted by somebody: \(key.name) \(key.type) \(key.data)")
        }
        return warnings.sorted()
    }

    /// The part of it that changes records of some types, each with its mark.
    func only(_ types: Set<String>, ownership: Ownership) -> ZonePlan {
        func isMeant(_ record: UpdateRecord) -> Bool { types.contains((ownership.owned(by: record) ?? record).type) }
        var plan = self
        plan.additions = self.additions.filter(isMeant)
        plan.deletions = self.deletions.filter(isMeant)
        let touched = Set((plan.additions + plan.deletions).map(RecordSet.init(of:)))
        plan.before = self.before.filter { touched.contains($0.key) }
        return plan
    }

    /// The plan as one atomic update, which fails when the zone is not what it was (RFC 2136 §2.4).
    var message: UpdateMessage {
        UpdateMessage(
            zone: self.zone,
            prerequisites: self.before.sorted { ($0.key.name, $0.key.type) < ($1.key.name, $1.key.type) }
                .map { set, records in
                    records.isEmpty ? .noRecordSet(name: set.name, type: set.type) : .recordSetIs(records)
                },
            changes: self.deletions.map { .delete($0) } + self.additions.map { .add($0) }
        )
    }
}
