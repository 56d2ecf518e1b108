import DNS

/// All that has to be done so that DNS says what it should.
struct Plan: Equatable, Sendable {
    /// In order of name; those with nothing to do included.
    private(set) var zones: [ZonePlan]
    /// All records that should be.
    let desired: [UpdateRecord]
    /// Those of them that lie in no zone we manage: for somebody to enter by hand.
    let byHand: [UpdateRecord]
    let warnings: [String]

    init(_ desired: DesiredRecords, states: [ZoneState], owner: String, ttl: UInt32) {
        let zones = states.map(\.zone)
        self.zones = states.sorted { $0.zone < $1.zone }.map { state in
            ZonePlan(
                state,
                desired: desired.records.filter { Self.zone(of: $0.name, among: zones) == state.zone },
                held: desired.held,
                ownership: Ownership(owner: owner, zone: state.zone),
                ttl: ttl
            )
        }
        self.desired = desired.records
        self.byHand = desired.records.filter { Self.zone(of: $0.name, among: zones) == nil }
        let held = Set(desired.held.filter { $0.type != "TLSA" }.map(\.name)).sorted()
            .map { "no live edge has an address for \($0): left as it is" }
        let unsigned = states.filter { state in
            !state.isSigned
                && desired.records.contains { $0.type == "TLSA" && Self.zone(of: $0.name, among: zones) == state.zone }
        }.map { "zone \($0.zone) is not signed: nobody looks at its TLSA records" }
        self.warnings = self.zones.flatMap(\.warnings) + unsigned + held
    }

    /// The part of it that changes records of some types, each with its mark.
    func only(_ types: Set<String>, owner: String) -> Plan {
        var plan = self
        plan.zones = self.zones.map { $0.only(types, ownership: Ownership(owner: owner, zone: $0.zone)) }
        return plan
    }

    /// The zone that a name lies in: the longest that is a suffix of it.
    static func zone(of name: String, among zones: [String]) -> String? {
        zones.filter { name == $0 || name.hasSuffix("." + $0) }.max { $0.utf8.count < $1.utf8.count }
    }

    var isEmpty: Bool { self.zones.allSatisfy(\.isEmpty) }

    var changeCount: Int { self.zones.map { $0.additions.count + $0.deletions.count }.reduce(0, +) }

    /// Names exactly this plan: what it does, and the state it was made for.
    var checksum: String {
        var lines: [String] = []
        for zone in self.zones where !zone.isEmpty {
            lines.append("zone \(zone.zone)")
            lines += zone.deletions.map { "- \($0)" } + zone.additions.map { "+ \($0)" }
            for (set, records) in zone.before.sorted(by: { ($0.key.name, $0.key.type) < ($1.key.name, $1.key.type) }) {
                lines.append("? \(set.name) \(set.type) " + records.map(\.data).joined(separator: "|"))
            }
        }
        return String(UpdateDigest.sha256(lines.joined(separator: "\n")).prefix(Self.checksumLength))
    }

    /// 64 bits: enough to tell plans apart, short enough to read out.
    private static let checksumLength = 16

    /// Whether so much vanishes that somebody has to say that it is meant.
    var needsForce: Bool {
        let vanishing = self.zones.map(\.vanishingSets).reduce(0, +)
        let owned = self.zones.map(\.ownedSets).reduce(0, +)
        return vanishing > Self.largeDeletion || (vanishing >= Self.smallDeletion && vanishing * 2 > owned)
    }

    /// Two domains' worth of record sets.
    private static let largeDeletion = 10
    /// Fewer than one domain's worth is never a large deletion, however small the zone.
    private static let smallDeletion = 4
}
