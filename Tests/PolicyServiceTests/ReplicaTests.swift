import Bus
import Foundation
import Logging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// Several policy-services with one PostgreSQL.
@Suite("Replicas of policy-service", .serialized, .postgreSQL, .enabled(if: PostgresServer.isInstalled))
struct ReplicaTests {
    /// One replica: its engine, what it has published, and its store.
    struct Replica {
        let store: PostgresStore
        let surroundings = Surroundings()
        let engine: PolicyEngine

        init(_ scratch: Scratch) async throws {
            self.store = try await PostgresStore.of(scratch)
            self.engine = try await self.surroundings.engine(self.store)
        }

        /// The policy as an edge has it that follows this replica from the beginning.
        func followed(from snapshot: PolicySnapshot) -> PolicyState {
            var state = PolicyState(snapshot)
            for delta in self.surroundings.deltas {
                _ = state.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes)
            }
            return state
        }
    }

    let scratch: Scratch

    init() throws { self.scratch = try Scratch("replica") }

    static func host(_ name: String, base: Int? = nil) -> CommitRequest {
        PolicyEngineTests.request(.host(HostAuthorization(host: name)), base: base)
    }

    static func heartbeat(_ instance: String, _ status: EdgeStatus = EdgeStatus()) -> EdgeHeartbeat {
        EdgeHeartbeat(edge: EdgeRecord(kind: .sip, instance: instance, endpoint: "tcp://\(instance):9"), status: status)
    }

    @Test("All publish the same changes under the same numbers, whoever made them")
    func sameDeltas() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let beginning = await one.engine.snapshot
        #expect(await other.engine.snapshot == beginning && !beginning.epoch.isEmpty)
        _ = try await one.engine.commit(Self.host("a.example"))
        _ = try await other.engine.commit(Self.host("b.example"))
        #expect(await other.engine.heard(from: Self.heartbeat("e1")))
        _ = try await one.engine.commit(Self.host("c.example"))
        await one.engine.left(instance: "e1")
        try await other.engine.follow()
        #expect(one.surroundings.deltas == other.surroundings.deltas)
        #expect(one.surroundings.deltas.map(\.firstSequence) == [1, 2, 3, 4, 5])
        let state = await one.engine.state
        #expect(await other.engine.state == state)
        #expect(one.followed(from: beginning) == state)
        #expect(await (one.engine.version, other.engine.version) == (3, 3))
        // One that starts later goes on from there.
        #expect(await (try Replica(self.scratch)).engine.snapshot == state.snapshot)
    }

    @Test("A replica is woken when another one commits")
    func wakes() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let following = Task {
            for await _ in other.store.wakes { await other.engine.followOrWarn() }
        }
        defer { following.cancel() }
        _ = try await one.engine.commit(Self.host("a.example"))
        try await eventually("the other replica to know") { await other.engine.version == 1 }
        #expect(await other.engine.state.host("a.example") != nil)
    }

    @Test("A commit on a base that is old is refused by any replica; without a base it is made from the newest version")
    func staleBase() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        _ = try await one.engine.commit(Self.host("a.example"))
        // `other` has not looked yet.
        await #expect(throws: CommitRefusal.conflict(current: 1)) {
            try await other.engine.commit(Self.host("b.example", base: 0))
        }
        #expect(try await other.engine.commit(Self.host("c.example")).version == 2)
        #expect(try await one.store.load().policy.hosts.map(\.host) == ["a.example", "c.example"])
    }

    @Test("Commits through several replicas at a time: each version once, nothing lost")
    func concurrent() async throws {
        let replicas = [
            try await Replica(self.scratch), try await Replica(self.scratch), try await Replica(self.scratch),
        ]
        let versions = try await withThrowingTaskGroup(of: [Int].self) { group in
            for (index, replica) in replicas.enumerated() {
                group.addTask {
                    var versions: [Int] = []
                    while versions.count < 20 {
                        let host = "h\(versions.count).r\(index).example"
                        do {
                            versions.append(try await replica.engine.commit(Self.host(host)).version)
                        } catch CommitRefusal.overtaken {
                            // So many others were first, again and again: its author is told so, and tries again.
                            continue
                        }
                    }
                    return versions
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(versions.sorted() == Array(1...60))
        #expect(try await replicas[0].store.load().policy.hosts.count == 60)
        for replica in replicas { try await replica.engine.follow() }
        let state = await replicas[0].engine.state
        for replica in replicas {
            #expect(await replica.engine.state == state)
            #expect(replica.surroundings.deltas == replicas[0].surroundings.deltas)
        }
    }

    @Test("A replica that was away for longer than changes are kept reads the whole, and has its edges do the same")
    func farBehind() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let edge = PolicyState(await other.engine.snapshot)
        for index in 0..<3 { _ = try await one.engine.commit(Self.host("h\(index).example")) }
        _ = try await one.store.write { try $0.execute("DELETE FROM change WHERE last_sequence < 3") }
        try await other.engine.follow()
        #expect(await other.engine.state == one.engine.state)
        #expect(await other.engine.version == 3)
        var behind = edge
        let delta = try #require(other.surroundings.deltas.last)
        #expect(
            behind.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes) == .snapshotNeeded
        )
    }

    @Test(
        "An edge that any replica hears of lives for all of them, and what it said is seen at all; a silent one is lost once"
    )
    func edges() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let status = EdgeStatus(policyEpoch: await one.engine.state.epoch, policySequence: 7, programVersion: "1.2")
        #expect(await one.engine.heard(from: Self.heartbeat("e1", status)))
        await other.engine.expireEdges()
        #expect(await other.engine.state.edges.keys.sorted() == ["e1"])
        #expect(await other.engine.edges.map(\.status) == [status])
        // By the clock of the store it has been silent for an hour; no replica forgets it before it has had the time to speak.
        _ = try await one.store.write { try $0.execute("UPDATE edge SET heard_at = heard_at - 3600000") }
        await other.engine.expireEdges()
        #expect(await other.engine.state.edges.count == 1)
        other.surroundings.advance(milliseconds: EdgeRegistry.expiry)
        await other.engine.expireEdges()
        one.surroundings.advance(milliseconds: EdgeRegistry.expiry)
        await one.engine.expireEdges()
        #expect(await one.engine.state.edges.isEmpty)
        #expect(one.surroundings.deltas == other.surroundings.deltas)
        #expect(one.surroundings.deltas.flatMap(\.changes).last == .edgeRemoved(instance: "e1"))
        #expect(one.surroundings.deltas.flatMap(\.changes).count == 2)
    }

    @Test("What an edge says of itself is known at every replica in full, and said once")
    func attached() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let edge = EdgeRecord(
            kind: .xmpp,
            instance: "x1",
            endpoint: "tcp://x1:9",
            publicAddresses: ["192.0.2.1"],
            isDraining: true,
            attachedDomains: ["split.example", "other.example"]
        )
        for _ in 0..<3 { #expect(await one.engine.heard(from: EdgeHeartbeat(edge: edge))) }
        try await other.engine.follow()
        #expect(await other.engine.state.edges == ["x1": edge])
        #expect(await one.engine.state.edges == ["x1": edge])
        #expect(one.surroundings.deltas.count == 1, "a heartbeat that says nothing new changes nothing")
    }

    @Test("A commit of very many objects is one delta at every replica, and is never seen in part")
    func large() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let count = 2 * PostgresStore.changesOfARow + 500
        let request = CommitRequest(author: "tester") { _, _ in
            [.domain(LocalDomain(domain: "sip.example"))]
                + (1..<count).map { .user(UserRecord(address: "u\($0)@sip.example")) }
        }
        let seen = Recorder<Int>()
        let looking = Task {
            while !Task.isCancelled {
                seen.record(await other.engine.state.userCount)
                await Task.yield()
            }
        }
        #expect(try await one.engine.commit(request).version == 1)
        #expect(await one.engine.heard(from: Self.heartbeat("e1")))
        try await other.engine.follow()
        looking.cancel()
        await looking.value
        #expect(Set(seen.values).isSubset(of: [0, count - 1]))
        for replica in [one, other] {
            #expect(replica.surroundings.deltas.map(\.changes.count) == [count, 1])
            #expect(await replica.engine.state.userCount == count - 1)
            #expect(await replica.engine.version == 1)
        }
    }

    @Test("A replica whose listening connection is cut off listens again, and misses nothing")
    func listenerLost() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let following = Task {
            for await _ in other.store.wakes { await other.engine.followOrWarn() }
        }
        defer { following.cancel() }
        let listeners = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        func cut() async throws -> Int {
            try await one.store.write { try $0.rows("SELECT pg_terminate_backend(pid) \(listeners)").count }
        }
        for round in 1...3 {
            // Those of both replicas; until they are there again nobody is told of anything.
            try await eventually("both to listen") {
                try await one.store.read { try $0.rows("SELECT pid \(listeners)").count } == 2
            }
            #expect(try await cut() == 2)
            _ = try await one.engine.commit(Self.host("h\(round).example"))
            try await eventually("commit \(round) at the other") { await other.engine.version == round }
        }
        #expect(one.surroundings.deltas == other.surroundings.deltas)
    }

    @Test("A token that is made or removed at one replica is so at the other")
    func tokens() async throws {
        let (one, other) = (try await Replica(self.scratch), try await Replica(self.scratch))
        let (here, there) = (try await Tokens(store: one.store), try await Tokens(store: other.store))
        let first = try #require(await here.makeFirst(name: "first", at: 1))
        #expect(try await there.makeFirst(name: "first", at: 1) == nil)
        #expect(there.caller(with: first)?.role == .admin)
        #expect(try await there.remove(name: "first"))
        await here.refresh()
        #expect(here.caller(with: first) == nil)
    }
}

