import Messaging
import Policy
import Testing

@Suite("SPEC §7: partitioned domains")
struct PartitionTests {
    /// A user's entry in the directory, or none.
    enum Entry: String, CaseIterable { case sip, xmpp, none }

    struct Case: Sendable {
        let sender: Entry
        let recipient: Entry
        let mode: Partition.Mode
        let origin: UserRecord.Home
        let reason: RefusalReason?

        init(
            _ sender: Entry,
            to recipient: Entry,
            _ mode: Partition.Mode,
            from origin: UserRecord.Home,
            _ reason: RefusalReason? = nil
        ) {
            (self.sender, self.recipient, self.mode, self.origin) = (sender, recipient, mode, origin)
            self.reason = reason
        }
    }

    /// All 36 combinations of what the directory says, the routing mode and the side it comes from.
    static let cases: [Case] =
        [
            // What crosses.
            Case(.xmpp, to: .sip, .basic, from: .xmpp), Case(.xmpp, to: .sip, .advanced, from: .xmpp),
            Case(.sip, to: .xmpp, .basic, from: .sip), Case(.sip, to: .xmpp, .advanced, from: .sip),
            // Basic takes strangers for the SIP server's, advanced for nobody's.
            Case(.xmpp, to: .none, .basic, from: .xmpp), Case(.none, to: .xmpp, .basic, from: .sip),
            Case(.xmpp, to: .none, .advanced, from: .xmpp, .unknownUser),
            Case(.none, to: .xmpp, .advanced, from: .sip, .fromNotBoundToPeer),
            // The SIP server sent us somebody it does not know: unknown on both sides.
            Case(.sip, to: .none, .basic, from: .sip, .unknownUser),
            Case(.none, to: .none, .basic, from: .sip, .unknownUser),
            Case(.sip, to: .none, .advanced, from: .sip, .unknownUser),
            // A recipient of the very side it comes from would come back.
            Case(.xmpp, to: .xmpp, .basic, from: .xmpp, .loop), Case(.xmpp, to: .xmpp, .advanced, from: .xmpp, .loop),
            Case(.sip, to: .sip, .basic, from: .sip, .loop), Case(.sip, to: .sip, .advanced, from: .sip, .loop),
            Case(.none, to: .sip, .basic, from: .sip, .loop),
        ]
        // Each server speaks for its own users alone.
        + Entry.allCases.flatMap { recipient in
            Partition.Mode.allCases.filter { $0 != .off }.flatMap { mode in
                [
                    Case(.sip, to: recipient, mode, from: .xmpp, .fromNotBoundToPeer),
                    Case(.none, to: recipient, mode, from: .xmpp, .fromNotBoundToPeer),
                    Case(.xmpp, to: recipient, mode, from: .sip, .fromNotBoundToPeer),
                ]
            }
        } + [Entry.sip, .none].map { Case(.none, to: $0, .advanced, from: .sip, .fromNotBoundToPeer) }

    static func state(_ sender: Entry, _ recipient: Entry, _ mode: Partition.Mode) -> PolicyState {
        let users = [("romeo", sender), ("juliet", recipient)].compactMap { name, entry in
            UserRecord.Home(rawValue: entry.rawValue).map { UserRecord(address: "\(name)@example.com", home: $0) }
        }
        return PolicyState(
            PolicySnapshot(domains: [LocalDomain(domain: "example.com", partition: mode)], users: users)
        )
    }

    static let romeo = Address(user: "romeo", domain: "example.com")
    static let juliet = Address(user: "juliet", domain: "example.com")

    @Test("The table has each combination once")
    func complete() {
        let keys = Self.cases.map { "\($0.sender) \($0.recipient) \($0.mode) \($0.origin)" }
        #expect(keys.count == 36)
        #expect(Set(keys).count == 36)
    }

