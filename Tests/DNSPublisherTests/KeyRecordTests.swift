import Logging
import Policy
import TestSupport
import Testing
import Wire

@testable import DNS
@testable import DNSPublisher

@Suite("TLSA records and what needs no review")
struct KeyRecordTests {
    private static let digests = ["a", "b", "c"].map { String(repeating: $0, count: 64) }
    private static var settings: DesiredRecords.Settings {
        var settings = DesiredRecordsTests.settings
        settings.keyUses = [.xmpp, .sip]
        settings.ttl = 120
        return settings
    }

    private static func key(_ use: CertificateUse, _ digest: Int, _ names: String...) -> DNSAssociation {
        DNSAssociation(use, names: names, digest: self.digests[digest])
    }

    private func keys(_ desired: DesiredRecords) -> [String] {
        desired.records.filter { $0.type == "TLSA" }.map { "\($0.name) \($0.data.prefix(9))" }
    }

    @Test("A key is published for each port of the access names of the domains that its certificate serves")
    func places() {
        let keys = [
            Self.key(.xmpp, 0, "contoso.test"), Self.key(.sip, 1, "sip.contoso.test"), Self.key(.xmpp, 2, "other.test"),
        ]
        let desired = DesiredRecords(Self.settings, domains: ["contoso.test"], edges: [], keys: keys)
        #expect(
            self.keys(desired) == [
                "_5061._tcp.sip.contoso.test 3 1 1 bbb", "_5269._tcp.xmpp.contoso.test 3 1 1 aaa",
                "_5270._tcp.xmpp.contoso.test 3 1 1 aaa",
            ]
        )
        var settings = Self.settings
        settings.keyUses = [.xmpp]
        settings.ports.xmppDirectTLS = 0
        #expect(
            self.keys(DesiredRecords(settings, domains: ["contoso.test"], edges: [], keys: keys))
                == ["_5269._tcp.xmpp.contoso.test 3 1 1 aaa"]
        )
        settings.keyUses = []
        #expect(self.keys(DesiredRecords(settings, domains: ["contoso.test"], edges: [], keys: keys)) == [])
    }

    @Test("While cert-service has not said which keys serve, those that are there stay")
    func unknownKeys() {
        let desired = DesiredRecords(Self.settings, domains: ["contoso.test"], edges: [], keys: nil)
        #expect(self.keys(desired) == [])
        #expect(desired.held.contains(RecordSet(name: "_5269._tcp.xmpp.contoso.test", type: "TLSA")))
    }

    @Test(
        "A rollover in a real server: seen when it is there, the old one goes last",
        .enabled(if: NameServer.isInstalled && KnotServer.isInstalled),
        arguments: UpdatableServer.Product.allCases
    )
    func rollover(_ product: UpdatableServer.Product) async throws {
        let server = try await UpdatableServer(product)
        let publisher = Publisher(
            PublishingSettings(records: Self.settings, propagation: 30),
            target: ServerTarget(client: server.client),
            logger: .silent
        )
        await publisher.follow(domains: ["contoso.test"], edges: [])
        let (old, new) = (Self.key(.xmpp, 0, "contoso.test"), Self.key(.xmpp, 1, "contoso.test"))
        func apply() async throws -> DNSResult {
            try await publisher.apply(DNSApplyRequest(checksum: publisher.plan().checksum))
        }
        func published() throws -> [String] {
            try server.client.records(name: "_5269._tcp.xmpp.contoso.test", type: "TLSA").map(\.data).sorted()
        }
        var state = try await publisher.follow(keys: [old])
        #expect(state == DNSAssociationsState(uses: [.sip, .xmpp], visible: [], wait: 150))
        #expect(try await publisher.plan().warnings.contains { $0.contains("not signed") })
        #expect(try await apply().isVerified)
        state = try await publisher.follow(keys: [old, new])
        #expect(state.visible == [old])
        #expect(try await apply().isVerified)
        #expect(try published() == ["3 1 1 \(old.digest)", "3 1 1 \(new.digest)"])
        state = try await publisher.follow(keys: [old, new])
        #expect(state.visible == [old, new])
        _ = try await publisher.follow(keys: [new])
        #expect(try await apply().isVerified)
        #expect(try published() == ["3 1 1 \(new.digest)"])
        // A publisher that has lost everything it knew finds its own marks, and changes nothing before it knows the keys.
        let second = Publisher(
            PublishingSettings(records: Self.settings),
            target: ServerTarget(client: server.client),
            logger: .silent
        )
        await second.follow(domains: ["contoso.test"], edges: [])
        #expect(try await second.plan().isEmpty)
    }

    @Test(
        "What is automatic is done without a review, and nothing else: a draining edge leaves DNS at once",
        .enabled(if: NameServer.isInstalled)
    )
    func automatic() async throws {
        let server = try await UpdatableServer()
        let publisher = Publisher(
            PublishingSettings(records: Self.settings, automaticTypes: ["A", "AAAA", "TLSA"]),
            target: ServerTarget(client: server.client),
            logger: .silent
        )
        func addresses() throws -> [String] {
            try server.client.records(name: "xmpp.contoso.test", type: "A").map(\.data).sorted()
        }
        let stays = DesiredRecordsTests.edge(.xmpp, "192.0.2.1")
        await publisher.follow(domains: ["contoso.test"], edges: [stays, DesiredRecordsTests.edge(.xmpp, "192.0.2.2")])
        // The five SRV records, each with its mark, are for somebody to review.
        #expect(await publisher.checkDrift() == 10)
        #expect(try addresses() == ["192.0.2.1", "192.0.2.2"])
        await publisher.follow(
            domains: ["contoso.test"],
            edges: [stays, DesiredRecordsTests.edge(.xmpp, "192.0.2.2", draining: true)]
        )
        #expect(await publisher.checkDrift() == 10)
        #expect(try addresses() == ["192.0.2.1"])
        let key = Self.key(.xmpp, 0, "contoso.test")
        #expect(try await publisher.follow(keys: [key]).visible == [key])
    }
}
