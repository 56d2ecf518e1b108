import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("The account at a real ACME CA, and revocation", .enabled(if: ACMEWorld.isPossible), .timeLimit(.minutes(3)))
struct ACMEAccountTests {
    /// A certificate that the CA has issued; when this returns no order is under way.
    private static func issue(
        _ service: ACMEService,
        _ keeper: Keeper,
        key: String = "ecdsa-p256",
        uses: [CertificateUse] = []
    ) async throws -> String {
        var order = ACMEWorld.order(["contoso.test"])
        (order.keyKind, order.uses) = (key, uses)
        let made = try await keeper.request(order)
        _ = try await keeper.certificate(made.id, in: uses.isEmpty ? .unassigned : .active)
        try await eventually("the order to be over") { await service.running.isEmpty }
        return made.id
    }

    private static func revoke(_ service: ACMEService, _ wish: CertificateRevocation) async throws -> CertificateRecord
    {
        guard case .certificateResult(let record) = try await service.answer(.certificateRevocation(wish)) else {
            throw ConditionNotMet(description: "another answer")
        }
        return record
    }

    private static func account(
        _ service: ACMEService,
        _ action: ACMEAccount.Action = .show
    ) async throws -> ACMEAccount {
        guard case .acmeAccount(let account) = try await service.answer(.acmeAccountOrder(action)) else {
            throw ConditionNotMet(description: "another answer")
        }
        return account
    }

    /// Something that only a valid account may do.
    private static func order(_ service: ACMEService) async throws {
        _ = try await service.connected().createOrder(names: ["contoso.test"], replaces: nil)
    }

    @Test("The CA revokes what it has issued, by the account's key or the certificate's own, with its cause")
    func revocation() async throws {
        let world = try await ACMEWorld()
        let (service, keeper) = try await world.service()
        let id = try await Self.issue(service, keeper)
        let record = try await Self.revoke(service, CertificateRevocation(id: id, cause: .superseded))
        #expect(record.order?.revocationCause == .superseded)
        #expect(record.order?.revokedAt == world.residence.clock.now * 1000)
        #expect(record.warnings.contains { $0.contains("its CA has revoked it") && $0.contains("(superseded)") })
        #expect(try await world.pebble.status(of: record.serial(in: keeper)) == "Revoked 4")
        let again = await #expect(throws: Failure.self) {
            try await Self.revoke(service, CertificateRevocation(id: id))
        }
        #expect(again?.code == .conflict && again?.text.contains("was revoked on") == true)
        // Revoked, and we could not say so any more: it is no failure the second time.
        var order = try #require(try keeper.store.orders().first { $0.id == id })
        order.revocation = nil
        #expect(try await keeper.keep(order))
        #expect(try await Self.revoke(service, CertificateRevocation(id: id)).order?.revokedAt != 0)

        let other = try await Self.issue(service, keeper, key: "rsa-2048")
        let wish = CertificateRevocation(id: other, cause: .keyCompromise, usesCertificateKey: true)
        let byItself = try await Self.revoke(service, wish)
        #expect(try await world.pebble.status(of: byItself.serial(in: keeper)) == "Revoked 1")

