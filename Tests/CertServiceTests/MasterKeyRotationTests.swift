import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// A process that dies; what it would have done next is not done.
private struct Crash: Error {}

@Suite("A new master key")
struct MasterKeyRotationTests {
    static let domains = (1...20).map { "d\($0).test" }
    let residence: Residence
    var file: MasterKeyFile { MasterKeyFile(path: self.residence.masterKeyFile, isMadeWhenMissing: true) }

    init() throws { self.residence = try Residence() }

    private func keeper() async throws -> Keeper {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: Self.domains)
        return keeper
    }

    /// Every private key is encrypted with the key at the path, and with no other.
    private func expectComplete() throws {
        let contents = [UInt8](try Data(contentsOf: URL(filePath: self.residence.masterKeyFile)))
        let key = try MasterKey(contents: contents)
        let store = try CertificateStore(directory: self.residence.stateDirectory)
        for certificate in try store.certificates() {
            _ = try PrivateKey(sealedPEM: certificate.sealedKey, masterKey: key)
        }
        _ = try PrivateKey(sealedPEM: try #require(try store.authority()).sealedKey, masterKey: key)
        #expect(!self.file.isBeingReplaced)
    }

    @Test("All keys are encrypted with the new one; what the edges are given is the same; nothing old can be found")
    func rotates() async throws {
        let keeper = try await self.keeper()
        let before = try await keeper.identities(.xmpp)
        let oldKey = try Data(contentsOf: URL(filePath: self.residence.masterKeyFile))
        let store = try CertificateStore(directory: self.residence.stateDirectory)
        let sealed = try #require(try store.certificates().first).sealedKey

        guard case .masterKeyRotated(let done) = try await keeper.answer(.masterKeyRotation, for: .policyService) else {
            Issue.record("no answer")
            return
        }
        #expect(done == MasterKeyRotated(keys: 21, previousPath: self.file.replacedPath))
        #expect(try await keeper.identities(.xmpp) == before)
        try self.expectComplete()
        #expect(try Data(contentsOf: URL(filePath: done.previousPath)) == oldKey)
        let modes = try [self.file.path, self.file.replacedPath].map { path in
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(modes == [0o600, 0o600])
        let contents = try Data(contentsOf: URL(filePath: self.residence.stateDirectory + "/certificates.sqlite"))
        let line = String(decoding: sealed, as: UTF8.self).split(separator: "\n")[3]
        #expect(contents.range(of: Data(line.utf8)) == nil)

        #expect(try await self.keeper().identities(.xmpp) == before)
        // What is made from now on is encrypted with it as well.
        await keeper.follow(domains: Self.domains + ["new.test"])
        try self.expectComplete()
    }

    /// Where a replacement is broken off.
    enum Moment: CaseIterable, Sendable { case keyMade, firstBatch, secondBatch, allEncrypted, oldKeyAside }

    @Test("Broken off anywhere, it is brought to its end by the next start", arguments: Moment.allCases)
    func crash(_ moment: Moment) async throws {
        let before = try await self.keeper().identities(.xmpp)
        let old = try self.file.read(hasState: true).keys.current
        let keys = MasterKeys(current: try self.file.makeNext(), others: [old])
        let store = try CertificateStore(directory: self.residence.stateDirectory)
        let rotation = MasterKeyRotation(store: store, keys: keys)
        var batches = 0
        switch moment {
        case .keyMade: break
        case .firstBatch, .secondBatch:
            #expect(throws: Crash.self) {
                try rotation.run {
                    batches += 1
                    if batches == (moment == .firstBatch ? 1 : 2) { throw Crash() }
                }
            }
        case .allEncrypted: #expect(try rotation.run() == 21)
        case .oldKeyAside:
            #expect(try rotation.run() == 21)
            try FileManager.default.moveItem(atPath: self.file.path, toPath: self.file.replacedPath)
        }
        let keeper = try self.residence.keeper()
        #expect(try await keeper.identities(.xmpp) == before)
        try self.expectComplete()
        #expect(try self.residence.keeper().root.fingerprint == keeper.root.fingerprint)
    }

    @Test("Where others provide the file, the key before is named by a setting")
    func providedByOthers() async throws {
        let before = try await self.keeper().identities(.sip)
        let old = self.residence.scratch.file("old.key")
        try FileManager.default.moveItem(atPath: self.residence.masterKeyFile, toPath: old.path)
        try Data(MasterKey.generate()).write(to: URL(filePath: self.residence.masterKeyFile))
        chmod(self.residence.masterKeyFile, 0o600)
        #expect(throws: IssuingError.wrongKey) { try self.residence.keeper() }
        #expect(try await self.residence.keeper(previousMasterKey: old.path).identities(.sip) == before)
        try self.expectComplete()
        // The setting may stay, as long as the file does.
        _ = try self.residence.keeper(previousMasterKey: old.path)
        try FileManager.default.removeItem(at: old)
        #expect(throws: MasterKeyFileError.missing(path: old.path)) {
            try self.residence.keeper(previousMasterKey: old.path)
        }
        _ = try self.residence.keeper()
    }

    @Test("A file that cannot be replaced is said to be so, and everything goes on")
    func unwritable() async throws {
        let keeper = try await self.keeper()
        let before = try await keeper.identities(.xmpp)
        try FileManager.default.createDirectory(
            atPath: self.file.nextPath + ".draft",
            withIntermediateDirectories: true
        )
        let failure = await #expect(throws: Failure.self) {
            try await keeper.answer(.masterKeyRotation, for: .policyService)
        }
        #expect(failure?.code == .invalid && failure?.text.contains("PREVIOUS_MASTER_KEY_PATH") == true)
        #expect(try await keeper.identities(.xmpp) == before)
        try self.expectComplete()
    }
}
