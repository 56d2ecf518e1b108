import TLS
import TestSupport
import Testing

@Suite("What the fuzzer of certificates begins with, and where it once failed")
struct FailCaseTests {
    @Test("Names hold nothing that could not be compared or shown")
    func certificates() throws {
        let inputs = try FuzzInputs.of("Certificates")
        var names: [String] = []
        for (name, input) in inputs {
            guard let certificate = try? Certificate(der: input) else { continue }
            let found = certificate.names
            #expect(PeerCertificate([certificate], verification: .trusted)?.names == found, "\(name)")
            for text in found.dnsNames + found.srvNames + found.xmppAddresses {
                #expect(!text.isEmpty && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "\(name)")
            }
            names += found.dnsNames + found.srvNames + found.xmppAddresses + found.ipAddresses + found.uris
        }
        #expect(names.contains("*.im.example"))
        #expect(names.contains("_xmpp-server.im.example"))
        #expect(names.contains("2001:db8::1"))
        #expect(!names.contains("only.a.common.name.example"))
    }
}