        let own = try await keeper.request(CertificateSigningRequest(commonName: "contoso.test", isImmediate: true))
        let waiting = try await keeper.request(CertificateSigningRequest(commonName: "contoso.test"))
        let foreign = [
            (own.id, "not issued by ACME"), (waiting.id, "not issued by ACME"), ("nobody", "no certificate"),
        ]
        for (id, words) in foreign {
            let failure = await #expect(throws: Failure.self) {
                try await Self.revoke(service, CertificateRevocation(id: id))
            }
            #expect(failure?.text.contains(words) == true, "\(failure?.text ?? "")")
        }
    }

    @Test("What is in use is revoked only when that is meant, and another one with another key takes its place")
    func revocationInUse() async throws {
        let world = try await ACMEWorld()
        let (service, keeper) = try await world.service()
        let id = try await Self.issue(service, keeper, uses: [.xmpp])
        let refusal = await #expect(throws: Failure.self) {
            try await Self.revoke(service, CertificateRevocation(id: id, cause: .keyCompromise))
        }
        #expect(refusal?.code == .invalid && refusal?.text.contains("is in use for xmpp") == true)
        let old = try await keeper.certificate(id, in: .active)
        let wish = CertificateRevocation(id: id, cause: .keyCompromise, isForced: true)
        #expect(try await Self.revoke(service, wish).uses == [.xmpp])
        try await eventually("another one in its place", within: .seconds(60)) {
            try await !keeper.inventory().records.contains { $0.id == id }
        }
        let new = try #require(try await keeper.inventory().records.first { $0.order != nil })
        #expect(new.uses == [.xmpp] && new.order?.replaces == id && new.order?.revokedAt == 0)
        #expect(try await keeper.identities(.xmpp).leaves.first?.fingerprint == new.fingerprint)
        #expect(new.fingerprint != old.fingerprint)
    }

    @Test("The account gets another key and goes on with it; when it has ended, the next order makes another account")
    func rollover() async throws {
        let world = try await ACMEWorld()
        let (service, keeper) = try await world.service()
        #expect(try await Self.account(service).status == "none")
        try await Self.order(service)
        let before = try await Self.account(service)
        #expect(before.status == "valid" && before.contacts == ["mailto:hostmaster@contoso.test"])
        let oldKey = try await keeper.accountKey()
        // Orders that are under way go by the key: it stays while there is one.
        await service.set(running: ["another"])
        for action in [ACMEAccount.Action.rollKey, .deactivate] {
            let failure = await #expect(throws: Failure.self) { try await Self.account(service, action) }
            #expect(failure?.code == .conflict)
        }
        await service.set(running: [])
        let after = try await Self.account(service, .rollKey)
        #expect(after.address == before.address && after.status == "valid" && after.thumbprint != before.thumbprint)
        #expect(after.thumbprint == (try await keeper.accountKey()).thumbprint)
        #expect(try await world.client(oldKey).existingAccount() == nil)
        try await Self.order(service)
        #expect(try world.pebble.log().ranges(of: "There are now 1 accounts in memory").count == 1)

        let key = try await keeper.accountKey()
        #expect(try await Self.account(service, .deactivate).status == "none")
        #expect(try keeper.store.accounts().isEmpty)
        await #expect(throws: ACMEProblem.self) {
            _ = try await world.client(key).createOrder(names: ["contoso.test"], replaces: nil)
        }
        try await Self.order(service)
        let another = try await Self.account(service)
        #expect(another.status == "valid" && another.address != after.address)
    }

    @Test("A change of the key that was broken off is settled by what the CA has, before anything else is asked")
    func brokenRollover() async throws {
        let world = try await ACMEWorld()
        let (service, _) = try await world.service()
        try await Self.order(service)
        var before = try await Self.account(service)
        for isTaken in [false, true] {
            // As after a crash: another process, the same store.
            await world.stop()
            let (second, keeper) = try await world.service()
            let next = try await keeper.makeNextAccountKey()
            // Both keys rest, encrypted with whatever master key there is.
            _ = try await keeper.rotateMasterKey()
            if isTaken { try await world.client(try await keeper.accountKey()).changeKey(to: next) }
            let after = try await Self.account(second)
            #expect(after.address == before.address && after.status == "valid")
            #expect(after.thumbprint == (isTaken ? next.thumbprint : before.thumbprint))
            #expect(try await keeper.nextAccountKey() == nil)
            try await Self.order(second)
            before = after
        }
        #expect(try world.pebble.log().ranges(of: "There are now 1 accounts in memory").count == 1)
    }
}

extension ACMEService {
    /// As if these orders were under way.
    fileprivate func set(running: Set<String>) { self.running = running }
}

extension CertificateRecord {
    /// The serial number, as Pebble takes it.
    fileprivate func serial(in keeper: Keeper) throws -> String {
        let stored = try keeper.store.certificates().first { $0.id == self.id }
        let leaf = try Certificate.chain(pem: stored?.chain ?? []).first
        return leaf?.serialNumber ?? ""
    }
}
