import Foundation
import FoundationNetworking
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("Backups", .postgreSQL)
struct BackupTests {
    private static let audit = AuditEntry(time: 77, author: "root", action: "backup restore")

    @Test(
        "What one store has, a backup brings to another, of whatever kind, and numbers go on from there",
        arguments: StoreContractTests.stores,
        StoreContractTests.stores
    )
    func portable(_ from: StoreContractTests.Kind, _ to: StoreContractTests.Kind) async throws {
        let source = try await from.open(try Scratch("backup"))
        let changes = PolicyDifference.changes(from: PolicySnapshot(), to: StoreContractTests.policy)
        try await source.commit(StoreContractTests.commit(1, changes))
        try await source.apply((0..<3).map { .put(StoreContractTests.subscription($0)) })
        try await source.add((0..<4).map(StoreContractTests.refusal), keeping: 10)
        let (alice, bob) = (
            TokenRecord(name: "alice", role: .viewer, hash: "abc", createdAt: 5),
            TokenRecord(name: "bob", role: .admin, hash: "def", createdAt: 6)
        )
        try await source.put(alice)
        let file = try BackupFile(
            BackupFile(program: "9.9", time: 5, rows: try await source.backup()).data
        )
        #expect(file.header["configuration-version"] == .integer(1))

        let target = try await to.open(try Scratch("backup"))
        try await target.commit(StoreContractTests.commit(1, [.host(HostAuthorization(host: "other.example"))]))
        try await target.put(bob)
        try await target.put(TokenRecord(name: "eve", role: .admin, hash: "eve", createdAt: 6))
        try await target.restore(file.rows, keeping: bob, Self.audit)
        #expect(try await target.load() == source.load())
        #expect(try await target.tokens() == [alice, bob])
        #expect(try await target.subscriptions(SubscriptionQuery(limit: 9)).records.count == 3)
        #expect(
            try await target.refusals(RefusalFilter(), PageRequest()) == source.refusals(RefusalFilter(), PageRequest())
        )
        #expect(try await target.audit(PageRequest()).map(\.action) == ["backup restore", "commit"])
        // Numbers go on.
        try await target.commit(StoreContractTests.commit(2, []))
        try await target.add([StoreContractTests.refusal(9)], keeping: 10)
        try await target.apply([.put(StoreContractTests.subscription(8))])
        #expect(try await target.refusals(RefusalFilter(), PageRequest()).map(\.record.time) == [9, 3, 2, 1, 0])
        #expect(try await target.subscriptions(SubscriptionQuery(limit: 9)).records.count == 4)
    }

    @Test("A backup that this release does not know changes nothing", arguments: StoreContractTests.stores)
    func unknown(_ kind: StoreContractTests.Kind) async throws {
        let store = try await kind.open(try Scratch("backup"))
        try await store.commit(StoreContractTests.commit(1, [.host(HostAuthorization(host: "a.example"))]))
        let rows = try await store.backup()
        for row in [
            BackupFile.Row(table: "future", values: [:]), BackupFile.Row(table: "host", values: ["host": .text("b")]),
            BackupFile.Row(table: "host", values: ["host": .text("b"), "colour": .text("red")]),
        ] {
            let added = rows + [row]
            await #expect(throws: BackupError.self) { try await store.restore(added, keeping: nil, Self.audit) }
        }
        #expect(try await store.load().policy.hosts.map(\.host) == ["a.example"])
        #expect(try await store.audit(PageRequest()).count == 1)
    }

    @Test("A file that is damaged, shortened, of a later release or no backup is told apart")
    func files() throws {
        let rows = [
            BackupFile.Row(
                table: "configuration",
                values: ["id": .integer(1), "version": .integer(3), "settings": .text("{}")]
            )
        ]
        let file = BackupFile(program: "1.0", time: 5, rows: rows)
        let read = try BackupFile(file.data)
        #expect(read.rows.map(\.table) == ["configuration"] && read.rows[0].values["version"] == .integer(3))
        #expect(read.header["program"] == .text("1.0"))
        let text = String(decoding: file.data, as: UTF8.self)
        func error(_ text: String) -> BackupError? {
            do throws(BackupError) {
                _ = try BackupFile(Data(text.utf8))
                return nil
            } catch {
                return error
            }
        }
        #expect(error(text.replacing(#""version":3"#, with: #""version":4"#)) == .damaged)
        #expect(error(text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n") == .incomplete)
        #expect(
            error(text.replacing(#""format-version":1"#, with: #""format-version":2"#))
                == .later(version: 2, program: "1.0")
        )
        #expect(error("hello\nworld\n") == .notABackup)
        #expect(error("") == .notABackup)
    }

    @Test(
        "Over the API: only an administrator; what is there is replaced only by force; edges begin anew; the audit log has both"
    )
    func api() async throws {
        let api = try await RunningAPI()
        #expect(try await api.send("POST", "/v1/hosts", #"{"host":"a.example"}"#).status == 201)
        #expect(try await api.bytes("/v1/backup", token: api.operating).status == 403)
        let backup = try await api.bytes("/v1/backup")
        #expect(backup.status == 200)
        #expect(try await api.send("POST", "/v1/hosts", #"{"host":"b.example"}"#).status == 201)
        let edge = PolicyState(await api.engine.snapshot)

        let text = String(decoding: backup.body, as: UTF8.self)
        #expect(try await api.send("POST", "/v1/backup/restore", text, token: api.operating).status == 403)
        #expect(try await api.send("POST", "/v1/backup/restore", text).status == 409)
        #expect(try await api.send("POST", "/v1/backup/restore?force=true", text + "x").status == 400)
        #expect(await api.engine.version == 2)
        let restored = try await api.send("POST", "/v1/backup/restore?force=true&reason=drill", text)
        #expect(restored.status == 200 && restored.body["version"] == .integer(1))
        #expect(await api.engine.snapshot.hosts.map(\.host) == ["a.example"])
        var behind = edge
        let delta = try #require(api.surroundings.deltas.last)
        #expect(
            behind.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes) == .snapshotNeeded
        )
        let audit = try await api.store.audit(PageRequest())
        #expect(audit.first?.action == "backup restore" && audit.first?.reason == "drill")
        #expect(try await api.send("POST", "/v1/hosts", #"{"host":"c.example"}"#).body["version"] == .integer(2))
    }
}

extension RunningAPI {
    /// The bytes of an answer that is no document.
    func bytes(_ path: String, token: String? = nil) async throws -> (status: Int, body: Data) {
        guard let url = URL(string: self.base + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.setValue("Bearer \(token ?? self.admin)", forHTTPHeaderField: "Authorization")
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }
}
