import DNS
import Testing

@Suite("Addresses of name servers")
struct ForwarderTests {
    @Test(
        "With and without port",
        arguments: [
            ("192.0.2.1", "192.0.2.1@53"), ("192.0.2.1@5353", "192.0.2.1@5353"), ("192.0.2.1:5353", "192.0.2.1@5353"),
            ("2001:db8::1", "2001:db8::1@53"), ("2001:db8::1@5353", "2001:db8::1@5353"),
            ("[2001:db8::1]:5353", "2001:db8::1@5353"),
            ("dns.example", nil), ("dns.example:53", nil), ("192.0.2.1@0", nil), ("192.0.2.1@70000", nil), ("", nil),
            ("192.0.2.1@", nil), ("@53", nil),
        ] as [(String, String?)]
    )
    func forms(text: String, expected: String?) {
        #expect(Forwarder(text)?.description == expected)
    }
}
