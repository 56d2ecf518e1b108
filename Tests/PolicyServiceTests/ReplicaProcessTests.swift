import Bus
import Foundation
import Logging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// Two real processes of policy-service with one real PostgreSQL.
@Suite("Replicas as processes", .serialized, .postgreSQL, .enabled(if: PostgresServer.isInstalled))
struct ReplicaProcessTests {
    /// An edge that follows one of the replicas.
    private struct Edge {
        let bus: Bus
        let publications = Recorder<Publication>()
        let running: Task<Void, any Error>

        init(_ name: String, of service: PolicyServiceProcess) async throws {
            let bus = try service.edge(name)
            self.bus = bus
            bus.subscribe(to: .policyService) { [publications] in publications.record($0) }
            self.running = Task { try await bus.run() }
            try await eventually("the subscription of \(name)") { [publications] in
                publications.values.contains { if case .began = $0 { true } else { false } }
            }
        }

        /// The hosts that deltas have told of.
        var hosts: [String] {
            self.publications.values.flatMap { publication -> [String] in
                guard case .body(.policyDelta(let delta)) = publication else { return [] }
                return delta.changes.compactMap { if case .host(let host) = $0 { host.host } else { nil } }
            }
        }

        func snapshot() async throws -> PolicySnapshot? {
            let reply = try await self.bus.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(10))
            guard case .policySnapshot(let snapshot) = reply else { return nil }
            return snapshot
        }
    }

    private static func add(_ host: String, to service: PolicyServiceProcess, base: Int? = nil) async throws -> Int {
        let query = base.map { "?base=\($0)" } ?? ""
        return try await service.send("POST", "/v1/hosts\(query)", #"{"host":"\#(host)"}"#).status
    }

    @Test(
        "A commit at one reaches the edges of the other; a stale base is refused across them; killed, one loses nothing and comes back"
    )
    func together() async throws {
        let server = try #require(PostgresServer.current)
        let database = try await server.database(for: try Scratch("replicas"))
        let one = try PolicyServiceProcess(database: database, in: server)
        let other = try PolicyServiceProcess(database: database, in: server, replicaOf: one)
        let first = try await one.start()
        other.otherToken = try one.token
        let second = try await other.start()
        let edge = try await Edge("edge-of-other", of: other)
        defer { edge.running.cancel() }

        // By LISTEN and NOTIFY: well before the second at which a replica looks by itself would be over, but no test measures that here.
        #expect(try await Self.add("a.example", to: one) == 201)
        try await eventually("the delta at the other's edge") { edge.hosts == ["a.example"] }

        // The author has looked at version 0 at the other replica, and the first was faster.
        #expect(try await Self.add("stale.example", to: other, base: 0) == 412)
        #expect(try await Self.add("b.example", to: other, base: 1) == 201)
        try await eventually("the other way") {
            try await one.send("GET", "/v1/status").body["version"]?.integer == 2
        }

        // kill -9 while it commits: what it has acknowledged is there, and the other goes on alone.
        let acknowledged = Recorder<String>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for index in 0..<10_000 {
                    guard try await Self.add("h\(index).example", to: one) == 201 else { return }
                    acknowledged.record("h\(index).example")
                }
            }
            try await eventually("some commits") { acknowledged.values.count >= 20 }
            first.kill()
            try await group.waitForAll()
        }
        try await first.waitForExit()
        #expect(try await Self.add("alone.example", to: other) == 201)
        let expected = Set(acknowledged.values + ["a.example", "b.example", "alone.example"])
        try await eventually("all of it at the other's edge") { expected.subtracting(edge.hosts).isEmpty }
        #expect(Set(edge.hosts).subtracting(expected).count <= 1, "at most the one that was not acknowledged")
        #expect(Set(edge.hosts).count == edge.hosts.count, "each once")

        // It comes back, with all there was meanwhile.
        let third = try await one.start()
        let latecomer = try await Edge("edge-of-one", of: one)
        defer { latecomer.running.cancel() }
        let hosts = Set(try await latecomer.snapshot()?.hosts.map(\.host) ?? [])
        #expect(hosts == Set(edge.hosts))
        #expect(try await Self.add("last.example", to: other) == 201)
        try await eventually("the delta at both") {
            edge.hosts.last == "last.example" && latecomer.hosts.last == "last.example"
        }
        try await third.stop()
        try await second.stop()
    }
}
