import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("Private keys that leave, and come")
struct ExportTests {
    static let passphrase = "correct horse battery"
    let residence: Residence
    let enterprise: TestAuthority
    let keeper: Keeper

    init() async throws {
        self.residence = try Residence()
        self.enterprise = try TestAuthority("Enterprise CA")
        self.keeper = try self.residence.keeper()
        await self.keeper.follow(domains: ["contoso.test"])
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM))
    }

    private func openssl(_ arguments: String...) async throws -> String {
        let result = try await ChildProcess.run("/usr/bin/openssl", arguments)
        #expect(result.status == 0, "\(result.output)")
        return result.output
    }

    private func refusal(_ body: Body) async -> Failure? {
        await #expect(throws: Failure.self) { try await self.keeper.answer(body, for: .policyService) }
    }

    @Test("An exportable key leaves as PKCS#12 that openssl opens with the passphrase, and comes back elsewhere")
    func exports() async throws {
        let identity = try self.enterprise.intermediate("Issuing CA").issue("DNS:contoso.test")
        let record = try await self.keeper.importCertificate(
            CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, isExportable: true)
        )
        #expect(record.isExportable)
        let data = try await self.keeper.export(CertificateExport(id: record.id, password: Self.passphrase))
        let file = self.residence.scratch.file("out.p12")
        try Data(data).write(to: file)
        let text = try await self.openssl(
            "pkcs12",
            "-in",
            file.path,
            "-passin",
            "pass:\(Self.passphrase)",
            "-info",
            "-nodes"
        )
        #expect(text.contains("AES-256-CBC") && text.contains("PRIVATE KEY") && text.contains("CN = Issuing CA"))
        #expect(!text.contains("RC2") && !text.contains("3DES"))

        try await self.keeper.remove(id: record.id)
        let back = try await self.keeper.importCertificate(CertificateImport(data: data, password: Self.passphrase))
        #expect(back.fingerprint == record.fingerprint && !back.isExportable)
    }

    @Test("What is not exportable, pending, automatic or unknown stays, and so does everything with a short passphrase")
    func refusals() async throws {
        let made = try await self.keeper.request(
            CertificateSigningRequest(isExportable: true, commonName: "x.test", isImmediate: true)
        )
        let fixed = try await self.keeper.request(CertificateSigningRequest(commonName: "y.test", isImmediate: true))
        let pending = try await self.keeper.request(CertificateSigningRequest(isExportable: true, commonName: "z.test"))
        let automatic = try #require(
            try await self.keeper.inventory().records.first { $0.friendlyName == "contoso.test" }
        )
        let cases: [(String, String, Failure.Code)] = [
            (fixed.id, Self.passphrase, .notAllowed), (pending.id, Self.passphrase, .invalid),
            (automatic.id, Self.passphrase, .invalid), ("none", Self.passphrase, .notFound),
            (made.id, "elevenchars", .invalid),
        ]
        for (id, passphrase, code) in cases {
            #expect(
                await self.refusal(.certificateExport(CertificateExport(id: id, password: passphrase)))?.code == code
            )
        }
        #expect(try await !self.keeper.export(CertificateExport(id: made.id, password: Self.passphrase)).isEmpty)
    }

    @Test(
        "A PKCS#12 file of an old Windows is read, and an encrypted key beside its certificate",
        arguments: [true, false]
    )
    func oldFormats(_ isPKCS12: Bool) async throws {
        let identity = try self.enterprise.issue("DNS:contoso.test")
        let scratch = self.residence.scratch
        try Data(identity.chainPEM).write(to: scratch.file("in.pem"))
        try Data(identity.keyPEM).write(to: scratch.file("in.key"))
        let file = scratch.file("old")
        if isPKCS12 {
            _ = try await self.openssl(
                "pkcs12",
                "-export",
                "-legacy",
                "-in",
                scratch.file("in.pem").path,
                "-inkey",
                scratch.file("in.key").path,
                "-passout",
                "pass:secret",
                "-out",
                file.path
            )
        } else {
            let key = scratch.file("locked.key").path
            _ = try await self.openssl(
                "pkey",
                "-in",
                scratch.file("in.key").path,
                "-aes256",
                "-passout",
                "pass:secret",
                "-out",
                key
            )
            try (Data(identity.chainPEM) + Data(contentsOf: URL(filePath: key))).write(to: file)
        }
        let data = [UInt8](try Data(contentsOf: file))
        #expect(
            await self.refusal(.certificateImport(CertificateImport(data: data)))?.text.contains("passphrase") == true
        )
        let wrong = await self.refusal(.certificateImport(CertificateImport(data: data, password: "wrong")))
        #expect(wrong?.text == "\(IssuingError.wrongPassphrase)")
        let record = try await self.keeper.importCertificate(
            CertificateImport(data: data, password: "secret", uses: [.sip])
        )
        let served = try #require(try await self.keeper.identities(.sip).identities.first)
        #expect(try PrivateKey(pem: served.privateKeyPEM).publicKeyFingerprint.hasPrefix(record.id))
    }

    @Test("A certificate that a CA renews for the same key takes the place of the one before")
    func sameKey() async throws {
        let first = try self.enterprise.issue("DNS:contoso.test")
        let record = try await self.keeper.importCertificate(
            CertificateImport(data: first.chainPEM, privateKeyPEM: first.keyPEM, uses: [.sip])
        )
        let renewed = try self.enterprise.renew(first, "DNS:contoso.test")
        let again = try await self.keeper.importCertificate(CertificateImport(data: renewed.chainPEM))
        #expect(again.id == record.id && again.fingerprint != record.fingerprint && again.uses == [.sip])
        #expect(try await self.keeper.identities(.sip).leaves[0].fingerprint == again.fingerprint)
    }
}
