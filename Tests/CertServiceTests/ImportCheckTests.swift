import TLS
import Testing
import Wire

@testable import CertService

@Suite("The check of an imported certificate")
struct ImportCheckTests {
    static let good = ImportCheck.Facts(
        names: ["contoso.test", "sip.contoso.test"],
        notBefore: 0,
        notAfter: 1000,
        key: KeyStrength(algorithm: "RSA", bits: 2048),
        hasWeakSignature: false,
        isAuthority: false,
        allowsServerAuthentication: true,
        allowsClientAuthentication: true,
        chain: .trusted
    )

    static func facts(_ change: (inout ImportCheck.Facts) -> Void) -> ImportCheck.Facts {
        var facts = self.good
        change(&facts)
        return facts
    }

    static let refusals: [(ImportCheck.Facts, String)] = [
        (facts { $0.notAfter = 500 }, "expired"),
        (facts { $0.notBefore = 501 }, "not valid yet"),
        (facts { $0.isAuthority = true }, "authority"),
        (facts { $0.key = KeyStrength(algorithm: "RSA", bits: 1024) }, "too weak"),
        (facts { $0.key = KeyStrength(algorithm: "EC", bits: 192) }, "too weak"),
        (facts { $0.key = KeyStrength(algorithm: "DSA", bits: 3072) }, "too weak"),
        (facts { $0.hasWeakSignature = true }, "MD5 or SHA-1"),
        (facts { $0.allowsServerAuthentication = false }, "serverAuth"),
        (facts { $0.names = ["contoso.test"] }, "lacks names that were asked for: sip.contoso.test"),
        (facts { $0.names = ["fabrikam.test"] }, "none of the domains"),
        (facts { $0.chain = .untrusted("self-signed certificate") }, "does not chain"),
    ]

    @Test("Each flaw is a refusal that says what it is", arguments: refusals)
    func refuses(_ facts: ImportCheck.Facts, _ text: String) {
        let check = ImportCheck(
            facts,
            needed: ["contoso.test", "sip.contoso.test"],
            domains: ["contoso.test"],
            uses: [.xmpp],
            now: 500
        )
        #expect(check.refusals.contains { $0.contains(text) }, "\(check.refusals)")
    }

    @Test("All flaws are told at once")
    func tellsAll() {
        let facts = Self.facts {
            $0.notAfter = 1
            $0.hasWeakSignature = true
            $0.chain = .untrusted("no")
        }
        #expect(ImportCheck(facts, needed: [], domains: [], uses: [], now: 500).refusals.count == 3)
    }

    @Test("A good one is taken; without clientAuth there is a warning, for public CAs issue no other")
    func takes() {
        #expect(
            ImportCheck(Self.good, needed: ["contoso.test"], domains: ["contoso.test"], uses: [.sip], now: 500)
                == ImportCheck(Self.good, needed: [], domains: [], uses: [], now: 500)
        )
        let serverOnly = Self.facts { $0.allowsClientAuthentication = false }
        let check = ImportCheck(serverOnly, needed: [], domains: [], uses: [], now: 500)
        #expect(check.refusals.isEmpty && check.warnings.count == 1)
    }
}
