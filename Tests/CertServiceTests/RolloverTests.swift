import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// An assignment on its way, with edges that may refuse it and a DNS that takes its time.
@Suite("Staged assignments", .timeLimit(.minutes(5)))
struct RolloverTests {
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

    private func ask(
        _ keeper: Keeper? = nil,
        version: UInt64 = 0,
        tried: UInt64 = 0,
        refusal: String? = nil,
        edge: String = "xmpp-edge-1"
    ) async throws -> IdentitySet {
        let request = IdentitiesRequest(.xmpp, version: version, tried: tried, refusal: refusal)
        let answer = try await (keeper ?? self.keeper).answer(
            .identitiesRequest(request),
            for: .xmppEdge,
            instance: edge
        )
        guard case .identities(let set) = answer else { throw Failure(.internal, "\(answer)") }
        return set
    }

    private func order(now: Bool = false) throws -> Body {
        let identity = try self.enterprise.issue("DNS:contoso.test")
        return .certificateImport(
            CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, uses: [.xmpp], isNow: now)
        )
    }

    private func record(_ body: Body) throws -> CertificateRecord {
        guard case .certificateResult(let record) = body else { throw Failure(.internal, "\(body)") }
        return record
    }

    /// The trial that edges are given, once there is one.
    private func trial() async throws -> IdentitySet {
        try await eventually("a trial") { try await self.ask(edge: "observer").trials.first }
    }

    @Test("An edge that cannot serve with it: it is used nowhere, whoever ordered it hears why, and the list says so")
    func rolledBack() async throws {
        await self.keeper.follow(edges: [.xmpp: ["xmpp-edge-1", "xmpp-edge-2"]])
        let before = try await self.ask()
        let order = try self.order()
        let answer = Task { try await self.keeper.answer(order, for: .policyService) }
        let trial = try await self.trial()
        #expect(try trial.leaves.map(\.subject) == ["CN=leaf"])
        #expect(try await self.ask(tried: trial.version, edge: "xmpp-edge-1").identities == before.identities)
        _ = try await self.ask(tried: trial.version, refusal: "no shared signature", edge: "xmpp-edge-2")
        let failure = await #expect(throws: Failure.self) { try await answer.value }
        #expect(failure?.text.contains("xmpp-edge-2 cannot serve with it: no shared signature") == true)
        let after = try await self.ask()
        #expect(after.identities == before.identities && after.version == before.version && after.trials == [])
        let record = try #require(try await self.keeper.inventory().records.first { $0.issuer == "CN=Enterprise CA" })
        #expect(record.state == .unassigned && record.stagedUses == [])
        #expect(record.warnings.contains { $0.hasPrefix("rolled back: xmpp-edge-2") })
    }

    @Test("When each edge can serve with it, it is in use, and the answer says so")
    func committed() async throws {
        await self.keeper.follow(edges: [.xmpp: ["xmpp-edge-1"]])
        let order = try self.order()
        let answer = Task { try await self.keeper.answer(order, for: .policyService) }
        let trial = try await self.trial()
        let set = try await self.ask(tried: trial.version)
        #expect(set.identities == trial.identities && set.trials == [])
        let record = try self.record(await answer.value)
        #expect(record.uses == [.xmpp])
    }

    @Test("A CA renews for the same key: the old certificate serves until the edges have tried the new one")
    func renewedForTheSameKey() async throws {
        let identity = try self.enterprise.issue("DNS:contoso.test", days: 2)
        _ = try await self.keeper.answer(
            .certificateImport(
                CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, uses: [.xmpp])
            ),
            for: .policyService
        )
        let before = try await self.ask()
        await self.keeper.follow(edges: [.xmpp: ["xmpp-edge-1"]])
        let renewed = try self.enterprise.renew(identity, "DNS:contoso.test", days: 90)
        let order = Body.certificateImport(CertificateImport(data: renewed.chainPEM))
        let answer = Task { try await self.keeper.answer(order, for: .policyService) }
        let trial = try await self.trial()
        #expect(try await self.ask(edge: "observer").identities == before.identities)
        let set = try await self.ask(tried: trial.version)
        #expect(try set.leaves[0].notAfter > before.leaves[0].notAfter)
        let record = try self.record(await answer.value)
        #expect(record.state == .active)
    }

    private func publish(_ keeper: Keeper, wait: UInt32 = 0) async throws -> [DNSAssociation] {
        let keys = try #require(try await keeper.associations())
        try await keeper.published(DNSAssociationsState(uses: [.xmpp], visible: keys, wait: wait))
        return keys
    }

    @Test(
        "TLSA rollover: the new key is announced, waits for DNS and its caches, over a restart; the old one goes last"
    )
    func rollover() async throws {
        let old = try await self.publish(self.keeper).filter { $0.use == .xmpp }
        #expect(old.count == 1)
        let record = try self.record(await self.keeper.answer(self.order(), for: .policyService))
        #expect(record.state == .unassigned && record.stagedUses == [.xmpp])
        #expect(record.warnings.contains { $0.contains("when DNS has its TLSA records") })
        #expect(try await self.ask().leaves[0].issuer != "CN=Enterprise CA")
        // The plan is applied: DNS has both, for caches of 3600 seconds.
        #expect(try await self.publish(self.keeper, wait: 3_600).filter { $0.use == .xmpp }.count == 2)

        let second = try self.residence.keeper()
        await second.follow(domains: ["contoso.test"])
        try await second.tick()
        #expect(try await self.ask(second).leaves[0].issuer != "CN=Enterprise CA")
        self.residence.clock.advance(days: 1)
        try await second.tick()
        #expect(try await self.ask(second).leaves[0].issuer != "CN=Enterprise CA")  // DNS has not been asked yet
        let keys = try await self.publish(second, wait: 3_600)
        #expect(try await self.ask(second).leaves[0].issuer == "CN=Enterprise CA")

        // The old key stays in DNS while an edge may serve with it.
        #expect(Set(try #require(try await second.associations())) == Set(keys))
        await second.follow(edges: [.xmpp: ["xmpp-edge-1"]])
        _ = try await self.ask(second, version: 1)
        self.residence.clock.advance(days: 1)
        try await second.tick()
        #expect(Set(try #require(try await second.associations())) == Set(keys))
        let version = try await self.ask(second).version
        _ = try await self.ask(second, version: version)
        try await second.tick()
        #expect(try #require(try await second.associations()).allSatisfy { $0.use != .xmpp || $0 != old[0] })
    }

    @Test("Told to, it does not wait for DNS")
    func now() async throws {
        _ = try await self.publish(self.keeper)
        #expect(try self.record(await self.keeper.answer(self.order(now: true), for: .policyService)).uses == [.xmpp])
    }

    @Test("With TLSA records the internal CA renews for the same key; without, it makes another")
    func sameKey() async throws {
        let first = try await self.ask().leaves[0]
        self.residence.clock.advance(days: 80)
        await self.keeper.renew()
        let second = try await self.ask().leaves[0]
        #expect(second.publicKeyFingerprint != first.publicKeyFingerprint)
        _ = try await self.publish(self.keeper)
        self.residence.clock.advance(days: 80)
        await self.keeper.renew()
        let third = try await self.ask().leaves[0]
        #expect(third.publicKeyFingerprint == second.publicKeyFingerprint && third.notAfter > second.notAfter)
    }
}
