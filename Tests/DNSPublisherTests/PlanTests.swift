import DNS
import Policy
import Testing

@testable import DNSPublisher

@Suite("The plan")
struct PlanTests {
    static let zone = "contoso.test"
    static let ownership = Ownership(owner: "isthmus", zone: zone)

    static func record(_ name: String, _ type: String, _ data: String, ttl: UInt32 = 300) -> UpdateRecord {
        UpdateRecord(name: "\(name).\(self.zone)", type: type, ttl: ttl, data: data)
    }

    static func plan(desired: [UpdateRecord], _ state: ZoneState, held: Set<RecordSet> = []) -> ZonePlan {
        ZonePlan(state, desired: desired, held: held, ownership: self.ownership, ttl: 300)
    }

    /// A zone in which `owned` are marked as ours.
    static func state(_ records: [UpdateRecord], owned: [UpdateRecord] = []) -> ZoneState {
        ZoneState(
            zone: self.zone,
            records: records,
            marks: owned.map { self.ownership.mark(for: $0.with(ttl: 0), ttl: 300) }
        )
    }

    static let a = record("xmpp", "A", "192.0.2.1")
    static let b = record("xmpp", "A", "192.0.2.2")
    static let foreign = record("xmpp", "A", "203.0.113.9")

    @Test("What is missing is added and marked as ours; the set must be as it was")
    func adds() {
        let plan = Self.plan(desired: [Self.a], Self.state([Self.foreign]))
        let mark = Self.ownership.mark(for: Self.a.with(ttl: 0), ttl: 300)
        #expect(plan.additions == [mark, Self.a])
        #expect(plan.deletions.isEmpty)
        #expect(
            plan.message.prerequisites == [
                .noRecordSet(name: mark.name, type: "TXT"), .recordSetIs([Self.foreign]),
            ]
        )
        #expect(plan.warnings.count == 1)
    }

    @Test("What is ours and no longer wanted is deleted with its mark; what is not ours stays")
    func deletes() {
        let plan = Self.plan(desired: [Self.b], Self.state([Self.a, Self.b, Self.foreign], owned: [Self.a, Self.b]))
        #expect(plan.deletions == [Self.ownership.mark(for: Self.a.with(ttl: 0), ttl: 300), Self.a])
        #expect(plan.additions.isEmpty)
    }

    @Test("A record that somebody else made as we want it is left alone and not claimed")
    func identicalForeign() {
        let plan = Self.plan(desired: [Self.a], Self.state([Self.a]))
        #expect(plan.isEmpty && plan.warnings.count == 1)
    }

    @Test("A record of ours that somebody deleted is added again, with a warning")
    func vanished() {
        let plan = Self.plan(desired: [Self.a], Self.state([], owned: [Self.a]))
        #expect(plan.additions == [Self.a] && plan.deletions.isEmpty)
        #expect(plan.warnings.count == 1)
    }

    @Test("A record of ours with another time to live is brought in line")
    func retimed() {
        let old = Self.record("xmpp", "A", "192.0.2.1", ttl: 60)
        let plan = Self.plan(desired: [Self.a], Self.state([old], owned: [old]))
        #expect(plan.additions == [Self.a] && plan.deletions.isEmpty)
    }

    @Test("A held set stays as it is")
    func held() {
        let plan = Self.plan(desired: [], Self.state([Self.a], owned: [Self.a]), held: [RecordSet(of: Self.a)])
        #expect(plan.isEmpty)
    }

    @Test("A name is planned in the longest zone that it lies in")
    func zones() {
        #expect(
            Plan.zone(of: "_sip._tcp.eu.contoso.test", among: ["contoso.test", "eu.contoso.test"]) == "eu.contoso.test"
        )
        #expect(Plan.zone(of: "notcontoso.test", among: ["contoso.test"]) == nil)
    }

    // MARK: - Properties

    /// All that is random comes from a seed that is printed with a failure.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state ^ (self.state >> 29)
        }
    }

    /// What a server does with an update (RFC 2136 §3.4.2).
    static func applied(_ plan: ZonePlan, to state: ZoneState) -> ZoneState {
        var all = Set(state.records + state.marks)
        let gone = Set((plan.deletions + plan.additions).map { $0.with(ttl: 0) })
        all = all.filter { !gone.contains($0.with(ttl: 0)) }.union(plan.additions)
        return ZoneState(
            zone: state.zone,
            records: all.filter { RecordSet(of: $0) != Self.ownership.set },
            marks: all.filter { RecordSet(of: $0) == Self.ownership.set }
        )
    }

    @Test(
        "Whatever the zone holds: what is wanted comes true, what is not ours stays, and a second plan is empty",
        arguments: 0..<300
    )
    func properties(_ seed: UInt64) {
        var generator = Generator(state: seed)
        let pool = (0..<12).map { Self.record(["xmpp", "sip", "x"][$0 % 3], "A", "192.0.2.\($0)") }
        func some() -> [UpdateRecord] { pool.filter { _ in Bool.random(using: &generator) } }
        let present = some()
        let owned = some()  // some of them deleted by somebody meanwhile
        let desired = some()
        let other = Ownership(owner: "other", zone: Self.zone).mark(for: pool[0], ttl: 300)
        var state = Self.state(present, owned: owned)
        state.marks.append(other)

        let plan = Self.plan(desired: desired, state)
        let after = Self.applied(plan, to: state)
        let foreign = Set(present).subtracting(owned)
        #expect(Set(after.records).isSuperset(of: desired))
        #expect(Set(after.records).isSuperset(of: foreign))
        #expect(Set(plan.deletions).isDisjoint(with: foreign))
        #expect(Set(after.records) == Set(desired).union(foreign))
        #expect(after.marks.contains(other))
        #expect(Self.plan(desired: desired, after).isEmpty)
        let claimed = Set(after.marks.compactMap { Self.ownership.owned(by: $0) })
        #expect(claimed.isSubset(of: Set(desired.map { $0.with(ttl: 0) })))
        #expect(claimed.isDisjoint(with: foreign.map { $0.with(ttl: 0) }))
    }

    // MARK: - The whole

    static func desired(_ domains: [String]) -> DesiredRecords {
        var settings = DesiredRecords.Settings(xmppAccess: [AccessPoint(name: "xmpp.contoso.test")])
        settings.ports.sip = 0
        settings.ports.sipTLS = 0
        return DesiredRecords(settings, domains: domains, edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.1")])
    }

    @Test("The checksum names one plan for one state of the zone")
    func checksum() {
        let desired = Self.desired(["contoso.test"])
        let empty = Plan(desired, states: [Self.state([])], owner: "isthmus", ttl: 300)
        let again = Plan(desired, states: [Self.state([])], owner: "isthmus", ttl: 300)
        let beside = Plan(desired, states: [Self.state([Self.foreign])], owner: "isthmus", ttl: 300)
        #expect(empty.checksum == again.checksum && empty.checksum.count == 16)
        #expect(empty.checksum != beside.checksum)
    }

    @Test("What lies in no managed zone is for somebody to enter by hand")
    func byHand() {
        let plan = Plan(
            Self.desired(["contoso.test", "fabrikam.test"]),
            states: [Self.state([])],
            owner: "isthmus",
            ttl: 300
        )
        #expect(plan.byHand.map(\.name) == ["_xmpp-server._tcp.fabrikam.test", "_xmpps-server._tcp.fabrikam.test"])
        #expect(plan.text.contains("by hand") && plan.text.hasSuffix("checksum \(plan.checksum)\n"))
    }

    @Test("A plan that deletes most of what is ours has to be forced")
    func largeDeletion() {
        let names = ["a", "b", "c", "d", "e"]
        let owned = names.map { Self.record($0, "A", "192.0.2.1") }
        let nothing = DesiredRecords(DesiredRecords.Settings(), domains: [], edges: [])
        let state = Self.state(owned, owned: owned)
        #expect(Plan(nothing, states: [state], owner: "isthmus", ttl: 300).needsForce)
        let few = Self.state(Array(owned.prefix(3)), owned: Array(owned.prefix(3)))
        #expect(!Plan(nothing, states: [few], owner: "isthmus", ttl: 300).needsForce)
    }
}
