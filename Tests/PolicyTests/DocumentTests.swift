import Foundation
import Policy
import Testing

@Suite("Policy objects as documents")
struct DocumentTests {
    static func parse(_ json: String) throws -> DocumentValue {
        try DocumentValue(parsingJSON: Array(json.utf8))
    }

    static let full = PolicySnapshot(
        settings: GatewaySettings(
            connectionLimit: 7,
            openFederation: true,
            defaultPartner: Partner(domain: "*", kind: .publicVerified, tls: .optional),
            blockedDomains: [DomainRule(pattern: "*.bad.example", direction: .inbound)],
            allowedDomains: [DomainRule(pattern: "good.example")],
            xmppAccess: true
        ),
        partners: [
            Partner(
                domain: "example.org",
                description: "a “quoted” \\ note",
                additionalDomains: ["example.net"],
                kind: .federated,
                tls: .optional,
                sasl: .notSupported,
                dialback: true,
                keepAlive: false,
                connectionLimit: 3,
                proxyFQDN: "proxy.example.org:5270",
                requiresClientAuth: true,
                isEnabled: false
            )
        ],
        domains: [
            LocalDomain(
                domain: "sip.example",
                description: "d",
                xmppAccess: false,
                isDirectoryComplete: true,
                partition: .advanced
            )
        ],
        users: [
            UserRecord(
                address: "juliet@sip.example",
                displayName: "Juliet",
                home: .xmpp,
                xmppAccess: true,
                isOnSurvivableBranchAppliance: true
            )
        ],
        routes: [
            StaticRoute(
                id: "r1",
                user: "juliet",
                domain: "*.sip.example",
                phoneURIOnly: true,
                nextHop: "192.0.2.1",
                port: 5062,
                transport: .udp,
                replaceHostInRequestURI: true,
                priority: 4,
                isEnabled: false,
                dialect: .ocs2007
            )
        ],
        hosts: [
            HostAuthorization(
                host: "2001:db8::1",
                outboundOnly: true,
                throttleAsServer: false,
                treatAsAuthenticated: false
            )
        ]
    )

    @Test("What is written is read again, in one line and indented", arguments: [false, true])
    func roundTrip(_ isIndented: Bool) throws {
        let document = try Self.parse(Self.full.document.json(isIndented: isIndented))
        let (configuration, findings) = PolicySnapshot.read(document)
        #expect(findings.isEmpty)
        #expect(configuration == Self.full)
    }

    @Test("What is not said has the defaults of SPEC §§ 1, 5")
    func defaults() throws {
        #expect(Partner.read(try Self.parse(#"{"domain":"example.org"}"#)).object == Partner(domain: "example.org"))
        #expect(LocalDomain.read(try Self.parse(#"{"domain":"a.b"}"#)).object == LocalDomain(domain: "a.b"))
        #expect(UserRecord.read(try Self.parse(#"{"address":"a@b"}"#)).object == UserRecord(address: "a@b"))
        #expect(HostAuthorization.read(try Self.parse(#"{"host":"a.b"}"#)).object == HostAuthorization(host: "a.b"))
        #expect(GatewaySettings.read(try Self.parse("{}")).object == GatewaySettings())
        let route = StaticRoute.read(try Self.parse(#"{"domain":"a.b","next-hop":"c.d","transport":"tcp"}"#)).object
        #expect(route == StaticRoute(id: "", domain: "a.b", nextHop: "c.d", port: 5060, transport: .tcp))
    }

    @Test("Names are put into their one form")
    func normalization() throws {
        let partner = Partner.read(try Self.parse(#"{"domain":"Example.ORG.","additional-domains":["A.b"]}"#)).object
        #expect(partner?.domains == ["example.org", "a.b"])
        let host = HostAuthorization.read(try Self.parse(#"{"host":"2001:DB8:0::1"}"#)).object
        #expect(host?.host == "2001:db8::1")
    }

    static let ciscoPatterns: [(written: String, domain: String)] = [
        (".com.example", "example.com"), (".com.Example.Chat", "chat.example.com"), (".com.example.*", "*.example.com"),
        (".com", "com"), ("example.com", "example.com"), ("*.example.com", "*.example.com"),
        // No pattern of Cisco's: left as it is, to be refused with its name.
        (".com.*.example", ".com.*.example"), (".", ""), ("", ""),
    ]

    @Test(
        "A route's domain may be written as Cisco's destination pattern, from right to left",
        arguments: ciscoPatterns
    )
    func ciscoPattern(_ written: String, _ domain: String) throws {
        let text = #"{"domain":"\#(written)","next-hop":"c.d"}"#
        #expect(StaticRoute.read(try Self.parse(text)).object?.domain == domain)
    }

    static let malformed: [(String, [String])] = [
        (#"{}"#, ["domain: it is missing"]),
        (#"{"domain":"a.b","tls":"maybe"}"#, ["tls: there is no such value"]),
        (#"{"domain":"a.b","dialback":"yes"}"#, ["dialback: it is neither true nor false"]),
        (#"{"domain":"a.b","connection-limit":"many"}"#, ["connection-limit: it is not a whole number"]),
        (#"{"domain":"a.b","additional-domains":"c.d"}"#, ["additional-domains: it is no list"]),
        (#"{"domain":"a.b","additional-domains":[1]}"#, ["additional-domains: it holds something other than text"]),
        (#"{"domain":"a.b","colour":"red"}"#, ["colour: there is no such field"]),
        (
            #"{"domain":{},"sasl":1,"x":1}"#,
            ["domain: it is not text", "sasl: there is no such value", "x: there is no such field"]
        ),
        (#"[]"#, ["(all): it is no object", "domain: it is missing"]),
    ]

    @Test("Every mistake of a document is named at once", arguments: malformed)
    func mistakes(_ json: String, _ expected: [String]) throws {
        let (partner, findings) = Partner.read(try Self.parse(json))
        #expect(partner == nil)
        #expect(findings.map { "\($0.field): \($0.problem)" } == expected)
    }

    @Test("An object that is in a configuration twice is a mistake, not a choice")
    func duplicates() throws {
        let json =
            #"{"hosts":[{"host":"a.b"},{"host":"A.B"}],"routes":[{"domain":"a","next-hop":"b"},{"domain":"c","next-hop":"d"}]}"#
        let (configuration, findings) = PolicySnapshot.read(try Self.parse(json))
        #expect(configuration == nil)
        #expect(findings.map(\.object) == ["host a.b"])
    }

    @Test("A change names only what it changes")
    func merging() throws {
        let old = Self.full.partners[0]
        let merged = old.document.merging(["description": .text("new"), "proxy-fqdn": .null])
        var expected = old
        (expected.description, expected.proxyFQDN) = ("new", nil)
        #expect(Partner.read(merged).object == expected)
    }

    @Test("Control characters are escaped")
    func escapes() {
        #expect(DocumentValue.text("a\"\\\n\u{1}\u{7f}é").json() == #""a\"\\\n\u0001\u007fé""#)
    }
}
