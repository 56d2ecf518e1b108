import Bus
import Foundation
import Logging
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// What happened, noted from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let noted = Mutex<[Value]>([])

    var values: [Value] { self.noted.withLock { $0 } }

    func record(_ value: Value) { self.noted.withLock { $0.append(value) } }
}

@Suite("policy-service as a process", .serialized, .postgreSQL)
struct ProcessTests {
    /// The stores that a process is tried with.
    enum StoreKind: String, CaseIterable {
        case sqlite
        case postgreSQL

        static let present = Self.allCases.filter { $0 == .sqlite || PostgresServer.isInstalled }

        func process() async throws -> PolicyServiceProcess {
            guard self == .postgreSQL, let server = PostgresServer.current else { return try PolicyServiceProcess() }
            return try PolicyServiceProcess(database: try await server.database(for: try Scratch("killed")), in: server)
        }
    }

    @Test(
        "Killed in the midst of commits, it has every one that was acknowledged, and nothing of the others but whole ones",
        arguments: StoreKind.present
    )
    func killed(_ store: StoreKind) async throws {
        let service = try await store.process()
        let acknowledged = Recorder<String>()
        for round in 0..<3 {
            let child = try await service.start()
            let enough = acknowledged.values.count + 30
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for index in 0..<10_000 {
                            let host = "h\(index).w\(writer).r\(round).example"
                            let answer = try await service.send("POST", "/v1/hosts", #"{"host":"\#(host)"}"#)
                            guard answer.status == 201 else { return }
                            acknowledged.record(host)
                        }
                    }
                }
                try await eventually("enough commits") { acknowledged.values.count >= enough }
                child.kill()
                try await group.waitForAll()
            }
            try await child.waitForExit()
        }
        let child = try await service.start()
        let configuration = try await service.send("GET", "/v1/configuration").body
        let hosts = Set((configuration["hosts"]?.elements ?? []).compactMap { $0["host"]?.text })
        let kept = Set(acknowledged.values)
        #expect(kept.count >= 90)
        #expect(kept.subtracting(hosts).isEmpty)
        #expect(
            hosts.subtracting(kept).count <= 12,
            "what was written but not acknowledged: at most one a writer and kill"
        )
        let version = try await service.send("GET", "/v1/status").body["version"]?.integer
        #expect(version == hosts.count, "each version is one commit")
        try await child.stop()
        #expect(child.exitStatus == 0)
    }

    @Test(
        "Over the bus: an edge gets the snapshot, the deltas of a commit in their order, and is seen by administrators"
    )
    func bus() async throws {
        let service = try PolicyServiceProcess()
        let child = try await service.start()
        #expect(
            try await service.send("POST", "/v1/partners", #"{"domain":"a.example","sasl":"optional"}"#).status == 201
        )

        let logger = Logger.silent
        let configuration = Bus.Configuration(
            service: .sipEdge,
            keysDirectory: service.keys,
            listen: "tcp://127.0.0.1:*",
            addresses: [
                .policyService: Bus.Configuration.Address(
                    requests: "tcp://127.0.0.1:\(service.requestPort)",
                    publications: "tcp://127.0.0.1:\(service.publicationPort)"
                )
            ]
        )
        let edge = try Bus(configuration, instance: "edge-1", logger: logger, metrics: MetricsRegistry())
        let publications = Recorder<Publication>()
        edge.subscribe(to: .policyService) { publications.record($0) }
        let running = Task { try await edge.run() }
        defer { running.cancel() }
        let record = EdgeRecord(kind: .sip, instance: "edge-1", endpoint: "tcp://127.0.0.1:9")
        let answer = try await edge.request(
            .edgeHeartbeat(EdgeHeartbeat(edge: record)),
            to: .policyService,
            timeout: .seconds(10)
        )
        #expect(answer == .acknowledged)
        try await eventually("the subscription") {
            publications.values.contains { if case .began = $0 { true } else { false } }
        }
        guard
            case .policySnapshot(let snapshot) = try await edge.request(
                .policySnapshotRequest,
                to: .policyService,
                timeout: .seconds(10)
            )
        else {
            Issue.record("no snapshot")
            return
        }
        var state = PolicyState(snapshot)
        #expect(state.edges["edge-1"] == record)
        #expect(state.partner(ofDomain: "a.example")?.sasl == .optional)

        let whole = #"{"domains":[{"domain":"sip.example"}],"hosts":[{"host":"192.0.2.1"}]}"#
        #expect(try await service.send("PUT", "/v1/configuration", whole).status == 200)
        #expect(try await service.send("DELETE", "/v1/hosts/192.0.2.1").status == 200)
        let before = state.sequence
        try await eventually("three changes") {
            state = PolicyState(snapshot)
            for case .body(.policyDelta(let delta)) in publications.values {
                _ = state.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes)
            }
            return state.sequence == before + 3
        }
        #expect(state.isLocal("sip.example") && state.host("192.0.2.1") == nil)
        let edges = try await service.send("GET", "/v1/edges").body["items"]?.elements
        #expect(edges?.map { $0["instance"]?.text } == ["edge-1"])
        try await child.stop()
    }

    @Test("A store that cannot be opened ends the process with a failure, and says why")
    func badStore() async throws {
        let service = try PolicyServiceProcess()
        try service.scratch.write(
            "this is no database, whatever it is called, and long enough to look like one",
            to: "policy.sqlite"
        )
        let child = try await service.start()
        try await child.waitForExit()
        #expect(child.exitStatus == 1)
        #expect(try String(contentsOf: child.log, encoding: .utf8).contains("not a database"))
    }
}
