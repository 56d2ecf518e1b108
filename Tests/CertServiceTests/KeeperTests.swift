import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("The keeper of certificates")
struct KeeperTests {
    let residence: Residence

    init() throws { self.residence = try Residence() }

    @Test("A domain of the policy has a certificate at once: the right names, the internal CA, both uses")
    func issues() async throws {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: ["contoso.test"])
        let set = try await keeper.identities(.xmpp)
        let identity = try #require(set.identities.first)
        #expect(set.identities.count == 1)
        #expect(identity.names == ["xmpp.contoso.test", "sip.contoso.test", "contoso.test"])
        let key = try PrivateKey(pem: identity.privateKeyPEM)
        let leaf = try #require(try set.leaves.first)
        #expect(leaf.publicKeyFingerprint == key.publicKeyFingerprint)
        #expect(leaf.allowsServerAuthentication && leaf.allowsClientAuthentication)
        let root = self.residence.scratch.file("root.pem")
        try Data(set.trustRootsPEM).write(to: root)
        try Data(identity.certificateChainPEM).write(to: self.residence.scratch.file("leaf.pem"))
        let verify = try await ChildProcess.run(
            "/usr/bin/openssl",
            ["verify", "-x509_strict", "-CAfile", root.path, self.residence.scratch.file("leaf.pem").path]
        )
        #expect(verify.status == 0, "\(verify.output)")
        #expect(try await keeper.identities(.sip).leaves.map(\.fingerprint) == [leaf.fingerprint])
        #expect(self.residence.published.last == set.version)
    }

    @Test("After a restart the same certificates are given, before the policy is heard of")
    func survivesRestart() async throws {
        let first = try self.residence.keeper()
        await first.follow(domains: ["contoso.test", "fabrikam.test"])
        let before = try await first.identities(.xmpp)
        let second = try self.residence.keeper()
        #expect(try await second.identities(.xmpp) == before)
        await second.follow(domains: ["contoso.test", "fabrikam.test"])
        #expect(try await second.identities(.xmpp) == before)
    }

    @Test("A certificate is renewed before it expires, with a new key, and the edges are told")
    func renews() async throws {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: ["contoso.test"])
        let before = try await keeper.identities(.xmpp)
        self.residence.clock.advance(days: 59)
        await keeper.renew()
        #expect(try await keeper.identities(.xmpp) == before)
        self.residence.clock.advance(days: 2)
        await keeper.renew()
        let after = try await keeper.identities(.xmpp)
        #expect(after.version > before.version)
        #expect(after.identities.count == 1)
        #expect(try after.leaves[0].publicKeyFingerprint != before.leaves[0].publicKeyFingerprint)
        #expect(self.residence.published.last == after.version)
    }

    @Test("Many domains are served, and one that goes is no longer")
    func manyDomains() async throws {
        let keeper = try self.residence.keeper()
        let domains = (1...20).map { "d\($0).test" }
        await keeper.follow(domains: domains)
        #expect(try await keeper.identities(.sip).identities.count == 20)
        await keeper.follow(domains: ["d7.test"])
        #expect(try await keeper.identities(.sip).identities.map { $0.names.last } == ["d7.test"])
        #expect(try await keeper.inventory().records.count == 1)
    }

    @Test("A certificate can be made before its domain is committed")
    func ensures() async throws {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: ["contoso.test"])
        await keeper.ensure(domains: ["new.test"])
        let made = try await keeper.inventory().records.map(\.friendlyName)
        #expect(Set(made) == ["contoso.test", "new.test"])
        let fingerprints = Set(try await keeper.inventory().records.map(\.fingerprint))
        await keeper.follow(domains: ["contoso.test", "new.test"])
        #expect(Set(try await keeper.inventory().records.map(\.fingerprint)) == fingerprints)
    }

    @Test("When the policy serves nobody any more, nobody is served")
    func lastDomainGoes() async throws {
        let first = try self.residence.keeper()
        await first.follow(domains: ["contoso.test"])
        let second = try self.residence.keeper()
        #expect(try await second.identities(.xmpp).identities.count == 1)
        await second.follow(domains: [])
        #expect(try await second.identities(.xmpp).identities.isEmpty)
        #expect(try await second.inventory().records.isEmpty)
    }

    @Test("A root at the end of its life makes short certificates, and no endless work")
    func oldRoot() async throws {
        var settings = Residence.settings
        settings.rootLifetime = 10 * 86_400
        let keeper = try self.residence.keeper(settings)
        self.residence.clock.advance(days: 11)
        await keeper.follow(domains: ["contoso.test"])
        #expect(try await keeper.identities(.xmpp).identities.isEmpty)
        #expect(try await keeper.inventory().records.map(\.state) == [.expired])
    }

    // MARK: Keys at rest

    @Test("Another master key opens nothing; a lost one is not replaced")
    func masterKey() async throws {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: ["contoso.test"])
        let file = URL(filePath: self.residence.masterKeyFile)
        let key = try Data(contentsOf: file)
        #expect(try self.mode(of: file.path) == 0o600)

        try Data(MasterKey.generate()).write(to: file)
        #expect(throws: IssuingError.wrongKey) { try self.residence.keeper() }
        try FileManager.default.removeItem(at: file)
        #expect(throws: MasterKeyFileError.lost(path: file.path)) { try self.residence.keeper() }
        try key.write(to: file)
        chmod(file.path, 0o600)
        _ = try self.residence.keeper()
    }

    @Test(
        "A master key that others may read is refused, unless that is said to be meant",
        arguments: [0o640, 0o604, 0o660]
    )
    func openMasterKey(_ mode: Int) throws {
        _ = try self.residence.keeper()
        var file = MasterKeyFile(path: self.residence.masterKeyFile, isMadeWhenMissing: false)
        chmod(file.path, mode_t(mode))
        #expect(throws: MasterKeyFileError.readable(path: file.path, mode: String(mode, radix: 8))) {
            try file.read(hasState: true)
        }
        file.mayBeShared = true
        _ = try file.read(hasState: true)
    }

    @Test("No private key rests in the clear, and the store is its owner's alone")
    func keysAtRest() async throws {
        let keeper = try self.residence.keeper()
        await keeper.follow(domains: ["contoso.test"])
        let identity = try #require(try await keeper.identities(.xmpp).identities.first)
        let store = self.residence.stateDirectory + "/certificates.sqlite"
        #expect(try self.mode(of: store) == 0o600)
        let contents = try Data(contentsOf: URL(filePath: store))
        let lines = String(decoding: identity.privateKeyPEM, as: UTF8.self).split(separator: "\n")
        #expect(contents.range(of: Data(lines[1].utf8)) == nil)
        #expect(contents.range(of: Data("BEGIN ENCRYPTED PRIVATE KEY".utf8)) != nil)
        #expect(contents.range(of: Data("BEGIN PRIVATE KEY".utf8)) == nil)
        #expect(!"\(identity) \(String(reflecting: identity))".contains(lines[1]))
    }

    private func mode(of path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue & 0o777
    }

    @Test("An edge is given the keys of its own use alone, and nobody else any")
    func callers() async throws {
        let keeper = try self.residence.keeper()
        for (use, service) in [(CertificateUse.xmpp, ServiceName.sipEdge), (.sip, .policyService)] {
            let failure = await #expect(throws: Failure.self) {
                try await keeper.answer(.identitiesRequest(IdentitiesRequest(use)), for: service)
            }
            #expect(failure?.code == .notAllowed)
        }
        let answer = try await keeper.answer(.identitiesRequest(IdentitiesRequest(.sip)), for: .sipEdge)
        guard case .identities = answer else {
            Issue.record("\(answer)")
            return
        }
    }
}
