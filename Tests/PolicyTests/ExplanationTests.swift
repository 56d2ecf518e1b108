import Messaging
import Policy
import Testing

@Suite("Explanations")
struct ExplanationTests {
    static let local = Address(user: "juliet", domain: "sip.example")
    static let remote = Address(user: "romeo", domain: "xmpp.example")

    /// A gateway on which everything is allowed.
    static var open: PolicySnapshot {
        PolicySnapshot(
            partners: [Partner(domain: "xmpp.example", kind: .federated, tls: .required, sasl: .optional)],
            domains: [LocalDomain(domain: "sip.example", xmppAccess: true)],
            users: [UserRecord(address: "juliet@sip.example", displayName: "Juliet")],
            routes: [
                StaticRoute(id: "r1", domain: "sip.example", nextHop: "a.example", port: 5061, transport: .tls),
                StaticRoute(
                    id: "r2",
                    domain: "sip.example",
                    nextHop: "192.0.2.1",
                    port: 5060,
                    transport: .tcp,
                    priority: 2
                ),
            ]
        )
    }

    /// What is changed of the open gateway, the rule that must then refuse, and what its words and the remedy must say.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (inout PolicySnapshot) -> Void
        let rule: ExplanationStep.Rule
        let says: String
        let remedy: String
        var contact = Decision.ContactState.unknown

