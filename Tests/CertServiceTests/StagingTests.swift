import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("Before an edge is given a certificate")
struct StagingTests {
    let residence: Residence
    let keeper: Keeper

    init() async throws {
        self.residence = try Residence()
        self.keeper = try self.residence.keeper()
        await self.keeper.follow(domains: ["contoso.test"])
    }

    @Test("One that edges could not serve with is refused, and what they serve with stays")
    func refused() async throws {
        let enterprise = try TestAuthority("Enterprise CA")
        // Good by its names, dates, key, chain and usages; OpenSSL refuses its intermediate when a peer connects.
        let identity = try enterprise.intermediate("Old CA", digest: "sha1").issue("DNS:contoso.test")
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: enterprise.rootPEM))
        let before = try await self.keeper.identities(.xmpp)
        let failure = await #expect(throws: Failure.self) {
            try await self.keeper.importCertificate(
                CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, uses: [.xmpp])
            )
        }
        #expect(failure?.code == .invalid && failure?.text.contains("No edge could serve") == true)
        #expect(failure?.text.contains("md too weak") == true)
        #expect(try await self.keeper.identities(.xmpp) == before)
        #expect(try await self.keeper.inventory().records.count == 1)
    }

    @Test("Every certificate of the internal CA, with every kind of key, can be served", arguments: KeyKind.allCases)
    func serves(_ kind: KeyKind) async throws {
        let made = try await self.keeper.request(
            CertificateSigningRequest(keyKind: kind.rawValue, commonName: "*.contoso.test", isImmediate: true)
        )
        #expect(try await self.keeper.assign(CertificateAssignment(id: made.id, uses: [.sip])).state == .active)
    }
}
