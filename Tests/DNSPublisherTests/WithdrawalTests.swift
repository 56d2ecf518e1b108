import Logging
import Policy
import Synchronization
import TestSupport
import Testing
import Wire

@testable import DNS
@testable import DNSPublisher

@Suite("An edge that is about to stop leaves a real DNS first", .enabled(if: NameServer.isInstalled))
struct WithdrawalTests {
    private static let first = edge("x1", "192.0.2.1")
    private static let second = edge("x2", "192.0.2.2")

    private static func edge(_ instance: String, _ addresses: String..., draining: Bool = false) -> EdgeRecord {
        EdgeRecord(
            kind: .xmpp,
            instance: instance,
            endpoint: "tcp://\(instance)",
            publicAddresses: addresses,
            isDraining: draining
        )
    }

    /// A publisher whose clock the test moves.
    private final class Scene: Sendable {
        let server: UpdatableServer
        let publisher: Publisher
        let clock = Passed()

        init(automatic: Set<String> = ["A", "AAAA"], addresses: [IPAddress] = []) async throws {
            let server = try await UpdatableServer()
            var records = DesiredRecordsTests.settings
            records.ttl = 120
            records.xmppAccess = [AccessPoint(name: "xmpp.contoso.test", addresses: addresses)]
            let start = ContinuousClock.now
            self.server = server
            let clock = self.clock
            self.publisher = Publisher(
                PublishingSettings(records: records, propagation: 30, automaticTypes: automatic),
                target: ServerTarget(client: server.client),
                logger: .silent,
                now: { start + clock.duration }
            )
        }

        func follow(_ edges: EdgeRecord...) async {
            await self.publisher.follow(domains: ["contoso.test"], edges: edges)
            await self.publisher.checkDrift()
        }

        func addresses() throws -> [String] {
            try self.server.client.records(name: "xmpp.contoso.test", type: "A").map(\.data).sorted()
        }
    }

    /// How far the clock was moved.
    private final class Passed: Sendable {
        private let state = Mutex(Duration.zero)
        var duration: Duration { self.state.withLock { $0 } }
        func move(_ seconds: Int) { self.state.withLock { $0 += .seconds(seconds) } }
    }

    @Test(
        "One of two is taken out, then caches are waited for; the last stays; when it is gone nothing changes any more"
    )
    func withdrawal() async throws {
        let scene = try await Scene()
        await scene.follow(Self.first, Self.second)
        #expect(try scene.addresses() == ["192.0.2.1", "192.0.2.2"])
        #expect(await scene.publisher.withdraw("x2") == .withdrawn(wait: 150))
        #expect(try scene.addresses() == ["192.0.2.1"])
        scene.clock.move(149)
        #expect(await scene.publisher.withdraw("x2") == .withdrawn(wait: 1))
        scene.clock.move(1)
        #expect(await scene.publisher.withdraw("x2") == .withdrawn(wait: 0))
        guard case .kept(let reason) = await scene.publisher.withdraw("x1") else {
            Issue.record("the last is withdrawn")
            return
        }
        #expect(reason == "it is the last xmpp-edge: its addresses stay in DNS")
        // It drains, and is gone; a new one of the same name is in DNS again.
        await scene.follow(Self.first, Self.edge("x2", "192.0.2.2", draining: true))
        await scene.follow(Self.first)
        await scene.publisher.forgetWithdrawals()
        #expect(try scene.addresses() == ["192.0.2.1"])
        await scene.follow(Self.first, Self.second)
        #expect(try scene.addresses() == ["192.0.2.1", "192.0.2.2"])
    }

    @Test("One that asks no more and lives on is in DNS again")
    func forgotten() async throws {
        let scene = try await Scene()
        await scene.follow(Self.first, Self.second)
        #expect(await scene.publisher.withdraw("x2") == .withdrawn(wait: 150))
        scene.clock.move(29)
        await scene.publisher.forgetWithdrawals()
        #expect(try scene.addresses() == ["192.0.2.1"])
        scene.clock.move(1)
        await scene.publisher.forgetWithdrawals()
        #expect(try scene.addresses() == ["192.0.2.1", "192.0.2.2"])
    }

    @Test("Where DNS stays as it is nobody waits, and the reason is said")
    func kept() async throws {
        func reason(_ scene: Scene, _ instance: String) async -> String {
            guard case .kept(let reason) = await scene.publisher.withdraw(instance) else { return "not kept" }
            return reason
        }
        let scene = try await Scene()
        await scene.follow(Self.first, Self.second, Self.edge("x3", "192.0.2.2"), Self.edge("x4"))
        #expect(await reason(scene, "x9") == "dns-publisher knows nothing of it")
        #expect(await reason(scene, "x3") == "others have the same addresses")
        #expect(await reason(scene, "x4") == "DNS leads nobody to it")
        let fixed = try await Scene(addresses: [try #require(IPAddress("192.0.2.1"))])
        await fixed.follow(Self.first, Self.second)
        #expect(await reason(fixed, "x1") == "DNS leads nobody to it")
        let reviewed = try await Scene(automatic: [])
        await reviewed.follow(Self.first, Self.second)
        _ = try await reviewed.publisher.apply(DNSApplyRequest(checksum: reviewed.publisher.plan().checksum))
        #expect(await reason(reviewed, "x1") == "addresses are changed after a review only (ISTHMUS_DNS_AUTOMATIC)")
        #expect(try reviewed.addresses() == ["192.0.2.1", "192.0.2.2"])
        let printed = Publisher(PublishingSettings(records: .init()), target: nil, logger: .silent)
        await printed.follow(domains: ["contoso.test"], edges: [Self.first])
        #expect(await printed.withdraw("x1") == .kept(reason: "DNS is edited by hand (ISTHMUS_DNS_TARGET is print)"))
    }

    @Test("A record of somebody else stays, and is no reason to wait; a server that is gone is one")
    func obstacles() async throws {
        let scene = try await Scene()
        let foreign = UpdateRecord(name: "xmpp.contoso.test", type: "A", ttl: 120, data: "192.0.2.2")
        try scene.server.client.send(UpdateMessage(zone: "contoso.test", changes: [.add(foreign)]))
        await scene.follow(Self.first, Self.second)
        guard case .kept(let reason) = await scene.publisher.withdraw("x2") else {
            Issue.record("not kept")
            return
        }
        #expect(reason.hasPrefix("its records in DNS are not ours: xmpp.contoso.test"), "\(reason)")
        #expect(try scene.addresses() == ["192.0.2.1", "192.0.2.2"])
        try await scene.server.stop()
        guard case .listed(let obstacle) = await scene.publisher.withdraw("x1") else {
            Issue.record("not listed")
            return
        }
        #expect(obstacle.contains("does not answer"), "\(obstacle)")
    }
}
