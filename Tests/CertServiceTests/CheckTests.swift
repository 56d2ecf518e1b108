import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// The check of certificates that are kept, or sent along, against the gateway's own trust and names.
@Suite("Checks of certificates")
struct CheckTests {
    let residence: Residence
    let enterprise: TestAuthority
    let keeper: Keeper

    init() async throws {
        self.residence = try Residence()
        self.enterprise = try TestAuthority("Enterprise CA")
        var settings = Residence.settings
        settings.accessNamesByUse = [.xmpp: ["xmpp.contoso.test"], .sip: ["sip.contoso.test"]]
        self.keeper = try self.residence.keeper(settings)
        await self.keeper.follow(domains: ["contoso.test"])
    }

    private func outcome(_ item: String, of check: CertificateCheck) async throws -> CertificateFinding.Outcome? {
        guard
            case .certificateReport(let report) = try await self.keeper.answer(
                .certificateCheck(check),
                for: .policyService
            )
        else { return nil }
        return report.findings.first { $0.item == item }?.outcome
    }

    @Test("The automatic certificate serves, but partners do not know its authority")
    func automatic() async throws {
        let id = try #require(try await self.keeper.inventory().records.first?.id)
        let report = try await self.keeper.check(CertificateCheck(id: id, use: .xmpp))
        #expect(report.findings.allSatisfy { $0.outcome != .bad }, "\(report)")
        #expect(report.findings.first { $0.item == "chain" }?.text.contains("internal CA") == true)
        #expect(report.findings.first { $0.item == "private key" }?.text.contains(id) == true)
    }

    @Test("A chain is trusted for the use that its root is trusted for, and for no other")
    func trustByUse() async throws {
        let leaf = try self.enterprise.intermediate("Issuing CA").issue("DNS:contoso.test")
        let check = CertificateCheck(data: leaf.chainPEM, use: .xmpp)
        #expect(try await self.outcome("chain", of: check) == .bad)
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM, uses: [.xmpp]))
        #expect(try await self.outcome("chain", of: check) == .good)
        #expect(try await self.outcome("private key", of: check) == .skipped)
        var sip = check
        sip.use = .sip
        #expect(try await self.outcome("chain", of: sip) == .bad)
        // Without its intermediate nobody finds the way.
        let alone = try Certificate.chain(pem: leaf.chainPEM)[0].pem()
        #expect(try await self.outcome("chain", of: CertificateCheck(data: alone, use: .xmpp)) == .bad)
    }

    @Test("An expired certificate is said to have expired, and still whose it is")
    func expired() async throws {
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM))
        let leaf = try self.enterprise.issue("DNS:contoso.test", days: 1)
        self.residence.clock.advance(days: 3)
        let check = CertificateCheck(data: leaf.chainPEM, use: .xmpp)
        #expect(try await self.outcome("dates", of: check) == .bad)
        #expect(try await self.outcome("chain", of: check) == .good)
    }

    @Test("What waits for an answer is told from what does not; names that are given count instead")
    func pending() async throws {
        let leaf = try self.enterprise.issue("DNS:im.example")
        let given = CertificateCheck(data: leaf.chainPEM, use: .xmpp, names: ["IM.example"])
        #expect(try await self.outcome("names", of: given) == .good)
        #expect(try await self.outcome("names", of: CertificateCheck(data: leaf.chainPEM, use: .xmpp)) == .bad)
        let made = try await self.keeper.request(CertificateSigningRequest(commonName: "contoso.test"))
        await #expect(throws: Failure.self) {
            try await self.keeper.check(CertificateCheck(id: made.id, use: .xmpp))
        }
        await #expect(throws: Failure.self) {
            try await self.keeper.check(CertificateCheck(id: "none", use: .xmpp))
        }
    }

    @Test("A revoked certificate is bad, one that its list does not have is good, and without a list nobody knows")
    func revocation() async throws {
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM))
        let good = try self.enterprise.issue("DNS:contoso.test")
        let bad = try self.enterprise.issue("DNS:contoso.test")
        let check = CertificateCheck(data: good.chainPEM, use: .xmpp)
        #expect(try await self.outcome("revocation", of: check) == .skipped)
        _ = try await self.keeper.takeRevocationLists(self.enterprise.revocationList([bad.chainPEM]), from: "file")
        #expect(try await self.outcome("revocation", of: check) == .good)
        #expect(try await self.outcome("revocation", of: CertificateCheck(data: bad.chainPEM, use: .xmpp)) == .bad)
    }
}
