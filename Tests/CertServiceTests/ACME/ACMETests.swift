import Foundation
import Logging
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

@Suite("Certificates of a real ACME CA", .enabled(if: ACMEWorld.isPossible), .timeLimit(.minutes(5)))
struct ACMETests {
    @Test(
        "A certificate is ordered, proven by http-01, checked and in use; the account is made once and rests encrypted"
    )
    func journey() async throws {
        let world = try await ACMEWorld()
        let keeper = try await world.start()
        let before = try await keeper.identities(.xmpp).version
        let made = try await keeper.request(ACMEWorld.order())
        #expect(made.summary.contains("the CA at \(world.pebble.directory), by ACME, proven by http-01"))
        let record = try await keeper.certificate(made.id, in: .active)
        #expect(record.issuer.contains("Pebble Intermediate") && record.names.contains("xmpp.contoso.test"))
        let served = try await keeper.identities(.xmpp)
        #expect(served.version > before && world.residence.published.last == served.version)
        #expect(try served.leaves.first?.fingerprint == record.fingerprint)
        #expect(try Certificate.chain(pem: served.identities[0].certificateChainPEM).count == 2)
        let order = try #require(record.order)
        let life = record.notAfter - record.notBefore
        #expect((life * 6 / 10...life * 7 / 10).contains(order.renewal - record.notBefore))
        #expect(world.metrics.prometheusText().contains("isthmus_acme_certificates_issued_total 1"))

        let account = try #require(try keeper.store.accounts().first)
        #expect(account.directory == world.pebble.directory)
        #expect(String(decoding: account.sealedKey, as: UTF8.self).contains("BEGIN ENCRYPTED PRIVATE KEY"))
        let second = try await keeper.request(ACMEWorld.order(["sip.contoso.test"]))
        _ = try await keeper.certificate(second.id, in: .active)
        #expect(try keeper.store.accounts().count == 1)
        let log = try world.pebble.log()
        #expect(log.ranges(of: "There are now 1 accounts in memory").count == 1)
    }