@Suite("PostgreSQL that goes away", .serialized, .postgreSQL, .enabled(if: PostgresServer.isInstalled))
struct PostgresOutageTests {
    @Test("While it is away commits are refused and the policy stays; when it is back, all goes on")
    func outage() async throws {
        let server = try #require(PostgresServer.current)
        let replica = try await ReplicaTests.Replica(try Scratch("outage"))
        _ = try await replica.engine.commit(ReplicaTests.host("a.example"))
        #expect(await replica.engine.heard(from: ReplicaTests.heartbeat("e1")))
        try await server.stop()
        let refusal = await #expect(throws: CommitRefusal.self) {
            try await replica.engine.commit(ReplicaTests.host("b.example"))
        }
        guard case .notStored(let reason) = refusal else {
            Issue.record("refused otherwise: \(String(describing: refusal))")
            return
        }
        #expect(reason.contains("does not answer"))
        #expect(await replica.engine.currentSnapshot().hosts.map(\.host) == ["a.example"])
        #expect(await replica.engine.heard(from: ReplicaTests.heartbeat("e1")), "a known edge stays so")
        replica.surroundings.advance(milliseconds: 10 * EdgeRegistry.expiry)
        await replica.engine.expireEdges()
        #expect(await replica.engine.state.edges.count == 1)

        try await server.start()
        try await eventually("a commit") {
            (try? await replica.engine.commit(ReplicaTests.host("c.example"))) != nil
        }
        await replica.engine.expireEdges()
        #expect(await replica.engine.state.edges.count == 1, "nobody could say that it lives")
        #expect(await replica.engine.snapshot.hosts.map(\.host) == ["a.example", "c.example"])
    }

    @Test("A wrong password is said, and the password is not")
    func wrongPassword() async throws {
        let server = try #require(PostgresServer.current)
        let store = PostgresStore(
            PostgresConfiguration(server, database: "postgres", password: "wrong horse"),
            logger: .silent
        )
        let error = await #expect(throws: StoreError.self) { try await store.open() }
        #expect("\(String(describing: error))".contains("password authentication failed"))
        #expect(!"\(String(describing: error))".contains("wrong horse"))
    }
}
