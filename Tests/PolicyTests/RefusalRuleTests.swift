import Messaging
import Policy
import Testing

@Suite("The rule behind a refusal")
struct RefusalRuleTests {
    static let policy = PolicyState(
        PolicySnapshot(
            settings: GatewaySettings(
                connectionLimit: 7,
                partnerConnectionLimit: 5,
                blockedDomains: [DomainRule(pattern: "*.bad.example")]
            ),
            partners: [
                Partner(domain: "a.example", additionalDomains: ["b.example"], connectionLimit: 3),
                Partner(domain: "c.example", connectionLimit: 20, proxyFQDN: "x.example:1"),
            ],
            domains: [LocalDomain(domain: "sip.example", xmppAccess: false)],
            users: [UserRecord(address: "romeo@sip.example", xmppAccess: false)]
        )
    )

    static let rules: [(RefusalReason, remote: String?, user: String?, expected: String)] = [
        (.tlsRequired, "b.example", nil, "partner a.example: tls=required"),
        (.dialbackDisabled, "a.example", nil, "partner a.example: dialback=true"),
        (.certificateRejected, "a.example", nil, "partner a.example: tls=required, sasl=required, dialback=true"),
        (.connectionLimit, "a.example", nil, "partner a.example: connection-limit=3"),
        (.connectionLimit, "c.example", nil, "settings: partner-connection-limit=5"),
        (.connectionLimit, nil, nil, "settings: connection-limit=7"),
        (.unknownPartner, "z.example", nil, "settings: open-federation=false, and no partner has z.example"),
        (.unknownPartner, "sip.example", nil, "domain sip.example: one of our own"),
        (.domainBlocked, "very.bad.example", nil, "settings: blocked-domains has *.bad.example"),
        (.domainBlocked, "a.example", nil, "settings: allowed-domains does not have a.example"),
        (.userNotEnabled, "a.example", "romeo", "user romeo@sip.example: xmpp-access=false"),
        (.userNotEnabled, "a.example", "juliet", "domain sip.example: xmpp-access=false"),
        (.connectionFailed, "c.example", nil, "partner c.example: proxy-fqdn=x.example:1"),
        (.connectionFailed, "a.example", nil, ""),
        (.peerRefused, "a.example", nil, ""),
    ]

    @Test("Each reason names the setting that would be changed, in its own words", arguments: rules)
    func rule(_ reason: RefusalReason, remote: String?, user: String?, expected: String) {
        let address = user.map { Address(user: $0, domain: "sip.example") }
        #expect(Self.policy.rule(behind: reason, local: "sip.example", remote: remote, user: address) == expected)
    }
}
