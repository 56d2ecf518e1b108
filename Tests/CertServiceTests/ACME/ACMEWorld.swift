import Foundation
import Logging
import NIOPosix
import ServiceKit
import Synchronization
import TLS
import TestSupport
import Wire

@testable import CertService

/// cert-service's parts that ask an ACME CA, in this process, with a real Pebble that asks a real BIND.
final class ACMEWorld: Sendable {
    let residence: Residence
    let pebble: Pebble
    let settings: ACMESettings
    let metrics = MetricsRegistry()
    private let nameServer: NameServer
    private let tasks = Mutex<[Task<Void, Never>]>([])

    static var isPossible: Bool { Pebble.isInstalled && NameServer.isInstalled }

    /// All names of `contoso.test` are here but `gone.contoso.test`.
    init(_ options: Pebble.Options = Pebble.Options(), external: ExternalAccount? = nil) async throws {
        self.residence = try Residence()
        self.nameServer = try await NameServer(
            zones: ["contoso.test": "@ A 127.0.0.1\nsip A 127.0.0.1\nxmpp A 127.0.0.1\n"]
        )
        self.pebble = try await Pebble(nameServer: self.nameServer, options: options)
        self.settings = ACMESettings(
            directory: self.pebble.directory,
            contacts: ["hostmaster@contoso.test"],
            agreesToTerms: true,
            roots: self.pebble.rootPEM,
            externalAccount: external,
            listenHost: "127.0.0.1",
            listenPort: self.pebble.challengePort
        )
    }

    deinit { for task in self.tasks.withLock({ $0 }) { task.cancel() } }

    /// A keeper that trusts Pebble, and what asks it; the pages of http-01 are shown.
    func start(_ change: (inout ACMESettings) -> Void = { _ in }) async throws -> Keeper {
        try await self.service(change).keeper
    }

    /// The same, and what asks Pebble.
    func service(
        _ change: (inout ACMESettings) -> Void = { _ in }
    ) async throws -> (service: ACMEService, keeper: Keeper) {
        let parts = try await self.parts(change)
        let service = ACMEService(parts)
        let listener = ChallengeListener(settings: parts.settings, board: parts.board, logger: .silent)
        self.run { try? await service.run() }
        self.run { try? await listener.run() }
        return (service, parts.keeper)
    }

    /// Asks Pebble with a key that a test chooses.
    func client(_ key: AccountKey) throws -> ACMEClient {
        let context = try TLSContext(TLSContext.Configuration(trustRootsPEM: self.settings.roots, revocation: .off))
        return ACMEClient(
            self.settings,
            https: HTTPSClient(context: context, loop: MultiThreadedEventLoopGroup.singleton.next()),
            key: key
        )
    }

    func parts(
        _ change: (inout ACMESettings) -> Void = { _ in },
        logger: Logger = Logger.silent
    ) async throws -> ACMEService.Parts {
        var settings = self.settings
        change(&settings)
        let bell = OrderBell()
        let keeper = try self.residence.keeper(metrics: self.metrics, acme: settings, bell: bell)
        await keeper.follow(domains: ["contoso.test"])
        _ = try await keeper.addTrustRoots(TrustRootAddition(data: try await self.pebble.issuerRoot()))
        return ACMEService.Parts(
            settings: settings,
            keeper: keeper,
            board: ChallengeBoard(),
            metrics: ACMEMetrics(self.metrics),
            logger: logger,
            publish: { _ async throws(ACMEProblem) in throw .notProvable("there is no dns-publisher here") },
            now: { [clock = self.residence.clock] in clock.now },
            bell: bell
        )
    }

    func run(_ body: @escaping @Sendable () async -> Void) { self.tasks.withLock { $0.append(Task { await body() }) } }

    /// Ends what runs, as a stop of the process does.
    func stop() async {
        let tasks = self.tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Orders a certificate for XMPP.
    static func order(_ names: [String] = ["contoso.test", "xmpp.contoso.test"]) -> CertificateSigningRequest {
        CertificateSigningRequest(
            keyKind: "ecdsa-p256",
            commonName: names[0],
            dnsNames: names,
            uses: [.xmpp],
            usesACME: true
        )
    }
}

extension Keeper {
    /// Waits until a certificate is in `state`.
    func certificate(_ id: String, in state: CertificateRecord.State) async throws -> CertificateRecord {
        try await eventually("\(id) to be \(state)", within: .seconds(60)) {
            let record = try self.inventory().records.first { $0.id == id }
            // The order is told of it a moment later.
            return record?.state == state && record?.order?.renewal != 0 ? record : nil
        }
    }

    /// Waits until the last attempt has failed.
    func failure(of id: String) async throws -> CertificateOrder {
        try await eventually("the order of \(id) to fail", within: .seconds(60)) {
            let order = try self.inventory().records.first { $0.id == id }?.order
            return order.map { $0.nextAttempt > 0 } == true ? order : nil
        }
    }
}
