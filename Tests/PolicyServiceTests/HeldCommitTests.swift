import Bus
import Foundation
import Logging
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// A commit that is being worked out for as long as a test wants, as one of very many objects is.
final class HeldCommit: Sendable {
    private let mayEnd = DispatchSemaphore(value: 0)
    private let result: Task<CommitResult, any Error>

    /// Returns as soon as the commit is being worked out.
    init(_ engine: PolicyEngine, _ changes: PolicyChange...) async throws {
        let mayEnd = self.mayEnd
        let isUnderWay = Recorder<Bool>()
        self.result = Task {
            try await engine.commit(
                CommitRequest(author: "somebody with a long list") { _, _ in
                    isUnderWay.record(true)
                    mayEnd.wait()
                    return changes
                }
            )
        }
        try await eventually("the commit to be worked out") { !isUnderWay.values.isEmpty }
    }

    /// Lets it come to its end.
    func end() async throws -> CommitResult {
        self.mayEnd.signal()
        return try await self.result.value
    }
}

@Suite("While a very large commit is worked out", .timeLimit(.minutes(2)))
struct HeldCommitTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    private static func host(_ name: String) -> CommitRequest {
        PolicyEngineTests.request(.host(HostAuthorization(host: name)))
    }

    @Test(
        "Administrators read, preview, explain and see the state of it all; a small commit waits, and is made after it"
    )
    func administrators() async throws {
        let held = try await HeldCommit(self.api.engine, .host(HostAuthorization(host: "large.example")))
        for path in [
            "/v1/settings", "/v1/partners", "/v1/users?search=x", "/v1/configuration", "/v1/status", "/v1/edges",
            "/v1/audit",
            "/v1/explain?from=a@a.example&to=b@b.example",
        ] {
            #expect(try await self.api.send("GET", path).status == 200, "\(path)")
        }
        let preview = try await self.api.send("POST", "/v1/hosts?dry-run=true", #"{"host":"small.example"}"#)
        #expect(preview.status == 200 && preview.body["version"] == .integer(1))
        async let small = self.api.send("POST", "/v1/hosts", #"{"host":"small.example"}"#)
        try await eventually("the small one to wait") { await self.api.engine.waitingCommits == 1 }
        #expect(await self.api.engine.version == 0)
        #expect(try await held.end().version == 1)
        let answer = try await small
        #expect(answer.status == 201 && answer.body["version"] == .integer(2))
        #expect(await self.api.engine.snapshot.hosts.map(\.host) == ["large.example", "small.example"])
    }

    @Test(
        "Edges join, leave, get snapshots and have their subscriptions written; none of it is lost when the commit is made"
    )
    func edges() async throws {
        let logger = Logger.silent
        let (engine, store) = (self.api.engine, self.api.store)
        let methods = BusMethods(
            engine: engine,
            store: store,
            refusals: RefusalLog(store: store, logger: logger),
            others: FakeServices(),
            logger: logger
        )
        let beginning = await engine.snapshot
        let held = try await HeldCommit(engine, .host(HostAuthorization(host: "large.example")))
        let edges = ["e1", "e2"].map { EdgeRecord(kind: .sip, instance: $0, endpoint: "tcp://\($0)") }
        for edge in edges {
            let heartbeat = Body.edgeHeartbeat(EdgeHeartbeat(edge: edge))
            #expect(await methods.answer(heartbeat, from: .sipEdge) == .success(.acknowledged))
        }
        #expect(await methods.answer(.edgeDeparture(instance: "e1"), from: .sipEdge) == .success(.acknowledged))
        guard
            case .success(.policySnapshot(let snapshot)) = await methods.answer(.policySnapshotRequest, from: .sipEdge)
        else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.edges == [edges[1]] && snapshot.hosts.isEmpty && snapshot.sequence == 3)
        let record = StoreContractTests.subscription(1)
        #expect(await methods.answer(.subscriptionPut(record), from: .sipEdge) == .success(.acknowledged))
        #expect(try await store.subscriptions(SubscriptionQuery()).records == [record])
        _ = try await held.end()
        var follower = PolicyState(beginning)
        for delta in self.api.surroundings.deltas {
            #expect(follower.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes) == .applied)
        }
        #expect(await engine.snapshot == follower.snapshot)
        #expect(follower.snapshot.edges == [edges[1]] && follower.host("large.example") != nil)
    }

    @Test(
        "So many commits may wait; who comes after them is told to come back, and those who wait are served in their order"
    )
    func bound() async throws {
        let engine = self.api.engine
        let held = try await HeldCommit(engine, .host(HostAuthorization(host: "large.example")))
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for index in 0..<CommitLane.maximumWaiting {
                group.addTask { (index, try await engine.commit(Self.host("h\(index).example")).version) }
                // One after the other, so that the order of their coming is known.
                try await eventually("commit \(index) to wait") { await engine.waitingCommits == index + 1 }
            }
            let refused = try await self.api.send("POST", "/v1/hosts", #"{"host":"late.example"}"#)
            #expect(refused.status == 503 && refused.headers["retry-after"] != nil)
            #expect(refused.body["detail"]?.text == "too many changes at a time; try again")
            _ = try await held.end()
            for try await (index, version) in group { #expect(version == index + 2) }
        }
        #expect(await engine.version == CommitLane.maximumWaiting + 1)
    }
}
