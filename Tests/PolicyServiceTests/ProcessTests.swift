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
        "Killed in the midst of commits, it has every commit and subscription that was acknowledged, and of the others only whole ones",
        arguments: StoreKind.present
    )
    func killed(_ store: StoreKind) async throws {
        let service = try await store.process()
        let (commits, subscriptions) = (Recorder<String>(), Recorder<Int>())
        for round in 0..<3 {
            let child = try await service.start()
            let edge = try service.edge("edge-\(round)")
            let running = Task { try await edge.run() }
            let (enough, enoughSubscriptions) = (commits.values.count + 30, subscriptions.values.count + 30)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for index in 0..<10_000 {
                            let name = "h\(index).w\(writer).r\(round)"
                            guard try await Self.commitPair(name, to: service) else { return }
                            commits.record(name)
                        }
                    }
                    group.addTask {
                        for index in 0..<10_000 {
                            let number = index + 10_000 * (writer + 4 * round)
                            let record = Body.subscriptionPut(StoreContractTests.subscription(number))
                            let answer = try? await edge.request(record, to: .policyService, timeout: .seconds(60))
                            guard answer == .acknowledged else { return }
                            subscriptions.record(number)
                        }
                    }
                }
                try await eventually("enough commits and subscriptions") {
                    commits.values.count >= enough && subscriptions.values.count >= enoughSubscriptions
                }
                child.kill()
                // Who waits for an answer that will not come is told so when the connection breaks, or its end.
                try await child.waitForExit()
                running.cancel()
                try await group.waitForAll()
            }
        }
        let child = try await service.start()
        let configuration = try await service.send("GET", "/v1/configuration").body
        let hosts = Set((configuration["hosts"]?.elements ?? []).compactMap { $0["host"]?.text })
        let kept = Set(commits.values)
        #expect(kept.count >= 90)
        #expect(kept.allSatisfy { hosts.contains("a.\($0).example") && hosts.contains("b.\($0).example") })
        let whole = hosts.count { $0.hasPrefix("a.") && hosts.contains("b\($0.dropFirst())") }
        #expect(hosts.count == 2 * whole, "no commit is there in part")
        #expect(whole - kept.count <= 12, "what was written but not acknowledged: at most one a writer and kill")
        let version = try await service.send("GET", "/v1/status").body["version"]?.integer
        #expect(version == whole, "each version is one commit")
        #expect(subscriptions.values.count >= 90)
        #expect(try await Self.watchers(service).isSuperset(of: subscriptions.values.map { "w\($0)@example.org" }))
        try await child.stop()
        #expect(child.exitStatus == 0)
    }

    /// Two objects in one commit: half of one would be seen.
    private static func commitPair(_ name: String, to service: PolicyServiceProcess) async throws -> Bool {
        let additions = ["a", "b"].map {
            #"{"action":"add","collection":"hosts","document":{"host":"\#($0).\#(name).example"}}"#
        }
        let body = #"{"changes":[\#(additions.joined(separator: ","))]}"#
        return try await service.send("POST", "/v1/changes", body).status == 200
    }

    /// Who has a subscription, as administrators see it.
    private static func watchers(_ service: PolicyServiceProcess) async throws -> Set<String> {
        var watchers: Set<String> = []
        var cursor: String?
        repeat {
            let path = "/v1/subscriptions?limit=500" + (cursor.map { "&cursor=\($0)" } ?? "")
            let page = try await service.send("GET", path).body
            watchers.formUnion((page["items"]?.elements ?? []).compactMap { $0["watcher"]?.text })
            cursor = page["next"]?.text
        } while cursor != nil
        return watchers
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

        let edge = try service.edge("edge-1")
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
