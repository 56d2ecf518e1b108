import Messaging
import Policy
import Testing

@Suite("Decisions, whatever the policy")
struct DecisionPropertyTests {
    /// The same numbers in every run (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var value = self.state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// A policy, and a question to it.
    private struct Case {
        var policy: PolicySnapshot
        var direction: Decision.Direction
        var kind: Decision.Kind
        var local: Address
        var remote: Address
        var contact: Decision.ContactState

        var from: Address { self.direction == .inbound ? self.remote : self.local }
        var to: Address { self.direction == .inbound ? self.local : self.remote }

        func decision(_ change: (inout PolicySnapshot) -> Void = { _ in }) -> Decision {
            var policy = self.policy
            change(&policy)
            return PolicyState(policy).decide(
                self.direction,
                self.kind,
                from: self.from,
                to: self.to,
                contact: self.contact
            )
        }
    }

    private static let cases: [Case] = {
        var numbers = Numbers(state: 5)
        return (0..<2_000).map { _ in DecisionPropertyTests.make(&numbers) }
    }()

    private static func make(_ numbers: inout Numbers) -> Case {
        func one<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: 0..<elements.count, using: &numbers)]
        }
        func rules() -> [DomainRule] {
            (0..<one([0, 0, 1, 2])).map { _ in
                DomainRule(
                    pattern: one(["example.org", "*.example.org", "*.org", "other.example"]),
                    direction: one([.both, .inbound, .outbound])
                )
            }
        }
        let access: [Bool?] = [nil, true, true, false]
        let partner = Partner(
            domain: "example.org",
            additionalDomains: one([[], ["chat.example.org"]]),
            kind: one(Partner.Kind.allCases),
            isEnabled: one([true, true, true, false])
        )
        let domain = LocalDomain(
            domain: "sip.example",
            xmppAccess: one(access),
            isDirectoryComplete: one([false, false, true])
        )
        let user = UserRecord(
            address: "juliet@sip.example",
            xmppAccess: one(access),
            isOnSurvivableBranchAppliance: one([false, false, false, true])
        )
        let policy = PolicySnapshot(
            settings: GatewaySettings(
                openFederation: one([true, false, false]),
                blockedDomains: rules(),
                allowedDomains: one([[], rules()]),
                xmppAccess: one([true, false])
            ),
            partners: one([[], [partner], [partner], [partner]]),
            domains: one([[domain], [domain], [domain], []]),
            users: one([[], [user], [user]])
        )
        return Case(
            policy: policy,
            direction: one(Decision.Direction.allCases),
            kind: one(Decision.Kind.allCases),
            local: Address(user: one(["juliet", "juliet", "nurse"]), domain: "sip.example"),
            remote: Address(
                user: "romeo",
                domain: one(["example.org", "example.org", "chat.example.org", "a.example"])
            ),
            contact: one(Decision.ContactState.allCases)
        )
    }

    @Test("They are the same for every device and in every case of letters, and the same each time")
    func normalized() {
        for each in Self.cases {
            var other = each
            other.local = Address(user: each.local.user?.uppercased(), domain: "SIP.Example", instance: "epid")
            other.remote = Address(user: each.remote.user, domain: each.remote.domain.uppercased(), instance: "orchard")
            #expect(other.decision() == each.decision() && each.decision() == each.decision())
        }
    }

    @Test("What takes something away never allows what was refused; what gives more never refuses what was allowed")
    func monotonic() {
        let takes: [(inout PolicySnapshot) -> Void] = [
            {
                $0.settings.blockedDomains += [
                    DomainRule(pattern: "example.org"), DomainRule(pattern: "*.example.org"),
                ]
            },
            { $0.partners = [] },
            { policy in for index in policy.users.indices { policy.users[index].isOnSurvivableBranchAppliance = true }
            },
            { policy in for index in policy.users.indices { policy.users[index].xmppAccess = false } },
            { policy in for index in policy.domains.indices { policy.domains[index].isDirectoryComplete = true } },
            { policy in for index in policy.partners.indices { policy.partners[index].isEnabled = false } },
        ]
        let gives: [(inout PolicySnapshot) -> Void] = [
            { $0.settings.blockedDomains = [] }, { $0.settings.allowedDomains = [] },
            { policy in for index in policy.partners.indices { policy.partners[index].kind = .federated } },
            { policy in for index in policy.users.indices { policy.users[index].xmppAccess = true } },
        ]
        for each in Self.cases {
            let isAllowed = each.decision().isAllowed
            // In open federation the default partner takes a removed one's place.
            for take in takes where !isAllowed && !each.policy.settings.openFederation {
                #expect(!each.decision(take).isAllowed)
            }
            for give in gives where isAllowed { #expect(each.decision(give).isAllowed) }
        }
    }

    @Test("The explanation is of the same decision: one rule refuses, those before it pass, and what to do is said")
    func explained() {
        var seen: Set<RefusalReason> = []
        for each in Self.cases {
            let state = PolicyState(each.policy)
            let decision = each.decision()
            let explanation = state.explain(
                each.direction,
                each.kind,
                from: each.from,
                to: each.to,
                contact: each.contact
            )
            #expect(explanation.decision == decision)
            let refused = explanation.steps.filter { $0.outcome == .refused }
            guard let reason = decision.failure?.reason else {
                #expect(refused.isEmpty && explanation.steps.allSatisfy { $0.outcome == .passed })
                continue
            }
            seen.insert(reason)
            #expect(refused.count == 1 && !explanation.remedy.isEmpty)
            #expect(explanation.steps.prefix { $0.outcome == .passed }.count + 1 <= explanation.steps.count)
            let rule = state.rule(
                behind: reason,
                local: each.local.domain,
                remote: each.remote.domain,
                user: each.local
            )
            #expect(!rule.isEmpty, "\(reason) has a rule that decided")
        }
        #expect(seen.count == 8, "each reason of the policy: \(seen)")
    }
}
