import Logging
import TestSupport
import Testing
import Wire

@testable import DNS
@testable import DNSPublisher

@Suite("Proofs of names in a real BIND", .enabled(if: NameServer.isInstalled))
struct ChallengeTests {
    private static let place = "_acme-challenge.contoso.test"

    private func texts(_ server: UpdatableServer) throws -> [String] {
        try server.client.records(name: Self.place, type: "TXT").map(\.data).sorted()
    }

    @Test("A proof comes and goes with its mark; the plan neither sees it nor touches it, and what is not ours stays")
    func comesAndGoes() async throws {
        let server = try await UpdatableServer()
        let foreign = UpdateRecord(name: Self.place, type: "TXT", ttl: 60, data: "\"of somebody else\"")
        try server.client.send(UpdateMessage(zone: "contoso.test", changes: [.add(foreign)]))
        let publisher = await PublisherTests.publisher(ServerTarget(client: server.client))
        let plan = try await publisher.plan()
        _ = try await publisher.apply(DNSApplyRequest(checksum: plan.checksum))

        // A wildcard and its domain share the place.
        for text in ["one", "two", "two"] {
            try await publisher.put(DNSChallenge(name: "Contoso.test", text: text))
        }
        #expect(try self.texts(server) == ["\"of somebody else\"", "\"one\"", "\"two\""])
        #expect(try await publisher.plan().isEmpty)
        for text in ["one", "two", "two", "of somebody else"] {
            try await publisher.put(DNSChallenge(name: "contoso.test", text: text, isRemoval: true))
        }
        #expect(try self.texts(server) == ["\"of somebody else\""])
        #expect(try await publisher.plan().isEmpty)
    }

    @Test("A proof that a crash has left behind is in the plan, to be removed")
    func leftover() async throws {
        let server = try await UpdatableServer()
        let first = await PublisherTests.publisher(ServerTarget(client: server.client))
        _ = try await first.apply(DNSApplyRequest(checksum: try await first.plan().checksum))
        try await first.put(DNSChallenge(name: "contoso.test", text: "proof"))
        let second = await PublisherTests.publisher(ServerTarget(client: server.client))
        let plan = try await second.plan()
        #expect(plan.zones.first?.deletions.contains { $0.name == Self.place } == true)
        _ = try await second.apply(DNSApplyRequest(checksum: plan.checksum))
        #expect(try self.texts(server).isEmpty)
    }

    @Test("Without a server, outside of our zones, or where a CNAME stands, the reason says so")
    func refusals() async throws {
        let server = try await UpdatableServer()
        let publisher = await PublisherTests.publisher(ServerTarget(client: server.client))
        let alias = UpdateRecord(
            name: "_acme-challenge.sip.contoso.test",
            type: "CNAME",
            ttl: 60,
            data: "x.contoso.test."
        )
        try server.client.send(UpdateMessage(zone: "contoso.test", changes: [.add(alias)]))
        let printed = Publisher(
            PublishingSettings(records: DesiredRecordsTests.settings),
            target: nil,
            logger: Logger(label: "test")
        )
        for (who, name, words) in [
            (printed, "contoso.test", "No DNS server"), (publisher, "elsewhere.test", "no zone that is managed here"),
            (publisher, "not a name", "is no name"), (publisher, "sip.contoso.test", "is there a CNAME"),
        ] {
            let failure = await #expect(throws: Failure.self) {
                try await who.put(DNSChallenge(name: name, text: "proof"))
            }
            #expect(failure?.text.contains(words) == true, "\(String(describing: failure))")
        }
    }

    @Test("A wrong key changes nothing")
    func wrongKey() async throws {
        let server = try await UpdatableServer()
        let key: UpdateKey = try #require(
            UpdateKey(contents: "hmac-sha256:isthmus:\(String(repeating: "A", count: 43))=")
        )
        let publisher = await PublisherTests.publisher(ServerTarget(client: server.client(key: key)))
        await #expect(throws: Failure.self) {
            try await publisher.put(DNSChallenge(name: "contoso.test", text: "proof"))
        }
        #expect(try self.texts(server).isEmpty)
    }
}
