import Foundation
import TestSupport
import Testing

@testable import TLS

@Suite("The check of a chain")
struct ChainCheckTests {
    @Test("A chain is trusted by its own root, at a time when it is valid, and by no other")
    func outcomes() throws {
        let authority = try Fixtures.authority()
        let leaf = try authority.issue(
            IssuingTests.fields,
            for: PrivateKey(generating: .ecdsaP256),
            notBefore: Fixtures.now - 60,
            notAfter: Fixtures.now + 3600
        )
        let check = ChainCheck(roots: [authority.root])
        #expect(try check.check([leaf], at: Fixtures.now) == .trusted)
        #expect(try check.check([leaf], at: Fixtures.now + 7200) == .untrusted("certificate has expired"))
        #expect(try check.check([leaf], at: Fixtures.now - 3600) == .untrusted("certificate is not yet valid"))
        #expect(try check.check([], at: Fixtures.now) == .untrusted("there is no certificate"))
        let other = ChainCheck(roots: [try Fixtures.authority().root])
        #expect(try other.check([leaf], at: Fixtures.now) != .trusted)
        #expect(
            try ChainCheck(roots: []).check([leaf], at: Fixtures.now)
                == .untrusted("unable to get local issuer certificate")
        )
    }

    @Test("An intermediate that somebody trusts is an anchor without its root, as it is for the edges")
    func intermediateAsAnchor() throws {
        let root = try TestAuthority()
        let middle = try root.intermediate("Middle")
        let leaf = try Certificate.chain(pem: middle.issue("DNS:a.example").chainPEM)[0]
        let anchor = try Certificate.chain(pem: middle.certificatePEM)[0]
        let now = Int64(Date().timeIntervalSince1970) + 60
        #expect(try ChainCheck(roots: [anchor]).check([leaf], at: now) == .trusted)
        #expect(try ChainCheck(roots: try Certificate.chain(pem: root.rootPEM)).check([leaf], at: now) != .trusted)
    }

    @Test("An authority is not made of a root and somebody else's key")
    func keyMustMatchRoot() throws {
        let root = try Fixtures.authority().root
        #expect(throws: IssuingError.wrongKey) {
            try CertificateAuthority(root: root, key: PrivateKey(generating: .ecdsaP256))
        }
    }
}