    @Test(
        "A request goes to the other side if its sender is of this one and its recipient of that one",
        arguments: cases.indices,
        [Decision.Kind.instantMessage, .composition, .subscription, .presence]
    )
    func decision(_ index: Int, _ kind: Decision.Kind) {
        let row = Self.cases[index]
        let state = Self.state(row.sender, row.recipient, row.mode)
        let direction: Decision.Direction = row.origin == .xmpp ? .inbound : .outbound
        let decision = state.decide(direction, kind, from: Self.romeo, to: Self.juliet)
        #expect(decision.failure?.reason == row.reason, "\(row)")
        // Within one organisation nothing is taken out, and nobody must have been added.
        if row.reason == nil { #expect(decision == .allow(stripsNote: false)) }
    }

    @Test(
        "Without a partition, or with a domain that is not split, there is nothing to federate between our own domains"
    )
    func off() {
        let off = Self.state(.xmpp, .sip, .off)
        #expect(
            off.decide(.inbound, .instantMessage, from: Self.romeo, to: Self.juliet).failure?.reason == .unknownPartner
        )
        var snapshot = Self.state(.xmpp, .sip, .basic).snapshot
        snapshot.domains.append(LocalDomain(domain: "other.example"))
        let half = PolicyState(snapshot)
        let other = Address(user: "juliet", domain: "other.example")
        #expect(half.decide(.inbound, .instantMessage, from: Self.romeo, to: other).failure?.reason == .unknownPartner)
        #expect(!half.isPartitioned("example.com", "other.example"))
        #expect(half.isPartitioned("Example.com", "example.com"))
    }

    @Test("A server that claims a split domain on a stream between servers is refused as before")
    func stream() {
        let state = Self.state(.xmpp, .sip, .basic)
        let domain = Address(user: nil, domain: "example.com")
        #expect(state.decide(.inbound, .stream, from: domain, to: domain).failure?.condition == .policyViolation)
    }

    @Test("Only users cross: the bare domain has no home")
    func bareDomain() {
        let state = Self.state(.xmpp, .sip, .basic)
        let domain = Address(user: nil, domain: "example.com")
        #expect(state.decide(.inbound, .instantMessage, from: Self.romeo, to: domain).failure?.reason == .unknownUser)
        #expect(state.decide(.outbound, .instantMessage, from: domain, to: Self.romeo).failure?.reason == .unknownUser)
    }

    @Test("The explanation says where both live, and what would help")
    func explanation() {
        let state = Self.state(.xmpp, .none, .advanced)
        let explanation = state.explain(nil, .instantMessage, from: Self.romeo, to: Self.juliet)
        #expect(explanation.direction == .inbound)
        #expect(explanation.steps.map(\.rule) == [.ourDomain, .otherDomain, .partition])
        #expect(explanation.steps.last?.outcome == .refused)
        #expect(explanation.remedy.contains("isthmusctl user add juliet@example.com --home sip"))
        let crossing = Self.state(.sip, .xmpp, .basic).explain(nil, .instantMessage, from: Self.romeo, to: Self.juliet)
        #expect(crossing.direction == .outbound)
        #expect(
            crossing.path == [
                "xmpp-edge hands it to the XMPP server to which it is attached as a component of example.com"
            ]
        )
    }

    static let movers: [(local: Entry, contact: Entry, mode: Partition.Mode, mover: PolicyState.Mover?)] = [
        (.sip, .xmpp, .basic, nil), (.none, .xmpp, .basic, nil), (.sip, .xmpp, .advanced, nil),
        (.xmpp, .xmpp, .basic, .local), (.xmpp, .sip, .basic, .local), (.sip, .sip, .basic, .contact),
        (.sip, .none, .basic, .contact), (.none, .xmpp, .advanced, .local), (.sip, .none, .advanced, .contact),
        (.xmpp, .xmpp, .off, nil),
    ]

    @Test("Who of two users no longer lives where the gateway knew them", arguments: movers)
    func mover(_ local: Entry, contact: Entry, mode: Partition.Mode, mover: PolicyState.Mover?) {
        let domain = LocalDomain(domain: "split.example", partition: mode)
        let users = [("romeo", local), ("juliet", contact)].compactMap { name, entry in
            UserRecord.Home(rawValue: entry.rawValue).map { UserRecord(address: "\(name)@split.example", home: $0) }
        }
        let state = PolicyState(PolicySnapshot(domains: [domain], users: users))
        let (romeo, juliet) = (
            Address(user: "romeo", domain: "split.example"), Address(user: "juliet", domain: "split.example")
        )
        #expect(state.mover(local: romeo, contact: juliet) == mover)
        // A wish is handed over for a user of the XMPP server alone.
        let isTheServersOwn = contact == .xmpp && mode != .off
        #expect(state.decideHandOver(watcher: juliet, presentity: romeo).isAllowed == isTheServersOwn)
        #expect(state.hasSplitDomains == (mode != .off))
        #expect(!state.mayHaveMoved(since: state))
        #expect(state.mayHaveMoved(since: PolicyState()) == true)
    }
}
