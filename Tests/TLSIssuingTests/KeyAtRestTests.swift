import Foundation
import TestSupport
import Testing

@testable import TLS

@Suite("Private keys at rest")
struct KeyAtRestTests {
    let key: PrivateKey
    let master: MasterKey
    let contents: [UInt8]

    init() throws {
        self.key = try PrivateKey(generating: .ecdsaP256)
        self.contents = try MasterKey.generate()
        self.master = try MasterKey(contents: self.contents)
    }

    @Test("The master key opens what it sealed")
    func opens() throws {
        let sealed = try self.key.sealedPEM(with: self.master)
        #expect(String(decoding: sealed, as: UTF8.self).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        let opened = try PrivateKey(sealedPEM: sealed, masterKey: self.master)
        #expect(opened.publicKeyFingerprint == self.key.publicKeyFingerprint)
        #expect(try PrivateKey(pem: opened.pem()).publicKeyFingerprint == self.key.publicKeyFingerprint)
    }

    @Test("Another master key does not, and says so")
    func wrongMasterKey() throws {
        let sealed = try self.key.sealedPEM(with: self.master)
        let other = try MasterKey(contents: MasterKey.generate())
        #expect(throws: IssuingError.wrongKey) { try PrivateKey(sealedPEM: sealed, masterKey: other) }
    }

    @Test("openssl opens it with the secret file: a backup needs no program of ours")
    func opensslOpens() async throws {
        let scratch = try Scratch("key")
        let file = try scratch.path("key.pem", self.key.sealedPEM(with: self.master))
        let secret = try scratch.path("master.key", self.contents)
        let text = try await OpenSSLCommand.run("pkey", "-noout", "-text", "-passin", "file:\(secret)", "-in", file)
        #expect(text.contains("prime256v1"))
    }

    @Test("A password is not a master key")
    func shortMasterKey() {
        #expect(throws: IssuingError.weakMasterKey) { try MasterKey(contents: Array("secret\n".utf8)) }
    }

    @Test("A master key is never printed")
    func isNotPrinted() throws {
        #expect("\(self.master)" == "<master key>")
    }
}
