import Policy
import Testing

@Suite("RFC 5952: IP addresses as text")
struct IPAddressTests {
    static let addresses: [(String, String)] = [
        ("192.0.2.1", "192.0.2.1"),
        ("::", "::"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
        ("fe80::", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ]

    @Test("Each address has one spelling", arguments: addresses)
    func canonical(_ text: String, _ expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    static let malformed = [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "a.b.c.d", ":", ":::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "::+1", "1.2.3.4::", "[::1", "fe80::1%eth0", "example.org",
    ]

    @Test("Anything else is none", arguments: malformed)
    func rejects(_ text: String) {
        #expect(IPAddress(text) == nil)
    }
}
