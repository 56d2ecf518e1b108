import Policy
import Testing

@Suite("A configuration as a whole")
struct ValidationTests {
    /// A configuration without anything to say about it.
    static let sound = PolicySnapshot(
        partners: [
            Partner(domain: "example.org", additionalDomains: ["example.net"], sasl: .optional),
            Partner(domain: "example.edu", sasl: .optional),
        ],
        domains: [LocalDomain(domain: "sip.example")],
        users: [UserRecord(address: "juliet@sip.example")],
        routes: [route("r1")],
        hosts: [HostAuthorization(host: "lync.example"), HostAuthorization(host: "192.0.2.1")]
    )

    static func route(_ id: String, domain: String = "sip.example") -> StaticRoute {
        StaticRoute(id: id, domain: domain, nextHop: "lync.example", port: 5061, transport: .tls)
    }

    /// What was changed, and what is found: severity, object, field, value.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout PolicySnapshot) -> Void
        let findings: [String]

        init(_ description: String, _ findings: String..., change: @escaping @Sendable (inout PolicySnapshot) -> Void) {
            (self.testDescription, self.findings, self.change) = (description, findings, change)
        }
    }

    static let cases: [Case] = [
        Case("a domain in two partners", "mistake: partner example.org: additional-domains=example.edu") {
            $0.partners[0].additionalDomains = ["example.edu"]
        },
        Case("a domain twice in one", "mistake: partner example.org: domain=example.org") {
            $0.partners[0].additionalDomains = ["example.org"]
        },
        Case("one of our domains as partner", "mistake: partner example.org: additional-domains=sip.example") {
            $0.partners[0].additionalDomains = ["sip.example"]
        },
        Case("bad domain syntax", "mistake: partner example.org: additional-domains=-a.example") {
            $0.partners[0].additionalDomains = ["-a.example"]
        },
        Case(
            "refused by the negotiation table",
            "mistake: partner example.org: tls, sasl, dialback=tls=not-supported sasl=optional dialback=true"
        ) {
            $0.partners[0].tls = .notSupported
        },
        Case(
            "invalid by the negotiation table",
            "mistake: partner example.org: tls, sasl, dialback=tls=required sasl=not-supported dialback=false"
        ) {
            $0.partners[0].sasl = .notSupported
            $0.partners[0].dialback = false
        },
        Case(
            "warned of by the negotiation table",
            "warning: partner example.org: tls, sasl, dialback=tls=optional sasl=optional dialback=true"
        ) {
            $0.partners[0].tls = .optional
        },
        Case("a limit out of range", "mistake: partner example.org: connection-limit=0") {
            $0.partners[0].connectionLimit = 0
        },
        Case("a limit above the gateway's", "warning: partner example.org: connection-limit=2000") {
            $0.partners[0].connectionLimit = 2_000
        },
        Case("what people write in the logs", "warning: settings: log-message-bodies=true") {
            $0.settings.logMessageBodies = true
        },
        Case("a proxy that is none", "mistake: partner example.org: proxy-fqdn=a:b") {
            $0.partners[0].proxyFQDN = "a:b"
        },
        Case("a partner that is blocked", "warning: partner example.edu: domain=example.edu") {
            $0.settings.blockedDomains = [DomainRule(pattern: "*.edu")]
        },
        Case("a partner missing from the allowed", "warning: partner example.edu: domain=example.edu") {
            $0.settings.allowedDomains = [DomainRule(pattern: "example.org"), DomainRule(pattern: "*.net")]
        },
        Case(
            "one pattern on both lists",
            "mistake: settings: allowed-domains=x.example",
            "warning: partner example.edu: domain=example.edu",
            "warning: partner example.org: additional-domains=example.net",
            "warning: partner example.org: domain=example.org"
        ) {
            $0.settings.blockedDomains = [DomainRule(pattern: "x.example")]
            $0.settings.allowedDomains = [DomainRule(pattern: "x.example")]
        },
        Case("a bad pattern", "mistake: settings: blocked-domains=*.*.example") {
            $0.settings.blockedDomains = [DomainRule(pattern: "*.*.example")]
        },
        Case("a pattern twice", "mistake: settings: blocked-domains=x.example") {
            $0.settings.blockedDomains = [DomainRule(pattern: "x.example"), DomainRule(pattern: "x.example")]
        },
        Case("times out of range", "mistake: settings: keep-alive-interval=1") { $0.settings.keepAliveInterval = 1 },
        Case("streams closed before a keep-alive", "warning: settings: stream-inactivity-timeout=300") {
            $0.settings.streamInactivityTimeout = 300
        },
        Case("limits that contradict", "warning: settings: partner-connection-limit=2000") {
            $0.settings.partnerConnectionLimit = 2_000
        },
        Case(
            "a default partner that cannot be",
            "mistake: settings default-partner: tls, sasl, dialback=tls=not-supported sasl=required dialback=true"
        ) {
            $0.settings.defaultPartner.tls = .notSupported
        },
        Case(
            "a default partner with a domain of its own, and a proxy that is none",
            "mistake: settings default-partner: additional-domains=x.example",
            "mistake: settings default-partner: proxy-fqdn=a:b"
        ) {
            $0.settings.defaultPartner.additionalDomains = ["x.example"]
            $0.settings.defaultPartner.proxyFQDN = "a:b"
        },
        Case("open federation with a disabled default partner", "warning: settings default-partner: enabled=false") {
            $0.settings.openFederation = true
            $0.settings.defaultPartner.sasl = .optional
            $0.settings.defaultPartner.isEnabled = false
        },
        Case("a certificate that nobody looks at", "warning: partner example.org: require-client-auth=true") {
            $0.partners[0].requiresClientAuth = true
            $0.partners[0].sasl = .notSupported
        },
        Case("a certificate that is not shown", "warning: route r1: identity=edge.example") {
            $0.routes[0].transport = .tcp
            $0.routes[0].identity = "edge.example"
        },
        Case("control characters in a route", "mistake: route r1: identity=") { $0.routes[0].identity = "a\u{7}" },
        Case("a user outside our domains", "mistake: user romeo@example.org: address=romeo@example.org") {
            $0.users.append(UserRecord(address: "romeo@example.org"))
        },
        Case("a user without a domain", "mistake: user romeo: address=romeo") {
            $0.users.append(UserRecord(address: "romeo"))
        },
        Case("a domain without a route", "warning: domain b.example: domain=b.example") {
            $0.domains.append(LocalDomain(domain: "b.example"))
        },
        Case("routes whose order is open", "mistake: route r2: priority=1") { $0.routes.append(route("r2")) },
        Case("a route nobody takes", "warning: route r2: domain=c.example") {
            $0.routes.append(route("r2", domain: "c.example"))
        },
        Case("an address over TLS", "mistake: route r1: next-hop=192.0.2.1") { $0.routes[0].nextHop = "192.0.2.1" },
        Case("a next hop that may not answer back", "warning: route r1: next-hop=ocs.example") {
            $0.routes[0].nextHop = "ocs.example"
        },
        Case("a port that is none", "mistake: route r1: port=65536") { $0.routes[0].port = 65_536 },
        Case(
            "an address for a user",
            "mistake: route r1: user=a@b",
            "warning: domain sip.example: domain=sip.example"
        ) { $0.routes[0].user = "a@b" },
        Case("a TLS host without its second entry", "warning: host lync.example: host=lync.example") {
            $0.hosts.removeLast()
        },
        Case("a host that is none", "mistake: host a_b: host=a_b") { $0.hosts.append(HostAuthorization(host: "a_b")) },
        Case("control characters", "mistake: domain sip.example: description=") {
            $0.domains[0].description = "a\u{7}b"
        },
        Case(
            "several mistakes at once",
            "mistake: domain a..b: domain=a..b",
            "mistake: partner example.org: connection-limit=-1",
            "mistake: settings: connection-limit=0",
            "warning: domain a..b: domain=a..b",
            "warning: partner example.edu: connection-limit=20",
            "warning: settings: partner-connection-limit=20"
        ) {
            $0.settings.connectionLimit = 0
            $0.partners[0].connectionLimit = -1
            $0.domains.append(LocalDomain(domain: "a..b"))
        },
    ]

    static func findings(_ snapshot: PolicySnapshot) -> [Finding] {
        Validation.findings(in: PolicyState(snapshot))
    }

    @Test("A sound configuration passes without a word")
    func sound() {
        #expect(Self.findings(Self.sound).isEmpty)
    }

    @Test("An empty configuration is sound")
    func empty() {
        #expect(Self.findings(PolicySnapshot()).isEmpty)
    }

    @Test("Each mistake is found where it is, and nothing else", arguments: cases)
    func finds(_ testCase: Case) {
        var snapshot = Self.sound
        testCase.change(&snapshot)
        let found = Self.findings(snapshot).map { "\($0.severity.rawValue): \($0.object): \($0.field)=\($0.value)" }
        #expect(found.sorted() == testCase.findings)
    }

    @Test("Every finding says what is wrong and what would be right", arguments: cases)
    func words(_ testCase: Case) {
        var snapshot = Self.sound
        testCase.change(&snapshot)
        for finding in Self.findings(snapshot) {
            #expect(!finding.problem.isEmpty && !finding.remedy.isEmpty)
        }
    }

    @Test("After a change of a few users only those are looked at; after a change of a domain all are")
    func incremental() {
        var snapshot = Self.sound
        snapshot.users = [UserRecord(address: "bad"), UserRecord(address: "worse")]
        let state = PolicyState(snapshot)
        func objects(_ changes: [PolicyChange]?) -> [String] {
            Validation.findings(in: state, after: changes).map(\.object)
        }
        #expect(objects([.user(snapshot.users[1])]) == ["user worse"])
        #expect(objects([.host(snapshot.hosts[0])]) == [])
        #expect(objects([.domain(snapshot.domains[0])]) == ["user bad", "user worse"])
        #expect(objects(nil) == ["user bad", "user worse"])
    }

    static let domains: [(String, Bool)] = [
        ("example.org", true), ("xn--mnchen-3ya.example", true), ("localhost", true), ("a-b.1c.example", true),
        ("", false), ("a..b", false), (".a", false), ("a_b.example", false), ("münchen.example", false),
        ("192.0.2.1", false), ("-a.example", false), ("a-.example", false), ("a b", false),
        (String(repeating: "a", count: 64), false), (String(repeating: "a.", count: 127) + "a", false),
    ]

    @Test("Domain syntax", arguments: domains)
    func domainSyntax(_ domain: String, _ isRight: Bool) {
        #expect((DomainName.problem(with: domain) == nil) == isRight)
    }

    @Test("A route that looks like a fall-back and is none, and one over UDP, are warned of; both can be committed")
    func routesThatDoLess() {
        var snapshot = PolicySnapshot(
            domains: [LocalDomain(domain: "a.sip.example")],
            routes: [
                StaticRoute(id: "r1", domain: "a.sip.example", nextHop: "h.example", port: 5061, transport: .tls),
                StaticRoute(id: "r2", domain: "*.sip.example", nextHop: "h.example", port: 5061, transport: .tls),
                StaticRoute(
                    id: "r3",
                    domain: "a.sip.example",
                    nextHop: "192.0.2.1",
                    port: 5060,
                    transport: .udp,
                    priority: 2
                ),
            ],
            hosts: [HostAuthorization(host: "h.example"), HostAuthorization(host: "192.0.2.1")]
        )
        let findings = Validation.findings(in: PolicyState(snapshot))
        #expect(
            findings.map { "\($0.severity) \($0.object) \($0.field)" } == [
                "warning route r2 domain", "warning route r3 transport",
            ]
        )
        snapshot.routes[0].isEnabled = false
        snapshot.routes[2].isEnabled = false
        #expect(Validation.findings(in: PolicyState(snapshot)).isEmpty)
    }

    static let lookedUp: [(route: StaticRoute, finding: String?)] = [
        (StaticRoute(id: "r", domain: "a.sip.example", nextHop: "h.example", port: 0, transport: .tls), nil),
        (
            StaticRoute(id: "r", domain: "a.sip.example", nextHop: "h.example", port: 0, transport: .auto),
            "warning transport"
        ),
        (
            StaticRoute(id: "r", domain: "a.sip.example", nextHop: "h.example", port: 5060, transport: .auto),
            "mistake port"
        ),
        (StaticRoute(id: "r", domain: "a.sip.example", nextHop: "192.0.2.1", port: 0, transport: .tcp), "mistake port"),
        (
            StaticRoute(
                id: "r",
                domain: "a.sip.example",
                nextHop: "h.example",
                port: 5061,
                transport: .tls,
                allowsLegacyTLS: true
            ),
            "warning legacy-tls"
        ),
    ]

    @Test("A route that DNS has to find, and one with old TLS", arguments: lookedUp)
    func lookup(_ route: StaticRoute, _ finding: String?) {
        let snapshot = PolicySnapshot(
            domains: [LocalDomain(domain: "a.sip.example")],
            routes: [route],
            hosts: [HostAuthorization(host: "h.example"), HostAuthorization(host: "192.0.2.1")]
        )
        let findings = Validation.findings(in: PolicyState(snapshot))
        #expect(findings.map { "\($0.severity) \($0.field)" } == (finding.map { [$0] } ?? []))
    }
}
