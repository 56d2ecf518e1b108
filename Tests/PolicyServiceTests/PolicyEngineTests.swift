import Foundation
import Logging
import Policy
import Synchronization
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// A clock that a test sets, and what was published.
final class Surroundings: Sendable {
    private let time = Mutex<Int64>(1_000)
    private let published = Mutex<[PolicyDelta]>([])

    var deltas: [PolicyDelta] { self.published.withLock { $0 } }
    var now: @Sendable () -> Moment { { self.time.withLock { Moment(wall: 1_700_000_000_000 + $0, monotonic: $0) } } }
    var publish: @Sendable (PolicyDelta) -> Void { { delta in self.published.withLock { $0.append(delta) } } }

    func advance(milliseconds: Int64) { self.time.withLock { $0 += milliseconds } }

    func engine(_ store: any PolicyStore, epoch: String = "one") async throws -> PolicyEngine {
        try await PolicyEngine(
            store: store,
            epoch: epoch,
            logger: .silent,
            now: self.now,
            publish: self.publish
        )
    }
}

@Suite("The policy in force")
struct PolicyEngineTests {
    let scratch: Scratch
    let store: SQLiteStore
    let surroundings = Surroundings()
    let engine: PolicyEngine

    init() async throws {
        self.scratch = try Scratch("engine")
        self.store = try SQLiteStore(path: self.scratch.file("policy.sqlite").path)
        self.engine = try await self.surroundings.engine(self.store)
    }

    static func request(_ changes: PolicyChange..., base: Int? = nil, isDryRun: Bool = false) -> CommitRequest {
        CommitRequest(author: "tester", bases: base.map { [$0] }, isDryRun: isDryRun) { _, _ in changes }
    }

    static func partner(_ domain: String, additional: [String] = []) -> Partner {
        Partner(domain: domain, additionalDomains: additional, sasl: .optional)
    }

