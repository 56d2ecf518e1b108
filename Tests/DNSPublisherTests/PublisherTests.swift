import Logging
import Policy
import TestSupport
import Testing
import Wire

@testable import DNS
@testable import DNSPublisher

@Suite("Publishing into a real BIND and a real Knot", .enabled(if: NameServer.isInstalled && KnotServer.isInstalled))
struct PublisherTests {
    static func publisher(_ target: any Target) async -> Publisher {
        let publisher = Publisher(
            PublishingSettings(records: DesiredRecordsTests.settings),
            target: target,
            logger: Logger(label: "test")
        )
        await publisher.follow(
            domains: ["contoso.test"],
            edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.1"), DesiredRecordsTests.edge(.sip, "192.0.2.9")]
        )
        return publisher
    }

    @Test(
        "A plan is applied and read back; the second is empty; what is not ours stays",
        arguments: UpdatableServer.Product.allCases,
        UpdateKey.Algorithm.allCases
    )
    func applies(_ product: UpdatableServer.Product, _ algorithm: UpdateKey.Algorithm) async throws {
        let server = try await UpdatableServer(product, algorithm: algorithm)
        let publisher = await Self.publisher(ServerTarget(client: server.client))
        let plan = try await publisher.plan()
        #expect(plan.zones.map(\.zone) == ["contoso.test"])
        let result = try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        #expect(result.isVerified, "\(result.text)")
        #expect(result.applied == 14)  // five SRV and two A records, each with its mark

        let second = try await publisher.plan()
        #expect(second.isEmpty)
        let client = server.client
        #expect(
            try client.records(name: "_xmpp-server._tcp.contoso.test", type: "SRV").map(\.data)
                == ["10 0 5269 xmpp.contoso.test."]
        )
        #expect(
            Set(try client.records(name: "_sip._tcp.contoso.test", type: "SRV").map(\.data))
                == ["5 0 5060 old.contoso.test.", "10 0 5060 sip.contoso.test."]
        )

        // A domain goes, an edge moves: ours go with it, the foreign record stays.
        await publisher.follow(domains: [], edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.2")])
        let zones = PublishingSettings(records: DesiredRecordsTests.settings, zones: ["contoso.test"])
        let moved = Publisher(zones, target: ServerTarget(client: client), logger: Logger(label: "test"))
        await moved.follow(domains: [], edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.2")])
        let removal = try await moved.plan()
        #expect(removal.needsForce)
        await #expect(throws: Failure.self) { try await moved.apply(DNSApplyRequest(checksum: removal.checksum)) }
        let removed = try await moved.apply(DNSApplyRequest(checksum: removal.checksum, force: true))
        #expect(removed.isVerified, "\(removed.text)")
        #expect(try client.records(name: "_xmpp-server._tcp.contoso.test", type: "SRV").isEmpty)
        #expect(
            try client.records(name: "_sip._tcp.contoso.test", type: "SRV").map(\.data)
                == ["5 0 5060 old.contoso.test."]
        )
        #expect(try client.records(name: "xmpp.contoso.test", type: "A").map(\.data) == ["192.0.2.2"])
        // No SIP edge lives: its address is held, not withdrawn.
        #expect(try client.records(name: "sip.contoso.test", type: "A").map(\.data) == ["192.0.2.9"])
    }

    @Test("A plan that is no longer the one that was reviewed is refused")
    func changedSinceReview() async throws {
        let server = try await UpdatableServer()
        let publisher = await Self.publisher(ServerTarget(client: server.client))
        let plan = try await publisher.plan()
        await publisher.follow(
            domains: ["contoso.test"],
            edges: [DesiredRecordsTests.edge(.xmpp, "192.0.2.77"), DesiredRecordsTests.edge(.sip, "192.0.2.9")]
        )
        let failure = await #expect(throws: Failure.self) {
            try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        }
        #expect(failure?.code == .conflict)
        #expect(try server.client.records(name: "_isthmus.contoso.test", type: "TXT").isEmpty)
    }

    @Test(
        "Somebody else edits the zone between our look and our update: nothing is done",
        arguments: UpdatableServer.Product.allCases
    )
    func concurrentEditor(_ product: UpdatableServer.Product) async throws {
        let server = try await UpdatableServer(product)
        let publisher = await Self.publisher(ServerTarget(client: server.client))
        let zone = try #require(try await publisher.plan().zones.first)
        let intruder = UpdateRecord(name: "_sips._tcp.contoso.test", type: "SRV", ttl: 60, data: "1 1 1 x.test.")
        try server.client.send(UpdateMessage(zone: "contoso.test", changes: [.add(intruder)]))
        let error = #expect(throws: TargetError.self) { try ServerTarget(client: server.client).apply(zone) }
        #expect(error?.code == .conflict, "\(String(describing: error))")
        #expect(try server.client.records(name: "_isthmus.contoso.test", type: "TXT").isEmpty)
        #expect(try server.client.records(name: "_sips._tcp.contoso.test", type: "SRV") == [intruder])
    }

    static let wrongKeys: [(String, UpdateError)] = [
        ("hmac-sha256:isthmus:\(String(repeating: "A", count: 43))=", .keyRejected(code: "BADSIG")),
        ("hmac-sha256:nobody:\(String(repeating: "A", count: 43))=", .keyRejected(code: "BADKEY")),
    ]

    @Test("A wrong key is rejected and nothing is changed", arguments: UpdatableServer.Product.allCases, wrongKeys)
    func wrongKey(_ product: UpdatableServer.Product, _ key: (text: String, error: UpdateError)) async throws {
        let (text, error) = key
        let server = try await UpdatableServer(product)
        let key: UpdateKey = try #require(UpdateKey(contents: text))
        let client = server.client(key: key)
        let record = UpdateRecord(name: "a.contoso.test", type: "A", ttl: 60, data: "192.0.2.1")
        #expect(throws: error) { try client.send(UpdateMessage(zone: "contoso.test", changes: [.add(record)])) }
        #expect(try server.client.records(name: "a.contoso.test", type: "A").isEmpty)
        let publisher = await Self.publisher(ServerTarget(client: client))
        await #expect(throws: TargetError.server(zone: "contoso.test", error)) { _ = try await publisher.plan() }
    }

    @Test(
        "A signature that has come too late is BADTIME: the words say how far the clocks are apart",
        arguments: UpdatableServer.Product.allCases
    )
    func badTime(_ product: UpdatableServer.Product) async throws {
        let server = try await UpdatableServer(product)
        let record = UpdateRecord(name: "a.contoso.test", type: "A", ttl: 60, data: "192.0.2.1")
        let packet = try UpdatePacket(UpdateMessage(zone: "contoso.test", changes: [.add(record)]))
        // Good for its second alone: sent two later, it is what a server sees whose clock is ahead.
        let signature = try packet.sign(with: server.key, skew: 0)
        let message = try packet.encoded()
        let signed = ContinuousClock.now
        try await eventually("another second") { signed.duration(to: .now) > .seconds(2) }
        let error = #expect(throws: UpdateError.self) {
            _ = try server.client.exchange(message, signature: signature)
        }
        guard case .clocksDiffer(let seconds)? = error, let error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((1...300).contains(seconds))
        #expect("\(error)".contains("BADTIME, its clock is \(seconds) s ahead of ours"))
        #expect(TargetError.server(zone: "contoso.test", error).code == .unavailable)
        #expect(try server.client.records(name: "a.contoso.test", type: "A").isEmpty)
    }

    @Test(
        "What a server says of a key is explained",
        arguments: [
            ("BADKEY", "knows no key of this name"), ("BADSIG", "the secret is another one"),
            ("BADTRUNC", "longer signatures"),
        ]
    )
    func rejection(_ code: String, _ words: String) {
        #expect("\(UpdateError.keyRejected(code: code))".contains("\(code) ("))
        #expect("\(UpdateError.keyRejected(code: code))".contains(words))
    }

    @Test(
        "An update without a key, or of a zone that is not to be changed, is refused",
        arguments: [
            (.bind, .refused(code: "REFUSED"), .refused(code: "REFUSED")),
            (.knot, .refused(code: "NOTAUTH"), .keyRejected(code: "BADKEY")),
        ] as [(UpdatableServer.Product, UpdateError, UpdateError)]
    )
    func refused(_ product: UpdatableServer.Product, _ keyless: UpdateError, _ fixedZone: UpdateError) async throws {
        let server = try await UpdatableServer(product)
        let record = UpdateRecord(name: "a.contoso.test", type: "A", ttl: 60, data: "192.0.2.1")
        #expect(throws: keyless) {
            try server.client(key: nil).send(UpdateMessage(zone: "contoso.test", changes: [.add(record)]))
        }
        let fixed = UpdateRecord(name: "a.fixed.test", type: "A", ttl: 60, data: "192.0.2.1")
        #expect(throws: fixedZone) {
            try server.client.send(UpdateMessage(zone: "fixed.test", changes: [.add(fixed)]))
        }
        #expect(throws: UpdateError.refused(code: "NOTAUTH")) {
            try server.client.send(UpdateMessage(zone: "elsewhere.test", changes: [.add(record)]))
        }
        #expect(throws: UpdateError.self) {
            let broken = UpdateRecord(name: "a.contoso.test", type: "A", ttl: 60, data: "nonsense")
            try server.client.send(UpdateMessage(zone: "contoso.test", changes: [.add(broken)]))
        }
    }

    @Test("A server that is gone is an error, and no reason to stop", arguments: UpdatableServer.Product.allCases)
    func serverGone(_ product: UpdatableServer.Product) async throws {
        let server = try await UpdatableServer(product)
        let publisher = await Self.publisher(ServerTarget(client: server.client))
        let plan = try await publisher.plan()
        try await server.stop()
        let failure = await #expect(throws: Failure.self) {
            try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        }
        #expect(failure?.code == .unavailable)
        #expect(await publisher.checkDrift() == nil)
    }

    @Test("Drift is counted", arguments: UpdatableServer.Product.allCases)
    func drift(_ product: UpdatableServer.Product) async throws {
        let server = try await UpdatableServer(product)
        let publisher = await Self.publisher(ServerTarget(client: server.client))
        let plan = try await publisher.plan()
        #expect(await publisher.checkDrift() == 14)
        _ = try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))
        #expect(await publisher.checkDrift() == 0)
        let record = UpdateRecord(name: "xmpp.contoso.test", type: "A", ttl: 300, data: "192.0.2.1")
        try server.client.send(UpdateMessage(zone: "contoso.test", changes: [.delete(record)]))
        #expect(await publisher.checkDrift() == 1)
    }
}
