import DNS
import Testing

@testable import DNSPublisher

@Suite("Ownership marks")
struct OwnershipTests {
    let ownership = Ownership(owner: "gw1", zone: "contoso.test")

    static let records = [
        UpdateRecord(name: "xmpp.contoso.test", type: "A", ttl: 0, data: "192.0.2.1"),
        UpdateRecord(name: "_sip._tcp.contoso.test", type: "SRV", ttl: 0, data: "10 0 5060 sip.contoso.test."),
        UpdateRecord(name: "t.contoso.test", type: "TXT", ttl: 0, data: #""a \"quoted\" text" "and \195\188""#),
        UpdateRecord(
            name: "_sip._tcp." + String(repeating: "very-long-label.", count: 14) + "test",
            type: "SRV",
            ttl: 0,
            data: "10 0 5060 " + String(repeating: "very-long-label.", count: 14) + "test."
        ),
    ]

    @Test("A mark says which record is ours", arguments: records)
    func roundTrip(_ record: UpdateRecord) {
        let mark = self.ownership.mark(for: record, ttl: 300)
        #expect(mark.name == "_isthmus.contoso.test" && mark.type == "TXT" && mark.ttl == 300)
        #expect(self.ownership.owned(by: mark) == record)
        #expect(Ownership(owner: "gw2", zone: "contoso.test").owned(by: mark) == nil)
    }

    @Test(
        "Other text records are no marks",
        arguments: ["\"v=spf1 -all\"", "\"\"", "\"v=isthmus1 owner=gw1 a\"", "\\", "\"\\9"]
    )
    func foreign(_ data: String) {
        let record = UpdateRecord(name: "_isthmus.contoso.test", type: "TXT", ttl: 0, data: data)
        #expect(self.ownership.owned(by: record) == nil)
    }
}
