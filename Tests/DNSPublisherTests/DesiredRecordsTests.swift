import DNS
import Policy
import Testing

@testable import DNSPublisher

@Suite("The records that should be")
struct DesiredRecordsTests {
    static let settings = DesiredRecords.Settings(
        xmppAccess: [AccessPoint(name: "xmpp.contoso.test")],
        sipAccess: [AccessPoint(name: "sip.contoso.test")]
    )

    static func edge(_ kind: EdgeRecord.Kind, _ addresses: String..., draining: Bool = false) -> EdgeRecord {
        EdgeRecord(
            kind: kind,
            instance: "\(kind.rawValue)-\(addresses.joined())",
            endpoint: "",
            publicAddresses: addresses,
            isDraining: draining
        )
    }

    private func lines(_ desired: DesiredRecords) -> [String] { desired.records.map(\.description) }

    @Test("A domain has the five service records of its face, and the access points the addresses of the live edges")
    func oneDomain() {
        let desired = DesiredRecords(
            Self.settings,
            domains: ["contoso.test"],
            edges: [
                Self.edge(.xmpp, "192.0.2.1", "2001:DB8:0::1"), Self.edge(.xmpp, "192.0.2.2"),
                Self.edge(.xmpp, "192.0.2.3", draining: true), Self.edge(.sip, "192.0.2.9"),
            ]
        )
        #expect(
            self.lines(desired) == [
                "_sip._tcp.contoso.test. 300 IN SRV 10 0 5060 sip.contoso.test.",
                "_sipfederationtls._tcp.contoso.test. 300 IN SRV 10 0 5061 sip.contoso.test.",
                "_sips._tcp.contoso.test. 300 IN SRV 10 0 5061 sip.contoso.test.",
                "_xmpp-server._tcp.contoso.test. 300 IN SRV 10 0 5269 xmpp.contoso.test.",
                "_xmpps-server._tcp.contoso.test. 300 IN SRV 10 0 5270 xmpp.contoso.test.",
                "sip.contoso.test. 300 IN A 192.0.2.9",
                "xmpp.contoso.test. 300 IN A 192.0.2.1",
                "xmpp.contoso.test. 300 IN A 192.0.2.2",
                "xmpp.contoso.test. 300 IN AAAA 2001:db8::1",
            ]
        )
        #expect(desired.held.isEmpty)
    }

    static let strategies: [(DesiredRecords.Strategy, [String])] = [
        (.failover, ["10 0 5269 a.test.", "20 0 5269 b.test."]),
        (.balanced, ["10 10 5269 a.test.", "10 10 5269 b.test."]),
    ]

    @Test("Several access points share the peers by the strategy", arguments: strategies)
    func strategy(_ strategy: DesiredRecords.Strategy, _ data: [String]) {
        var settings = DesiredRecords.Settings(
            xmppAccess: [AccessPoint(name: "a.test"), AccessPoint(name: "b.test")], sipAccess: [])
        settings.strategy = strategy
        settings.ports.xmppDirectTLS = 0
        let desired = DesiredRecords(settings, domains: ["contoso.test"], edges: [])
        #expect(desired.records.map(\.data) == data)
    }

    @Test("While no edge lives, its addresses are left as they are")
    func noEdges() {
        let desired = DesiredRecords(Self.settings, domains: [], edges: [Self.edge(.sip, "192.0.2.9")])
        #expect(self.lines(desired) == ["sip.contoso.test. 300 IN A 192.0.2.9"])
        #expect(
            desired.held == [
                RecordSet(name: "xmpp.contoso.test", type: "A"), RecordSet(name: "xmpp.contoso.test", type: "AAAA"),
            ])
    }

    @Test("An access point with addresses of its own does not follow the edges")
    func fixedAddresses() throws {
        let point = try #require(AccessPoint("XMPP.contoso.test=198.51.100.7+2001:db8::7"))
        let settings = DesiredRecords.Settings(xmppAccess: [point], sipAccess: [])
        let desired = DesiredRecords(settings, domains: [], edges: [Self.edge(.xmpp, "192.0.2.1")])
        #expect(
            self.lines(desired) == [
                "xmpp.contoso.test. 300 IN A 198.51.100.7", "xmpp.contoso.test. 300 IN AAAA 2001:db8::7",
            ])
    }

    @Test(
        "An access point that is none is refused",
        arguments: ["", "xmpp", "a b.test", "x.test=", "x.test=1.2.3", "_x.test", "-x.test", "x.test=a.test"]
    )
    func badAccessPoint(_ text: String) {
        #expect(AccessPoint(text) == nil)
    }
}
