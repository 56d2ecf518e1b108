import TLS
import TestSupport
import Testing

@Suite("Names of certificates")
struct PeerCertificateTests {
    private func peer(_ identity: TestIdentity) throws -> PeerCertificate {
        try #require(PeerCertificate(try Certificate.chain(pem: identity.chainPEM), verification: .trusted))
    }

    @Test("All kinds of names are read")
    func kinds() throws {
        let names = [
            "DNS:A.Example", "DNS:*.b.example", "URI:sip:a.example", "IP:192.0.2.1", "IP:2001:db8::1",
            "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.srv.example",
            "otherName:1.3.6.1.5.5.7.8.5;UTF8:xmpp.example", "email:x@y.example",
        ]
        let peer = try self.peer(TestAuthority().issue(names.joined(separator: ","), commonName: "cn.example"))
        #expect(peer.dnsNames == ["a.example", "*.b.example"])
        #expect(peer.uris == ["sip:a.example"])
        #expect(peer.ipAddresses == ["192.0.2.1", "2001:db8::1"])
        #expect(peer.srvNames == ["_xmpp-server.srv.example"])
        #expect(peer.xmppAddresses == ["xmpp.example"])
        #expect(peer.fingerprint.count == 64)
        #expect(peer.subject.contains("cn.example"))
        #expect(peer.hasServerAuth && peer.hasClientAuth)
        #expect(peer.notAfter > peer.notBefore)
        #expect(peer.chain.count == 1)
    }

    @Test(
        "The common name is no name, nor is what looks like one in another field",
        arguments: ["a.example", "leaf/OU=CN=a.example", "leaf/O=x, CN=a.example"]
    )
    func commonName(subject: String) throws {
        let peer = try self.peer(TestAuthority().issue(nil, commonName: subject))
        #expect(!peer.matches(domain: "a.example", service: "xmpp-server"))
        #expect(!peer.matches(host: "a.example"))
        #expect(!peer.matches(sipDomain: "a.example"))
    }

    @Test("A name with an embedded NUL, a space or a newline is none, not its beginning")
    func rubbishInNames() throws {
        // GeneralNames { dNSName "a.example\0.evil", dNSName "b.example\n", dNSName "c d", dNSName "ok.example" }
        func dns(_ text: String) -> [UInt8] { [0x82, UInt8(text.utf8.count)] + text.utf8 }
        let content = dns("a.example\0.evil") + dns("b.example\n") + dns("c d") + dns("ok.example")
        let bytes = [0x30, UInt8(content.count)] + content
        let hexadecimal = bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined(
            separator: ":"
        )
        let peer = try self.peer(TestAuthority().issue("DER:\(hexadecimal)"))
        #expect(peer.dnsNames == ["ok.example"])
        #expect(!peer.matches(domain: "a.example", service: "xmpp-server"))
    }

    @Test("Usage by extended key usage")
    func usage() throws {
        let authority = try TestAuthority()
        let server = try self.peer(authority.issue("DNS:a.example", usage: "serverAuth"))
        #expect(server.hasServerAuth && !server.hasClientAuth)
        let client = try self.peer(authority.issue("DNS:a.example", usage: "clientAuth"))
        #expect(!client.hasServerAuth && client.hasClientAuth)
        let none = try self.peer(authority.issue("DNS:a.example", usage: nil))
        #expect(none.hasServerAuth && none.hasClientAuth)
    }

    @Test(
        "dNSName against domain: wildcards only as the whole left-most label, for one label (RFC 9525 §6.3)",
        arguments: [
            ("example.com", "example.com", true), ("example.com", "EXAMPLE.com", true),
            ("example.com", "example.com.", true), ("example.com", "evilexample.com", false),
            ("example.com", "a.example.com", false), ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false), ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "evilexample.com", false), ("*a.example.com", "aa.example.com", false),
            ("a*.example.com", "ab.example.com", false), ("a.*.com", "a.b.com", false),
            ("*", "example", false), ("*.com", "example.com", false), ("*.*.com", "a.b.com", false),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", true),
            ("xn--bcher-kva.example", "bücher.example", false),
            ("*.example.com", "*.example.com", false), ("example.com", "", false),
        ]
    )
    func dnsNames(presented: String, domain: String, expected: Bool) {
        var names = CertificateNames()
        names.dnsNames = [presented]
        #expect(names.match(domain: domain, service: "xmpp-server") == expected)
    }

    @Test("SRVName counts for its service only, XmppAddr for XMPP servers only")
    func serviceNames() {
        var names = CertificateNames()
        names.srvNames = ["_xmpp-server.a.example"]
        names.xmppAddresses = ["B.example", "user@c.example"]
        #expect(names.match(domain: "a.example", service: "xmpp-server"))
        #expect(!names.match(domain: "a.example", service: "sips"))
        #expect(!names.match(domain: "x.a.example", service: "xmpp-server"))
        #expect(names.match(domain: "b.example", service: "xmpp-server"))
        #expect(!names.match(domain: "b.example", service: "sips"))
        #expect(!names.match(domain: "c.example", service: "xmpp-server"))
    }

    @Test("SIP domains: a SIP URI without user, else a dNSName, no wildcards (RFC 5922 §7)")
    func sipDomains() {
        var names = CertificateNames()
        names.dnsNames = ["a.example", "*.b.example"]
        #expect(names.match(sipDomain: "a.example"))
        #expect(!names.match(sipDomain: "x.b.example"))
        names.uris = ["sip:c.example", "sip:user@d.example", "sips:e.example"]
        #expect(names.match(sipDomain: "C.example"))
        #expect(!names.match(sipDomain: "a.example"))
        #expect(!names.match(sipDomain: "d.example"))
        #expect(!names.match(sipDomain: "e.example"))
        names.uris = ["sip:user@d.example", "sips:e.example", "https://a.example"]
        #expect(
            names.match(sipDomain: "a.example"),
            "a URI that names no SIP domain takes nothing away from the dNSNames"
        )
        names.uris = ["SIP:C.example:5061;transport=tls", "sip:"]
        #expect(names.sipDomains == ["c.example"], "only the host is compared")
        #expect(!names.match(sipDomain: "sub.c.example"))
    }

    @Test("SIP servers that are named one by one: a dNSName or a SIP URI, exactly; no wildcard counts (RFC 5922 §7.2)")
    func sipServers() {
        var names = CertificateNames()
        names.dnsNames = ["lync.a.example", "*.b.example"]
        names.uris = ["sip:a.example"]
        names.ipAddresses = ["192.0.2.1"]
        #expect(
            ["lync.a.example", "LYNC.a.example", "a.example", "192.0.2.1"].allSatisfy { names.match(sipServer: $0) }
        )
        #expect(!["x.b.example", "*.b.example", "b.example", "192.0.2.2"].contains { names.match(sipServer: $0) })
    }

    @Test("Hosts: a dNSName, or an iPAddress for an address")
    func hosts() {
        var names = CertificateNames()
        names.dnsNames = ["*.example.com", "192.0.2.2"]
        names.ipAddresses = ["192.0.2.1", "2001:db8::1"]
        #expect(names.match(host: "sip.example.com"))
        #expect(names.match(host: "192.0.2.1"))
        #expect(!names.match(host: "192.0.2.2"))
        #expect(names.match(host: "2001:DB8::1"))
    }
}
