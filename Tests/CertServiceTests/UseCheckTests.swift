import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("Whether a certificate serves a use")
struct UseCheckTests {
    static let now: Int64 = 1_800_000_000

    static let good = UseCheck.Facts(
        names: ["sip.contoso.test", "contoso.test", "xmpp.contoso.test"],
        commonName: "sip.contoso.test",
        xmppAddresses: [],
        notBefore: now - 86_400,
        notAfter: now + 90 * 86_400,
        key: KeyStrength(algorithm: "RSA", bits: 2048),
        hasWeakSignature: false,
        isAuthority: false,
        allowsSignatures: true,
        allowsServerAuthentication: true,
        allowsClientAuthentication: true,
        chain: .trusted,
        revocation: .good,
        keyPlace: .here(id: "c1")
    )

    static func needs(_ use: CertificateUse) -> UseCheck.Needs {
        UseCheck.Needs(
            use: use,
            domains: ["contoso.test"],
            hosts: [use == .sip ? "sip.contoso.test" : "xmpp.contoso.test"],
            now: now
        )
    }

    @Test("One that has everything serves either use", arguments: CertificateUse.allCases)
    func serves(_ use: CertificateUse) {
        let findings = UseCheck(Self.good, Self.needs(use)).findings
        #expect(findings.allSatisfy { $0.outcome == .good }, "\(findings)")
        #expect(
            findings.map(\.item) == [
                "names", "dates", "key", "signature", "chain", "revocation", "server", "client", "private key",
            ]
        )
    }

    /// What is wrong with a certificate, and what the check makes of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var item: String
        var outcome: CertificateFinding.Outcome
        var words: String
        var use: CertificateUse
        var change: @Sendable (inout UseCheck.Facts, inout UseCheck.Needs) -> Void

        init(
            _ item: String,
            _ outcome: CertificateFinding.Outcome,
            _ words: String,
            for use: CertificateUse = .xmpp,
            _ change: @escaping @Sendable (inout UseCheck.Facts, inout UseCheck.Needs) -> Void
        ) {
            (self.item, self.outcome, self.words, self.use, self.change) = (item, outcome, words, use, change)
        }

        var testDescription: String { "\(self.use.rawValue): \(self.words)" }
    }

    static let faults: [Fault] = [
        Fault("names", .bad, "none of the domains") { facts, _ in facts.names = ["other.test"] },
        Fault("names", .warning, "does not name fabrikam.test") { _, needs in needs.domains.append("fabrikam.test") },
        Fault("names", .warning, "lacks xmpp.contoso.test") { facts, _ in facts.names = ["contoso.test"] },
        Fault("names", .warning, "xmppAddr") { facts, _ in facts.xmppAddresses = ["contoso.test"] },
        Fault("names", .skipped, "no domain is served yet") { _, needs in needs.domains = [] },
        Fault("names", .bad, "lacks im.example") { _, needs in needs.given = ["contoso.test", "im.example"] },
        Fault("names", .bad, "lacks sip.contoso.test", for: .sip) { facts, _ in facts.names = ["contoso.test"] },
        Fault("names", .bad, "lacks sip.contoso.test", for: .sip) { facts, _ in facts.names = ["*.contoso.test"] },
        Fault("wildcards", .warning, "RFC 5922", for: .sip) { facts, _ in facts.names = ["*.contoso.test"] },
        Fault("names", .warning, "common name is empty", for: .sip) { facts, _ in facts.commonName = "" },
        Fault("names", .warning, "fabrikam.test", for: .sip) { _, needs in needs.domains.append("fabrikam.test") },
        Fault("dates", .bad, "it expired on 2027-01-14") { facts, _ in facts.notAfter = now - 86_400 },
        Fault("dates", .bad, "not valid before") { facts, _ in facts.notBefore = now + 1 },
        Fault("dates", .warning, "expires in 29 days") { facts, _ in facts.notAfter = now + 30 * 86_400 - 1 },
        Fault("key", .bad, "too weak") { facts, _ in facts.key.bits = 1024 },
        Fault("key", .warning, "know RSA alone", for: .sip) { facts, _ in facts.key = .init(algorithm: "EC", bits: 256)
        },
        Fault("signature", .bad, "forged") { facts, _ in facts.hasWeakSignature = true },
        Fault("chain", .bad, "an authority, not of a server") { facts, _ in facts.isAuthority = true },
        Fault("chain", .bad, "unable to get") { facts, _ in facts.chain = .untrusted("unable to get local issuer") },
        Fault("chain", .warning, "no partner outside knows") { facts, _ in facts.chain = .internalAuthority },
        Fault("chain", .good, "where its root is installed", for: .sip) { facts, _ in facts.chain = .internalAuthority
        },
        Fault("chain", .good, "public authority") { facts, _ in facts.chain = .system },
        Fault("revocation", .bad, "revoked") { facts, _ in facts.revocation = .revoked("certificate revoked") },
        Fault("revocation", .skipped, "do not tell") { facts, _ in facts.revocation = .unknown("no list") },
        Fault("key usage", .bad, "digitalSignature") { facts, _ in facts.allowsSignatures = false },
        Fault("server", .bad, "serverAuth") { facts, _ in facts.allowsServerAuthentication = false },
        Fault("client", .warning, "most XMPP servers take it") { facts, _ in facts.allowsClientAuthentication = false },
        Fault("client", .warning, "mutual TLS", for: .sip) { facts, _ in facts.allowsClientAuthentication = false },
        Fault("private key", .good, "answers the request r1") { facts, _ in facts.keyPlace = .pending(id: "r1") },
        Fault("private key", .skipped, "cannot be served") { facts, _ in facts.keyPlace = .elsewhere },
    ]

    @Test("What is wrong is said, with what to do", arguments: faults)
    func tells(_ fault: Fault) throws {
        var (facts, needs) = (Self.good, Self.needs(fault.use))
        fault.change(&facts, &needs)
        let findings = UseCheck(facts, needs).findings
        let finding = try #require(
            findings.first { $0.item == fault.item && $0.text.contains(fault.words) },
            "\(findings)"
        )
        #expect(finding.outcome == fault.outcome)
        // Who is told that something is bad is told what to do.
        #expect(findings.filter { $0.outcome == .bad }.allSatisfy { !$0.remedy.isEmpty })
    }
}
