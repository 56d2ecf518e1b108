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
            xmppAccess: [AccessPoint(name: "a.test"), AccessPoint(name: "b.test")])
        settings.strategy = strategy
        settings.ports = DesiredRecords.Ports(xmpp: 5269, xmppDirectTLS: 0, sipTLS: 0, sip: 0)
        let desired = DesiredRecords(settings, domains: ["contoso.test"], edges: [])
        #expect(desired.records.map(\.data) == data)
    }

    @Test("While no edge lives, its addresses are left as they are")
    func noEdges() {
        let desired = DesiredRecords(Self.settings, domains: ["a.test"], edges: [Self.edge(.sip, "192.0.2.9")])
        #expect(self.lines(desired).last == "sip.contoso.test. 300 IN A 192.0.2.9")
        #expect(
            desired.held == [
                RecordSet(name: "xmpp.contoso.test", type: "A"), RecordSet(name: "xmpp.contoso.test", type: "AAAA"),
            ]
        )
    }

    @Test("An access point with addresses of its own does not follow the edges")
    func fixedAddresses() {
        let (points, mistakes) = AccessPoint.read(
            names: ["XMPP.contoso.test"],
            addresses: ["xmpp.contoso.test=198.51.100.7", "xmpp.Contoso.test=2001:db8::7"]
        )
        #expect(mistakes.isEmpty)
        var settings = Self.settings
        settings.xmppAccess = points
        let desired = DesiredRecords(settings, domains: ["a.test"], edges: [Self.edge(.xmpp, "192.0.2.1")])
        #expect(
            self.lines(desired).suffix(2) == [
                "xmpp.contoso.test. 300 IN A 198.51.100.7", "xmpp.contoso.test. 300 IN AAAA 2001:db8::7",
            ]
        )
    }

    @Test("Without an access name a domain has its own")
    func ownNames() {
        let desired = DesiredRecords(
            DesiredRecords.Settings(),
            domains: ["a.test"],
            edges: [Self.edge(.xmpp, "192.0.2.1")]
        )
        #expect(self.lines(desired).contains("_xmpp-server._tcp.a.test. 300 IN SRV 10 0 5269 xmpp.a.test."))
        #expect(self.lines(desired).contains("_sip._tcp.a.test. 300 IN SRV 10 0 5060 sip.a.test."))
        #expect(self.lines(desired).contains("xmpp.a.test. 300 IN A 192.0.2.1"))
    }

    static let mistakes: [(name: String, address: String)] = [
        ("xmpp", ""), ("a b.test", ""), ("_x.test", ""), ("-x.test", ""), ("x.test", "x.test"),
        ("x.test", "x.test=1.2.3"),
        ("x.test", "x.test=a.test"), ("x.test", "="),
    ]

    @Test("What is no access point is a mistake", arguments: mistakes)
    func badAccessPoint(_ name: String, _ address: String) {
        let read = AccessPoint.read(names: [name], addresses: address.isEmpty ? [] : [address])
        #expect(read.mistakes.count == 1)
    }
}