        var testDescription: String { self.name }
    }

    static let refusals: [Case] = [
        Case(
            name: "no domain of ours",
            change: { $0.domains = [] },
            rule: .ourDomain,
            says: "sip.example is none",
            remedy: "isthmusctl domain add sip.example"
        ),
        Case(
            name: "both are ours",
            change: { $0.domains.append(LocalDomain(domain: "xmpp.example")) },
            rule: .otherDomain,
            says: "nothing to federate",
            remedy: "belong on your own server"
        ),
        Case(
            name: "blocked by a pattern",
            change: { $0.settings.blockedDomains = [DomainRule(pattern: "*.example", direction: .inbound)] },
            rule: .blockedList,
            says: "the entry *.example covers xmpp.example inbound",
            remedy: "settings set --remove-blocked-domain \"inbound:*.example\""
        ),
        Case(
            name: "not on the allowed list",
            change: { $0.settings.allowedDomains = [DomainRule(pattern: "other.example")] },
            rule: .allowedList,
            says: "no entry covers xmpp.example",
            remedy: "settings set --add-allowed-domain xmpp.example"
        ),
        Case(
            name: "nobody's partner",
            change: { $0.partners = [] },
            rule: .partner,
            says: "open-federation is off",
            remedy: "isthmusctl partner add xmpp.example"
        ),
        Case(
            name: "partner switched off",
            change: { $0.partners[0].isEnabled = false },
            rule: .partnerEnabled,
            says: "switched off",
            remedy: "partner set xmpp.example --enabled true"
        ),
        Case(
            name: "not in a complete directory",
            change: {
                $0.users = []
                $0.domains[0].isDirectoryComplete = true
            },
            rule: .directory,
            says: "only its users exist",
            remedy: "isthmusctl user add juliet@sip.example"
        ),
        Case(
            name: "on a branch appliance",
            change: { $0.users[0].isOnSurvivableBranchAppliance = true },
            rule: .branchAppliance,
            says: "survivable branch appliance",
            remedy: "--survivable-branch-appliance false"
        ),
        Case(
            name: "off for the user, although on for the domain",
            change: { $0.users[0].xmppAccess = false },
            rule: .access,
            says: "off, by the user's own setting",
            remedy: "user set juliet@sip.example --xmpp-access true"
        ),
        Case(
            name: "off for the gateway",
            change: { $0.domains[0].xmppAccess = nil },
            rule: .access,
            says: "off, by the gateway's settings",
            remedy: "domain set sip.example --xmpp-access true"
        ),
        Case(
            name: "not added",
            change: { $0.partners[0].kind = .publicUnverified },
            rule: .contact,
            says: "juliet@sip.example has not added romeo@xmpp.example",
            remedy: "--partner-type public-verified",
            contact: .notAdded
        ),
    ]

    @Test("A refusal names the rule that decided, what it found and what to do", arguments: refusals)
    func refuses(_ refusal: Case) throws {
        var snapshot = Self.open
        refusal.change(&snapshot)
        let state = PolicyState(snapshot)
        let explanation = state.explain(
            .inbound,
            .instantMessage,
            from: Self.remote,
            to: Self.local,
            contact: refusal.contact
        )
        #expect(
            explanation.decision
                == state.decide(.inbound, .instantMessage, from: Self.remote, to: Self.local, contact: refusal.contact)
        )
        let step = try #require(explanation.steps.first { $0.outcome == .refused })
        #expect(step.rule == refusal.rule)
        #expect(step.text.contains(refusal.says))
        #expect(explanation.remedy.contains(refusal.remedy))
        #expect(explanation.path.isEmpty)
        #expect(explanation.verdict.contains(try #require(explanation.decision.failure).reason.rawValue))
        let outcomes = explanation.steps.map(\.outcome)
        let index = try #require(outcomes.firstIndex(of: .refused))
        #expect(outcomes[..<index].allSatisfy { $0 == .passed })
        #expect(outcomes[(index + 1)...].allSatisfy { $0 == .notReached })
    }

    @Test("What may cross says where it goes: routes in their order, or the partner's records and methods")
    func path() {
        let state = PolicyState(Self.open)
        let inbound = state.explain(nil, .instantMessage, from: Self.remote, to: Self.local)
        #expect(inbound.direction == .inbound && inbound.decision.isAllowed && inbound.remedy.isEmpty)
        #expect(
            inbound.path == [
                "sip-edge sends it by the route r1 to a.example:5061 over TLS",
                "if that fails, by r2 to 192.0.2.1:5060 over TCP",
            ]
        )
        let outbound = state.explain(nil, .instantMessage, from: Self.local, to: Self.remote)
        #expect(outbound.direction == .outbound)
        #expect(
            outbound.path == [
                "xmpp-edge looks up _xmpps-server._tcp.xmpp.example and _xmpp-server._tcp.xmpp.example",
                "the stream is proven by SASL EXTERNAL with certificates inside TLS, or dialback inside TLS",
            ]
        )
        var proxied = Self.open
        proxied.partners[0].proxyFQDN = "proxy.example:5269"
        let viaProxy = PolicyState(proxied).explain(nil, .stream, from: Self.local, to: Self.remote)
        #expect(viaProxy.path.first == "xmpp-edge connects to the proxy proxy.example:5269, whatever DNS says")
        var unrouted = Self.open
        unrouted.routes = [
            StaticRoute(id: "r3", domain: "sip.example", nextHop: "192.0.2.1", port: 5060, transport: .udp)
        ]
        let plain = PolicyState(unrouted).explain(nil, .instantMessage, from: Self.remote, to: Self.local)
        #expect(plain.path == ["sip-edge sends it by the route r3 to 192.0.2.1:5060 over UDP"])
        unrouted.routes = []
        let lost = PolicyState(unrouted).explain(nil, .instantMessage, from: Self.remote, to: Self.local)
        #expect(lost.decision.isAllowed && lost.path.first?.hasPrefix("no static route leads to") == true)
    }

    @Test("What would be taken out is said: the status note, for all but federated partners")
    func stripped() {
        var snapshot = Self.open
        snapshot.partners[0].kind = .publicVerified
        let verified = PolicyState(snapshot).explain(nil, .presence, from: Self.local, to: Self.remote)
        #expect(verified.stripped == ["the user's status note"])
        #expect(verified.verdict == "It may cross, without the user's status note.")
        let federated = PolicyState(Self.open).explain(nil, .presence, from: Self.local, to: Self.remote)
        #expect(federated.stripped.isEmpty && federated.verdict == "It may cross.")
    }

    @Test("Explanation and decision never differ, whatever is asked about whom")
    func agrees() {
        for (index, refusal) in Self.refusals.enumerated() {
            var snapshot = Self.open
            refusal.change(&snapshot)
            if index.isMultiple(of: 2) { snapshot.settings.openFederation = true }
            let state = PolicyState(snapshot)
            for direction in Decision.Direction.allCases {
                for kind in Decision.Kind.allCases {
                    for contact in Decision.ContactState.allCases {
                        let (from, to) =
                            direction == .inbound ? (Self.remote, Self.local) : (Self.local, Self.remote)
                        let explanation = state.explain(direction, kind, from: from, to: to, contact: contact)
                        let decision = state.decide(direction, kind, from: from, to: to, contact: contact)
                        #expect(explanation.decision == decision)
                        #expect(explanation.steps.contains { $0.outcome == .refused } == !decision.isAllowed)
                        #expect(explanation.remedy.isEmpty == decision.isAllowed)
                    }
                }
            }
        }
    }
}
