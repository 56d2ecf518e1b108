import Foundation
import TestSupport
import Testing

@testable import TLS

@Suite("What a certification authority sends back")
struct BundleTests {
    let scratch: Scratch
    let identity: TestIdentity
    /// The key and the chain in one PEM file, the root first: as some authorities send it.
    let pem: [UInt8]

    init() throws {
        self.scratch = try Scratch("bundle")
        let root = try TestAuthority()
        self.identity = try root.intermediate("Intermediate").issue("DNS:contoso.test")
        self.pem = root.rootPEM + self.identity.chainPEM
        try Data(self.pem).write(to: self.scratch.file("chain.pem"))
        try Data(self.identity.keyPEM).write(to: self.scratch.file("key.pem"))
        try Data(self.identity.chainPEM).write(to: self.scratch.file("leaf-first.pem"))
    }

    private func convert(_ arguments: String...) async throws -> [UInt8] {
        let output = self.scratch.file("out")
        let result = try await ChildProcess.run("/usr/bin/openssl", arguments + ["-out", output.path])
        #expect(result.status == 0, "\(result.output)")
        return [UInt8](try Data(contentsOf: output))
    }

    private func expectChain(of bundle: CertificateBundle) throws {
        let key = try PrivateKey(pem: self.identity.keyPEM)
        let chain = try #require(bundle.chain(forPublicKey: key.publicKeyFingerprint))
        #expect(chain.map(\.subject) == ["CN=leaf", "CN=Intermediate"])
        let stranger = try PrivateKey(generating: .ecdsaP256)
        #expect(bundle.chain(forPublicKey: stranger.publicKeyFingerprint) == nil)
    }

    @Test("PEM in any order becomes a chain, leaf first, root left out")
    func readsPEM() throws {
        try self.expectChain(of: CertificateBundle(data: self.pem))
        #expect(try CertificateBundle(data: self.pem).key == nil)
        #expect(try CertificateBundle(data: self.pem + self.identity.keyPEM).key != nil)
    }

    @Test("PKCS#7, PEM and DER", arguments: ["PEM", "DER"])
    func readsPKCS7(_ form: String) async throws {
        let file = self.scratch.file("chain.pem").path
        try self.expectChain(
            of: CertificateBundle(data: await self.convert("crl2pkcs7", "-nocrl", "-certfile", file, "-outform", form))
        )
    }

    @Test("PKCS#12 with its password, and not without")
    func readsPKCS12() async throws {
        let data = try await self.convert(
            "pkcs12",
            "-export",
            "-in",
            self.scratch.file("leaf-first.pem").path,
            "-inkey",
            self.scratch.file("key.pem").path,
            "-passout",
            "pass:secret"
        )
        let bundle = try CertificateBundle(data: data, password: "secret")
        try self.expectChain(of: bundle)
        #expect(bundle.key != nil)
        #expect(throws: IssuingError.wrongPassphrase) { try CertificateBundle(data: data, password: "wrong") }
        #expect(throws: IssuingError.passphraseNeeded) { try CertificateBundle(data: data) }
    }

    @Test("A single certificate in DER")
    func readsDER() async throws {
        let file = self.scratch.file("leaf-first.pem").path
        let bundle = try CertificateBundle(data: await self.convert("x509", "-in", file, "-outform", "DER"))
        #expect(bundle.certificates.map(\.subject) == ["CN=leaf"])
    }

    @Test(
        "Rubbish is refused",
        arguments: ["", "hello", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", "0\u{3}"]
    )
    func refusesRubbish(_ text: String) {
        #expect(throws: IssuingError.malformed("certificate")) { try CertificateBundle(data: Array(text.utf8)) }
    }
}
