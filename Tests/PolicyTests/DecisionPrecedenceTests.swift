import Messaging
import Policy
import Testing

@Suite("SPEC §1: who may federate, and which rule decides")
struct DecisionPrecedenceTests {
    static let user = Address(user: "juliet", domain: "sip.example")
    static let contact = Address(user: "romeo", domain: "example.org")

    /// A policy in which everything is allowed.
    static func open(_ change: (inout PolicySnapshot) -> Void = { _ in }) -> PolicyState {
        var snapshot = PolicySnapshot(
            settings: GatewaySettings(xmppAccess: true),
            partners: [Partner(domain: "example.org", additionalDomains: ["example.net"], kind: .federated)],
            domains: [LocalDomain(domain: "sip.example")],
            users: [UserRecord(address: "juliet@sip.example")]
        )
        change(&snapshot)
        return PolicyState(snapshot)
    }

    static func inbound(_ state: PolicyState, from: Address = contact, to: Address = user) -> RefusalReason? {
        state.decide(.inbound, .instantMessage, from: from, to: to).failure?.reason
    }

    @Test("Nothing is allowed by a policy that was never made")
    func defaultDeny() {
        for direction in Decision.Direction.allCases {
            for kind in Decision.Kind.allCases {
                let decision = PolicyState().decide(direction, kind, from: Self.contact, to: Self.user)
                #expect(decision.failure?.reason == .notOurDomain)
            }
        }
    }

    @Test("Access is off by default, and the most specific scope that says something wins")
    func scopes() {
        for global in [true, false] {
            for domain in [true, false, nil] {
                for user in [true, false, nil] {
                    let state = Self.open {
                        $0.settings.xmppAccess = global
                        $0.domains[0].xmppAccess = domain
                        $0.users[0].xmppAccess = user
                    }
                    let expected = user ?? domain ?? global
                    #expect(Self.inbound(state) == (expected ? nil : .userNotEnabled))
                }
            }
        }
        #expect(GatewaySettings().xmppAccess == false)
    }

    /// One change that alone makes the answer this reason, and how early its rule is asked.
    struct Obstacle: Sendable {
        let rank: Int
        let reason: RefusalReason
        let apply: @Sendable (inout PolicySnapshot) -> Void
    }

    static let obstacles: [Obstacle] = [
        Obstacle(rank: 1, reason: .notOurDomain) { $0.domains = [] },
        Obstacle(rank: 2, reason: .domainBlocked) { $0.settings.blockedDomains = [DomainRule(pattern: "example.org")] },
        Obstacle(rank: 2, reason: .domainBlocked) {
            $0.settings.allowedDomains = [DomainRule(pattern: "other.example")]
        },
        Obstacle(rank: 3, reason: .unknownPartner) { $0.partners = [] },
        Obstacle(rank: 4, reason: .partnerDisabled) { snapshot in
            for index in snapshot.partners.indices { snapshot.partners[index].isEnabled = false }
        },
        Obstacle(rank: 5, reason: .unknownUser) { snapshot in
            snapshot.users = []
            for index in snapshot.domains.indices { snapshot.domains[index].isDirectoryComplete = true }
        },
        Obstacle(rank: 6, reason: .userOnSurvivableBranchAppliance) { snapshot in
            for index in snapshot.users.indices { snapshot.users[index].isOnSurvivableBranchAppliance = true }
        },
        Obstacle(rank: 7, reason: .userNotEnabled) { $0.settings.xmppAccess = false },
    ]

    @Test("Of several obstacles the first in the order of the rules is named, whatever their number")
    func precedence() {
        for mask in 0..<(1 << Self.obstacles.count) {
            let chosen = Self.obstacles.indices.filter { mask & (1 << $0) != 0 }.map { Self.obstacles[$0] }
            let state = Self.open { snapshot in for obstacle in chosen { obstacle.apply(&snapshot) } }
            let expected = chosen.min { $0.rank < $1.rank }?.reason
            #expect(Self.inbound(state) == expected, "\(chosen.map(\.reason))")
        }
    }

    @Test("A survivable branch appliance beats every permission, in both directions")
    func survivableBranchAppliance() {
        let state = Self.open {
            $0.users[0].isOnSurvivableBranchAppliance = true
            $0.users[0].xmppAccess = true
        }
        for kind in Decision.Kind.allCases where kind != .stream {
            for (direction, from, to) in [
                (Decision.Direction.inbound, Self.contact, Self.user), (.outbound, Self.user, Self.contact),
            ] {
                let decision = state.decide(direction, kind, from: from, to: to, contact: .added)
                #expect(decision.failure?.reason == .userOnSurvivableBranchAppliance)
            }
        }
    }

    struct ListCase: Sendable {
        let pattern: String
        let direction: DomainRule.Direction
        let covers: [(String, inbound: Bool, outbound: Bool)]
    }