    @Test("Nonces that the CA does not take are no obstacle")
    func badNonces() async throws {
        var options = Pebble.Options()
        options.refusedNonces = 25
        let world = try await ACMEWorld(options)
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order())
        let record = try await keeper.certificate(made.id, in: .active)
        #expect(record.order?.failures == 0)
    }

    @Test("A refused proof shows the CA's words; when the cause is gone, the next attempt takes place at once")
    func refusedProof() async throws {
        let world = try await ACMEWorld()
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order(["gone.contoso.test"]))
        let order = try await keeper.failure(of: made.id)
        #expect(
            order.problem.contains("gone.contoso.test") && order.problem.contains("could not resolve"),
            "\(order.problem)"
        )
        #expect(order.failures == 1 && order.nextAttempt > world.residence.clock.now * 1000)
        #expect(
            try await keeper.identities(.xmpp).leaves.map(\.issuer).allSatisfy { $0.contains("Isthmus internal CA") }
        )
        #expect(world.metrics.prometheusText().contains("isthmus_acme_failures_total{kind=\"refused\"} 1"))

        _ = try await keeper.renew(made.id)
        try await eventually("a second attempt", within: .seconds(60)) {
            try keeper.store.orders().first { $0.id == made.id }?.machine.failures == 2
        }
        try await keeper.remove(id: made.id)
        #expect(try keeper.store.orders().isEmpty)
    }

    @Test("A name that the CA does not certify is refused with its reason")
    func refusedName() async throws {
        var options = Pebble.Options()
        options.blocked = ["blocked.test"]
        let world = try await ACMEWorld(options)
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order(["blocked.test"]))
        let order = try await keeper.failure(of: made.id)
        #expect(order.problem.contains("(rejectedIdentifier)"), "\(order.problem)")
    }

    @Test("Killed after each step, one later in each life, it comes to its end; what a life has reached stays")
    func killed() async throws {
        let world = try await ACMEWorld()
        let keeper = try await world.parts().keeper
        let made = try await keeper.request(ACMEWorld.order(["contoso.test"]))
        var lives = 0
        while try keeper.store.orders().contains(where: \.isOpen) {
            lives += 1
            try #require(lives < 40)
            let steps = StepCounter(limit: lives)
            let parts = try await world.parts(logger: steps.logger)
            let service = ACMEService(parts)
            let listener = ChallengeListener(
                settings: parts.settings,
                board: parts.board,
                logger: .silent
            )
            world.run { try? await listener.run() }
            let order = try #require(try keeper.store.orders().first)
            let life = Task { await service.carry(order) }
            steps.whenReached { life.cancel() }
            await life.value
            await world.stop()
        }
        let record = try await keeper.certificate(made.id, in: .active)
        #expect(lives > 5 && record.order?.failures == 0)
        // One was lost with the first life, others when the CA looked for a proof that was away.
        let log = try world.pebble.log()
        #expect(log.ranges(of: "Added order").count < lives, "\(log)")
        #expect(try await keeper.inventory().records.count == 2)
    }

    @Test("A certificate whose life is nearly over is renewed by itself: another key, the same uses, the old one gone")
    func renewal() async throws {
        let world = try await ACMEWorld()
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order())
        let old = try await keeper.certificate(made.id, in: .active)
        world.residence.clock.advance(days: 61)
        keeper.bell?.ring()
        try await eventually("the old one to go", within: .seconds(60)) {
            try await !keeper.inventory().records.contains { $0.id == old.id }
        }
        let new = try #require(try await keeper.inventory().records.first { $0.order != nil })
        #expect(new.state == .active && new.uses == old.uses && new.names.sorted() == old.names.sorted())
        #expect(new.friendlyName == old.friendlyName && new.order?.replaces == old.id)
        #expect(try await keeper.identities(.xmpp).leaves.first?.fingerprint == new.fingerprint)
        #expect(try keeper.store.orders().count == 1)
        let next = try #require(keeper.store.orders().first?.renewal)
        #expect(next.time > world.residence.clock.now)
    }

    @Test("Somebody who does not want to wait renews at once, and only one order is under way for it")
    func renewalByHand() async throws {
        let world = try await ACMEWorld()
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order())
        _ = try await keeper.certificate(made.id, in: .active)
        await world.stop()
        let first = try await keeper.renew(made.id)
        let second = try await keeper.renew(made.id)
        #expect(first.id == second.id && first.id != made.id)
        #expect(try keeper.store.orders().count(where: \.isOpen) == 1)
    }

    @Test("An account is bound to the external one where the CA wants it; without, the reason says what to set")
    func externalAccount() async throws {
        let key = Base64URL.encode(Array(repeating: 7, count: 32))
        var options = Pebble.Options()
        options.externalAccounts = ["kid-1": key]
        let world = try await ACMEWorld(options)
        let keeper = try await world.start()
        let made = try await keeper.request(ACMEWorld.order())
        let order = try await keeper.failure(of: made.id)
        #expect(order.problem.contains("ISTHMUS_CERTIFICATES_ACME_EXTERNAL_ACCOUNT"), "\(order.problem)")
        await world.stop()
        let bound = try await world.start {
            $0.externalAccount = ExternalAccount(identifier: "kid-1", key: Base64URL.decode(key) ?? [])
        }
        _ = try await bound.renew(made.id)
        _ = try await bound.certificate(made.id, in: .active)
    }

    static let impossible: [(CertificateSigningRequest, words: String)] = [
        (
            CertificateSigningRequest(commonName: "contoso.test", xmppAddresses: ["contoso.test"], usesACME: true),
            "leave the XMPP addresses out"
        ), (ACMEWorld.order(["*.contoso.test"]), "dns-01"),
        (ACMEWorld.order((0...100).map { "n\($0).contoso.test" }), "100 names at most"),
    ]

    @Test("What no ACME CA can certify is refused before a key is made", arguments: impossible)
    func objections(_ order: CertificateSigningRequest, _ words: String) async throws {
        let residence = try Residence()
        let keeper = try residence.keeper(acme: ACMESettings(directory: "https://ca.test/dir"))
        let failure = await #expect(throws: Failure.self) { try await keeper.request(order) }
        #expect(failure?.text.contains(words) == true)
        #expect(try await keeper.inventory().records.isEmpty)
    }

    @Test("Without a configured CA nobody is asked, and the words say what to set")
    func notConfigured() async throws {
        let keeper = try Residence().keeper()
        let failure = await #expect(throws: Failure.self) { try await keeper.request(ACMEWorld.order()) }
        #expect(failure?.text.contains("ISTHMUS_CERTIFICATES_ACME_DIRECTORY") == true)
    }
}

/// Counts the steps that are logged, and tells when there were enough.
private final class StepCounter: Sendable {
    private struct State {
        var steps = 0
        var reached: (@Sendable () -> Void)?
        var isReached = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var logger: Logger { Logger(label: "steps") { _ in StepHandler { self.count() } } }

    func whenReached(_ action: @escaping @Sendable () -> Void) {
        let isReached = self.state.withLock { state in
            state.reached = action
            return state.isReached
        }
        if isReached { action() }
    }

    private func count() {
        let action = self.state.withLock { state in
            state.steps += 1
            guard state.steps == self.limit else { return nil as (@Sendable () -> Void)? }
            state.isReached = true
            return state.reached
        }
        action?()
    }
}

private struct StepHandler: LogHandler {
    let count: @Sendable () -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ count: @escaping @Sendable () -> Void) { self.count = count }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.message.description.hasPrefix("ACME order goes on") { self.count() }
    }
}
