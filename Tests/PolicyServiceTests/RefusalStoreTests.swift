import Foundation
import GRDB
import Messaging
import Policy
import TestSupport
import Testing

@testable import PolicyService

@Suite("Refusals in full", .postgreSQL)
struct RefusalStoreTests {
    static func refusal(_ index: Int) -> RefusalRecord {
        var record = StoreContractTests.refusal(index)
        record.direction = index.isMultiple(of: 2) ? .inbound : .outbound
        record.partner = index < 4 ? "a.example" : "b.example"
        record.localDomain = "sip.example"
        record.remoteDomain = "im\(index).example"
        record.peerPort = 5_269
        record.step = .tls
        record.rule = "partner a.example: tls=required"
        record.certificate = RefusalCertificate(
            subject: "CN=“a”; DROP TABLE",
            issuer: "CN=ca",
            names: ["DNS:a.example", "SRV:_xmpp-server.a.example"],
            fingerprint: "00ff",
            notBefore: -1,
            notAfter: 4_102_444_800,
            rejection: "expired"
        )
        return record
    }

    @Test(
        "Everything of a record comes back, and each filter finds what it names",
        arguments: StoreContractTests.stores
    )
    func filters(_ kind: StoreContractTests.Kind) async throws {
        let store = try await kind.open(try Scratch("store"))
        try await store.add((0..<8).map(Self.refusal), keeping: 100)
        let all = try await store.refusals(RefusalFilter(), PageRequest())
        #expect(all.map(\.record) == (0..<8).reversed().map(Self.refusal))
        let cases: [((inout RefusalFilter) -> Void, [Int64])] = [
            ({ $0.partner = "a.example" }, [3, 2, 1, 0]), ({ $0.domain = "im5.example" }, [5]),
            ({ $0.domain = "sip.example" }, [7, 6, 5, 4, 3, 2, 1, 0]), ({ $0.direction = .outbound }, [7, 5, 3, 1]),
            ({ ($0.since, $0.until) = (2, 5) }, [4, 3, 2]), ({ $0.domain = "a.example" }, []),
            (
                {
                    $0.direction = .inbound
                    $0.partner = "b.example"
                    $0.reason = .unknownPartner
                }, [6]
            ),
        ]
        for (change, times) in cases {
            var filter = RefusalFilter()
            change(&filter)
            #expect(try await store.refusals(filter, PageRequest()).map(\.record.time) == times)
        }
        let first = try #require(all.first)
        #expect(try await store.refusal(first.number) == first)
        #expect(try await store.refusal(4_711) == nil)
    }

    @Test("A store of the schema before keeps its refusals, and everything else, and takes new ones")
    func migration() async throws {
        let scratch = try Scratch("store")
        let path = scratch.file("policy.sqlite").path
        do {
            let database = try DatabaseQueue(path: path)
            try Schema.migrator.migrate(database, upTo: "1: audit, subscriptions, refusals, edges, tokens")
            try await database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO refusal
                            (time, service, message_id, subject, sender, recipient, peer, reason, answer, text)
                        VALUES (7, 'sip-edge', 'm1', 'message', 'a', 'b', 'c', 'no-route', '404', 'words');
                        INSERT INTO token (name, role, hash, created_at) VALUES ('alice', 'viewer', 'h', 5);
                        """
                )
            }
            try database.close()
        }
        let store = try SQLiteStore(path: path)
        let old = RefusalRecord(
            time: 7,
            service: "sip-edge",
            messageID: MessageID("m1"),
            subject: "message",
            from: "a",
            to: "b",
            peer: "c",
            reason: .noRoute,
            answer: "404",
            text: "words"
        )
        #expect(try await store.refusals(RefusalFilter(), PageRequest()).map(\.record) == [old])
        #expect(try await store.tokens().map(\.name) == ["alice"])
        try await store.add([Self.refusal(1)], keeping: 10)
        #expect(try await store.refusals(RefusalFilter(), PageRequest()).map(\.record) == [Self.refusal(1), old])
        // Opened again, nothing is left to do.
        #expect(try await SQLiteStore(path: path).refusals(RefusalFilter(), PageRequest()).count == 2)
    }

    @Test("What an edge did not bound is bounded before it is kept")
    func bounded() async throws {
        let api = try await RunningAPI()
        var record = Self.refusal(1)
        record.text = String(repeating: "\u{1b}", count: 1_000_000)
        await api.refusals.add([record])
        let kept = try #require(try await api.refusals.list(RefusalFilter(), PageRequest()).first?.record)
        #expect(kept.text.utf8.count <= RefusalRecord.textLimit && !kept.text.contains("\u{1b}"))
    }

    @Test("The API filters by partner, domain, direction and time, and shows one with its certificate")
    func api() async throws {
        let api = try await RunningAPI()
        await api.refusals.add((0..<8).map(Self.refusal))
        func found(_ query: String) async throws -> [String] {
            try await api.send("GET", "/v1/refusals?\(query)").body["items"]?.elements?
                .compactMap { $0["remote-domain"]?.text } ?? []
        }
        #expect(try await found("partner=A.example&direction=outbound") == ["im3.example", "im1.example"])
        #expect(try await found("domain=im5.example") == ["im5.example"])
        #expect(try await found("since=1970-01-01T00:00:00.006Z") == ["im7.example", "im6.example"])
        #expect(try await found("until=1970-01-01T00:00:00.001Z") == ["im0.example"])
        #expect(try await found("since=2026-01-01T00:00:00Z").isEmpty)
        for wrong in ["since=yesterday", "direction=up", "reason=nonsense"] {
            #expect(try await api.send("GET", "/v1/refusals?\(wrong)").status == 400)
        }
        let number = try await api.send("GET", "/v1/refusals?domain=im5.example").body["items"]?.elements?.first?[
            "number"
        ]
        let one = try await api.send("GET", "/v1/refusals/\(number?.integer ?? 0)").body
        #expect(one["step"]?.text == "tls" && one["peer-port"]?.integer == 5_269)
        #expect(one["certificate"]?["names"]?.elements?.count == 2)
        for missing in ["0", "4711", "x"] {
            #expect(try await api.send("GET", "/v1/refusals/\(missing)").status == 404)
        }
    }
}
