import Messaging
import Policy
import Testing

@Suite("SPEC §§ 1, 2: every combination of facts")
struct DecisionOracleTests {
    /// What a contact of a public, unverified partner may not before the user has added it: the one “no” of the table of SPEC §2.
    private static let needsApproval: [(Decision.Direction, Decision.Kind)] = [
        (.inbound, .instantMessage), (.inbound, .composition), (.inbound, .subscription), (.inbound, .presence),
        (.outbound, .presence),
    ]

    /// Why it is refused, said as SPEC says it: the first that applies.
    private static func reason(_ facts: DecisionFacts) -> RefusalReason? {
        let isForUser = facts.kind != .stream
        let access = facts.user?.xmppAccess ?? facts.localDomain?.xmppAccess ?? facts.globalAccess
        let isUnapproved =
            facts.partner?.kind == .publicUnverified && [.notAdded, .unknown].contains(facts.contact)
            && self.needsApproval.contains { $0 == (facts.direction, facts.kind) }
        let rules: [(RefusalReason, Bool)] = [
            (.notOurDomain, facts.localDomain == nil),
            (.unknownPartner, facts.remoteIsLocal),
            (.domainBlocked, facts.isBlocked || facts.isMissingFromAllowed),
            (.unknownPartner, facts.partner == nil),
            (.partnerDisabled, facts.partner?.isEnabled == false),
            (.unknownUser, isForUser && !facts.namesUser),
            (.unknownUser, isForUser && facts.user == nil && facts.localDomain?.isDirectoryComplete == true),
            (.userOnSurvivableBranchAppliance, isForUser && facts.user?.isOnSurvivableBranchAppliance == true),
            (.userNotEnabled, isForUser && !access),
            (.contactNotApproved, isUnapproved),
        ]
        return rules.first { $0.1 }?.0
    }

    /// Only the presence of our users has a note, and only federated partners see it.
    private static func stripsNote(_ facts: DecisionFacts) -> Bool {
        facts.kind == .presence && facts.direction == .outbound && facts.partner?.kind != .federated
    }

    private static let domains: [LocalDomain?] = [
        nil, LocalDomain(domain: "sip.example"), LocalDomain(domain: "sip.example", xmppAccess: true),
        LocalDomain(domain: "sip.example", isDirectoryComplete: true),
    ]
    private static let users: [UserRecord?] = [
        nil, UserRecord(address: "juliet@sip.example"), UserRecord(address: "juliet@sip.example", xmppAccess: true),
        UserRecord(address: "juliet@sip.example", xmppAccess: false),
        UserRecord(address: "juliet@sip.example", xmppAccess: true, isOnSurvivableBranchAppliance: true),
    ]
    private static let partners: [Partner?] =
        [nil, Partner(domain: "example.org", kind: .federated, isEnabled: false)]
        + Partner.Kind.allCases.map { Partner(domain: "example.org", kind: $0) }

    @Test("Each of them is decided as SPEC says: allowed or not, why not, and what is taken out")
    func exhaustive() {
        var (count, wrong) = (0, 0)
        for direction in Decision.Direction.allCases {
            for kind in Decision.Kind.allCases {
                for facts in Self.facts(direction, kind) {
                    let decision = Decision(facts)
                    let reason = Self.reason(facts)
                    count += 1
                    let isRight =
                        decision.failure?.reason == reason
                        && (reason != nil || decision == .allow(stripsNote: Self.stripsNote(facts)))
                    guard !isRight else { continue }
                    wrong += 1
                    if wrong < 10 { Issue.record("\(facts): \(decision), not \(String(describing: reason))") }
                }
            }
        }
        #expect(count > 100_000 && wrong == 0)
    }

    private static func facts(_ direction: Decision.Direction, _ kind: Decision.Kind) -> [DecisionFacts] {
        let flags = [false, true]
        return self.domains.flatMap { domain in
            self.users.flatMap { user in
                self.partners.flatMap { partner in
                    Decision.ContactState.allCases.flatMap { contact in
                        (0..<32).map { bits in
                            DecisionFacts(
                                direction: direction,
                                kind: kind,
                                localDomain: domain,
                                namesUser: flags[bits & 1],
                                user: user,
                                remoteIsLocal: flags[bits >> 1 & 1],
                                isBlocked: flags[bits >> 2 & 1],
                                isMissingFromAllowed: flags[bits >> 3 & 1],
                                partner: partner,
                                contact: contact,
                                globalAccess: flags[bits >> 4 & 1]
                            )
                        }
                    }
                }
            }
        }
    }
}