    @Test("A commit is written, in force and published, with its number")
    func commit() async throws {
        let result = try await self.engine.commit(Self.request(.partner(Self.partner("a.example"))))
        #expect(result.version == 1)
        #expect(result.changes.map(\.object) == ["partner a.example"])
        #expect(await self.engine.version == 1)
        #expect(await self.engine.state.partner(ofDomain: "a.example") != nil)
        #expect(try await self.store.load().policy.partners == [Self.partner("a.example")])
        #expect(
            self.surroundings.deltas == [
                PolicyDelta(epoch: "one", firstSequence: 1, changes: [.partner(Self.partner("a.example"))])
            ]
        )
        let audit = try await self.store.audit(PageRequest())
        #expect(audit.map(\.author) == ["tester"] && audit.map(\.version) == [1])
    }

    @Test("A commit with a mistake changes nothing and names every mistake")
    func invalid() async throws {
        let request = Self.request(
            .partner(Partner(domain: "a.example", tls: .notSupported)),
            .partner(Self.partner("b.example", additional: ["a.example"]))
        )
        let refusal = await #expect(throws: CommitRefusal.self) { try await self.engine.commit(request) }
        guard case .invalid(let findings) = refusal else {
            Issue.record("not refused as invalid")
            return
        }
        #expect(Set(findings.map(\.field)) == ["tls, sasl, dialback", "additional-domains"])
        #expect(await self.engine.version == 0)
        #expect(self.surroundings.deltas.isEmpty)
        #expect(try await self.store.load().version == 0)
        #expect(try await self.store.audit(PageRequest()).isEmpty)
    }

    @Test("A dry run says what a commit would do, and does nothing")
    func dryRun() async throws {
        let dry = try await self.engine.commit(Self.request(.partner(Self.partner("a.example")), isDryRun: true))
        #expect(dry.version == 1 && dry.changes.count == 1)
        #expect(await self.engine.version == 0)
        #expect(self.surroundings.deltas.isEmpty)
        #expect(try await self.store.load().version == 0)
        let wet = try await self.engine.commit(Self.request(.partner(Self.partner("a.example"))))
        #expect(wet == dry)
    }

    @Test("A commit from an old version is refused, and one that changes nothing makes no version")
    func base() async throws {
        _ = try await self.engine.commit(Self.request(.partner(Self.partner("a.example")), base: 0))
        await #expect(throws: CommitRefusal.conflict(current: 1)) {
            try await self.engine.commit(Self.request(.partner(Self.partner("b.example")), base: 0))
        }
        let nothing = try await self.engine.commit(Self.request(.partner(Self.partner("a.example")), base: 1))
        #expect(nothing.version == 1 && nothing.changes.isEmpty)
        #expect(self.surroundings.deltas.count == 1)
    }

    @Test("Warnings are about what changes, not about the rest")
    func warnings() async throws {
        _ = try await self.engine.commit(Self.request(.partner(Partner(domain: "a.example"))))
        let result = try await self.engine.commit(Self.request(.partner(Self.partner("b.example"))))
        #expect(result.warnings.isEmpty)
        #expect(await self.engine.findings().map(\.object) == ["partner a.example"])
    }

    @Test("Commits and heartbeats at a time: the deltas, in the order in which they left, lead to the snapshot")
    func deltasEqualSnapshot() async throws {
        let old = await self.engine.snapshot
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let domain = "p\(index % 9).example"
                    let change: PolicyChange =
                        index.isMultiple(of: 4)
                        ? .partnerRemoved(domain: domain)
                        : .partner(Self.partner(domain, additional: ["x\(index).example"]))
                    _ = try? await self.engine.commit(Self.request(change))
                }
                group.addTask {
                    let edge = EdgeRecord(kind: .sip, instance: "e\(index % 5)", endpoint: "tcp://\(index)")
                    _ = await self.engine.heard(from: EdgeHeartbeat(edge: edge))
                    if index.isMultiple(of: 7) { await self.engine.left(instance: "e\(index % 5)") }
                }
            }
        }
        var follower = PolicyState(old)
        for delta in self.surroundings.deltas {
            let outcome = follower.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes)
            #expect(outcome == .applied)
        }
        #expect(follower.snapshot == (await self.engine.snapshot))
        var stored = try await self.store.load().policy
        stored.edges = follower.snapshot.edges
        (stored.sequence, stored.epoch) = (follower.sequence, follower.epoch)
        #expect(follower.snapshot == stored)
    }

    @Test("An edge joins once, stays while it says so, and is forgotten after 7 s of silence or when it leaves")
    func edges() async throws {
        var edge = EdgeRecord(kind: .sip, instance: "e1", endpoint: "tcp://1")
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        self.surroundings.advance(milliseconds: 6_000)
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        self.surroundings.advance(milliseconds: 6_999)
        await self.engine.expireEdges()
        #expect(self.surroundings.deltas.map(\.changes) == [[.edge(edge)]])
        edge.isDraining = true
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        self.surroundings.advance(milliseconds: 7_000)
        await self.engine.expireEdges()
        #expect(
            self.surroundings.deltas.dropFirst().map(\.changes) == [[.edge(edge)], [.edgeRemoved(instance: "e1")]]
        )
        #expect(await self.engine.snapshot.edges.isEmpty)
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        await self.engine.left(instance: "e1")
        await self.engine.left(instance: "e1")
        #expect(self.surroundings.deltas.count == 5)
    }

    @Test("An edge is not lost because a large commit kept its heartbeats waiting")
    func stalled() async throws {
        let edge = EdgeRecord(kind: .sip, instance: "e1", endpoint: "tcp://1")
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        let asked = self.surroundings.now()
        self.surroundings.advance(milliseconds: 30_000)
        await self.engine.expireEdges(asked: asked)
        #expect(await self.engine.snapshot.edges == [edge], "at the moment of asking it had just spoken")
        await self.engine.expireEdges()
        #expect(await self.engine.snapshot.edges.isEmpty)
    }

    @Test("An edge that was killed and started again takes the place of the one before, in the same change")
    func displaced() async throws {
        let killed = EdgeRecord(kind: .sip, instance: "e1", endpoint: "tcp://1")
        let elsewhere = EdgeRecord(kind: .sip, instance: "e2", endpoint: "tcp://2")
        let ofAnotherKind = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://1")
        for edge in [killed, elsewhere, ofAnotherKind] {
            #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        }
        let successor = EdgeRecord(kind: .sip, instance: "e3", endpoint: "tcp://1")
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: successor)))
        #expect(self.surroundings.deltas.last?.changes == [.edgeRemoved(instance: "e1"), .edge(successor)])
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: successor)))
        #expect(self.surroundings.deltas.count == 4)
        #expect(try await self.store.edges().map(\.instance).sorted() == ["e2", "e3", "x1"])
    }

    @Test("After a restart the policy and the edges are there, in a new epoch; edges that do not speak again expire")
    func restart() async throws {
        _ = try await self.engine.commit(Self.request(.partner(Self.partner("a.example"))))
        let edge = EdgeRecord(kind: .sip, instance: "e1", endpoint: "tcp://1")
        #expect(await self.engine.heard(from: EdgeHeartbeat(edge: edge)))
        let again = try await self.surroundings.engine(self.store, epoch: "two")
        let snapshot = await again.snapshot
        #expect(snapshot.epoch == "two" && snapshot.sequence == 0)
        #expect(snapshot.edges == [edge] && snapshot.partners.count == 1)
        #expect(await again.version == 1)
        self.surroundings.advance(milliseconds: 7_000)
        await again.expireEdges()
        #expect(await again.snapshot.edges.isEmpty)
        #expect(try await self.store.edges().isEmpty)
    }
}