    static let lists: [ListCase] = [
        ListCase(
            pattern: "example.org",
            direction: .both,
            covers: [("example.org", true, true), ("a.example.org", false, false), ("EXAMPLE.org", true, true)]
        ),
        ListCase(
            pattern: "*.example.org",
            direction: .both,
            covers: [
                ("example.org", false, false), ("a.example.org", true, true), ("a.b.example.org", true, true),
                ("notexample.org", false, false),
            ]
        ),
        ListCase(pattern: "example.org", direction: .inbound, covers: [("example.org", true, false)]),
        ListCase(
            pattern: "*.org",
            direction: .outbound,
            covers: [("example.org", false, true), ("org", false, false)]
        ),
    ]

    @Test("A rule covers its pattern in its direction; blocked is refused, and so is what no allowed rule covers")
    func listRules() {
        for list in Self.lists {
            let rule = DomainRule(pattern: list.pattern, direction: list.direction)
            for (domain, inbound, outbound) in list.covers {
                for (direction, covered) in [(Decision.Direction.inbound, inbound), (.outbound, outbound)] {
                    let refused: RefusalReason? = .domainBlocked
                    let blocked = Self.reason(direction, domain) { $0.blockedDomains = [rule] }
                    #expect(blocked == (covered ? refused : nil), "\(domain), \(direction), blocked \(list.pattern)")
                    let allowed = Self.reason(direction, domain) { $0.allowedDomains = [rule] }
                    #expect(allowed == (covered ? nil : refused), "\(domain), \(direction), allowed \(list.pattern)")
                    let both = Self.reason(direction, domain) {
                        $0.allowedDomains = [rule]
                        $0.blockedDomains = [DomainRule(pattern: domain)]
                    }
                    #expect(both == refused, "blocked beats allowed")
                }
            }
        }
    }

    private static func reason(
        _ direction: Decision.Direction,
        _ domain: String,
        _ change: (inout GatewaySettings) -> Void
    ) -> RefusalReason? {
        let state = Self.open {
            $0.settings.openFederation = true
            change(&$0.settings)
        }
        let remote = Address(user: "romeo", domain: domain)
        let (from, to) = direction == .inbound ? (remote, Self.user) : (Self.user, remote)
        return state.decide(direction, .composition, from: from, to: to, contact: .added).failure?.reason
    }

    @Test("In open federation unknown domains get the default partner's rules; named partners keep their own")
    func openFederation() {
        let state = Self.open {
            $0.settings.openFederation = true
            $0.settings.defaultPartner = Partner(domain: "*", kind: .publicUnverified, tls: .optional)
        }
        let stranger = Address(user: "tybalt", domain: "stranger.example")
        #expect(state.rules(forDomain: "Stranger.example")?.domain == "stranger.example")
        #expect(state.rules(forDomain: "stranger.example")?.tls == .optional)
        #expect(state.rules(forDomain: "example.net")?.domain == "example.org")
        func decide(_ contact: Decision.ContactState) -> RefusalReason? {
            state.decide(.inbound, .instantMessage, from: stranger, to: Self.user, contact: contact).failure?.reason
        }
        #expect(decide(.added) == nil)
        #expect(decide(.notAdded) == .contactNotApproved)
    }

    @Test("A domain of ours is never a partner, not even in open federation")
    func ownDomainFromOutside() {
        let state = Self.open {
            $0.settings.openFederation = true
            $0.domains.append(LocalDomain(domain: "other.example"))
        }
        #expect(Self.inbound(state, from: Address(user: "mallory", domain: "other.example")) == .unknownPartner)
        #expect(Self.inbound(state, from: Address(user: "mallory", domain: "sip.example")) == .unknownPartner)
    }

    @Test("Devices and case do not change who a user is")
    func normalization() {
        let state = Self.open { $0.users[0].xmppAccess = false }
        #expect(
            Self.inbound(state, to: Address(user: "JULIET", domain: "SIP.example", instance: "x")) == .userNotEnabled
        )
    }

    @Test("Where the directory is complete, who is not in it does not exist; elsewhere the SIP server is asked")
    func completeDirectory() {
        let stranger = Address(user: "nobody", domain: "sip.example")
        #expect(Self.inbound(Self.open(), to: stranger) == nil)
        let complete = Self.open { $0.domains[0].isDirectoryComplete = true }
        #expect(Self.inbound(complete, to: stranger) == .unknownUser)
        #expect(Self.inbound(complete) == nil)
        #expect(Self.inbound(Self.open(), to: Address(user: nil, domain: "sip.example")) == .unknownUser)
    }

    @Test("A stream is judged by its domains, with the condition a stream can be closed with")
    func streams() {
        let state = Self.open { $0.settings.xmppAccess = false }
        let (local, remote) = (Address(user: nil, domain: "sip.example"), Address(user: nil, domain: "example.net"))
        #expect(state.decide(.inbound, .stream, from: remote, to: local).isAllowed)
        #expect(state.decide(.outbound, .stream, from: local, to: remote).isAllowed)
        let stranger = Address(user: nil, domain: "stranger.example")
        let failure = state.decide(.inbound, .stream, from: stranger, to: local).failure
        #expect(failure?.condition == .policyViolation && failure?.reason == .unknownPartner)
    }
}
