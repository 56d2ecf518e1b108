import Foundation
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("Guides for the other side")
struct GuideTests {
    /// A gateway with two partners, a certificate and an edge.
    static let state = PolicyState(
        PolicySnapshot(
            partners: [
                Partner(domain: "one.example", additionalDomains: ["uno.example"], tls: .required, sasl: .optional),
                Partner(domain: "two.example", tls: .required, sasl: .required, dialback: false),
                Partner(domain: "off.example", isEnabled: false),
            ],
            domains: [LocalDomain(domain: "sip.example")],
            routes: [
                StaticRoute(id: "r1", domain: "sip.example", nextHop: "pool.sip.example", port: 5061, transport: .tls)
            ],
            hosts: [HostAuthorization(host: "pool.sip.example"), HostAuthorization(host: "192.0.2.10")]
        )
    )
    static let facts = GuideFacts(
        state,
        sipNames: ["sip.sip.example", "gateway.example", "sip.example"],
        xmppNames: ["sip.example"],
        addresses: ["198.51.100.7", "198.51.100.8"]
    )

    static func text(_ system: Guide.System, _ facts: GuideFacts = facts) -> String {
        Guide(for: system, facts).document.json()
    }

    @Test(
        "With everything configured nothing is missing, and no stand-in is left in any guide",
        arguments: Guide.System.allCases
    )
    func complete(_ system: Guide.System) {
        let guide = Guide(for: system, Self.facts)
        #expect(guide.missing.isEmpty)
        let text = Self.text(system)
        for standIn in [GuideFacts.standInName, GuideFacts.standInAddress, "POOL-FQDN", "PARTNER", "YOUR-DOMAIN"] {
            #expect(!text.contains(standIn), "\(system) still has \(standIn)")
        }
        #expect(!text.contains("off.example"), "a partner that is switched off is nobody's route")
    }

    @Test(
        "A SIP server gets a route for each domain of each partner, to the gateway's own name and port",
        arguments: [
            Guide.System.lcs, .ocs, .lync, .cisco, .kamailio,
        ]
    )
    func routes(_ system: Guide.System) {
        let text = Self.text(system)
        #expect(text.contains("gateway.example") && text.contains("5061"))
        for domain in ["one.example", "uno.example", "two.example"] {
            #expect(text.contains(system == .cisco ? CiscoGuide.reversed(domain) : domain))
        }
    }

    @Test(
        "LCS and Cisco get two entries for a host that speaks TLS: by name and by each address",
        arguments: [
            Guide.System.lcs, .ocs, .cisco,
        ]
    )
    func authorization(_ system: Guide.System) {
        let wanted = system == .cisco ? "Incoming ACL" : "Host Authorization"
        let titles = Guide(for: system, Self.facts).sections.map(\.title).filter { $0.contains(wanted) }
        for host in ["gateway.example", "198.51.100.7", "198.51.100.8"] {
            #expect(titles.count { $0.hasSuffix(": \(host)") } == 1)
        }
        #expect(titles.count == 3)
    }

    @Test("The lines for Lync are the cmdlets with the real values")
    func lync() {
        let lines = Guide(for: .lync, Self.facts).sections.flatMap(\.lines)
        #expect(
            lines.contains(
                "$r = New-CsStaticRoute -TLSRoute -Destination gateway.example -Port 5061 -UseDefaultCertificate $true -MatchUri uno.example"
            )
        )
        #expect(
            lines.contains {
                $0.hasPrefix("New-CsTrustedApplicationPool -Identity gateway.example -Registrar pool.sip.example")
            }
        )
        #expect(lines.contains("Enable-CsTopology"))
    }

    @Test("Over TCP the next hop is an address, and one entry by address is enough")
    func tcp() {
        var snapshot = Self.state.snapshot
        snapshot.routes[0].transport = .tcp
        snapshot.routes[0].nextHop = "192.0.2.10"
        let facts = GuideFacts(
            PolicyState(snapshot),
            sipNames: ["gateway.example"],
            xmppNames: ["sip.example"],
            addresses: ["198.51.100.7"]
        )
        let sections = Guide(for: .ocs, facts).sections
        let route = sections.first { $0.title.contains("one.example") }
        #expect(route?.fields.contains(Guide.Field("Next hop", "198.51.100.7")) == true)
        #expect(route?.fields.contains(Guide.Field("Port", "5060")) == true)
        #expect(sections.count { $0.title.hasPrefix("Host Authorization") } == 1)
    }

    @Test("An XMPP server is told what the negotiation rules ask for")
    func xmpp() {
        let prosody = Guide(for: .prosody, Self.facts).sections.flatMap(\.lines)
        #expect(prosody.contains("s2s_require_encryption = true"))
        #expect(prosody.contains("s2s_secure_auth = false"), "dialback is allowed by one of the partners")
        var strict = Self.state.snapshot
        strict.partners.removeAll { $0.domain == "one.example" }
        let facts = GuideFacts(PolicyState(strict), sipNames: [], xmppNames: ["sip.example"], addresses: [])
        #expect(Guide(for: .prosody, facts).sections.flatMap(\.lines).contains("s2s_secure_auth = true"))
        // ejabberd knows true, false, optional and required, and does not start with anything else.
        #expect(Guide(for: .ejabberd, facts).sections.flatMap(\.lines).contains("s2s_use_starttls: required"))
        #expect(!Guide(for: .ejabberd, facts).sections.flatMap(\.lines).contains { $0.contains("mod_s2s_dialback") })
    }

    @Test("What is missing here is said, with the command; a name and an address may be given instead")
    func missing() {
        let bare = GuideFacts(PolicyState(), sipNames: [], xmppNames: [], addresses: [])
        let missing = Guide(for: .lync, bare).missing.joined(separator: "\n")
        for command in ["isthmusctl domain add", "isthmusctl certificate request", "isthmusctl partner add"] {
            #expect(missing.contains(command))
        }
        let given = GuideFacts(Self.state, sipNames: [], xmppNames: [], addresses: ["192.0.2.1"], name: "g.example")
        #expect(Guide(for: .lync, given).missing.isEmpty)
    }

    @Test("The API makes it from what is live; what would end in somebody's shell is taken from nobody")
    func api() async throws {
        let api = try await RunningAPI()
        let record = CertificateRecord(id: "c1", state: .active, uses: [.sip], names: ["gw.example"])
        api.others.answer(
            .certService,
            .success(.certificateInventory(CertificateInventory(version: 1, records: [record])))
        )
        let guide = try await api.send("GET", "/v1/guide/lync?address=192.0.2.1")
        #expect(guide.status == 200 && guide.body.json().contains("gw.example"))
        #expect(try await api.send("GET", "/v1/guide/exchange").status == 404)
        #expect(try await api.send("GET", "/v1/guide/lync?name=x%3Bcalc.exe").status == 400)
        #expect(try await api.send("GET", "/v1/guide/lync?address=$(reboot)".replacing("$", with: "%24")).status == 400)
    }
}
