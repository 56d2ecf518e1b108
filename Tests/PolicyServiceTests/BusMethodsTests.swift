import Foundation
import Logging
import Messaging
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("What other services ask of policy-service")
struct BusMethodsTests {
    let scratch: Scratch
    let store: SQLiteStore
    let engine: PolicyEngine
    let methods: BusMethods
    let refusals: RefusalLog

    init() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        self.scratch = try Scratch("methods")
        self.store = try SQLiteStore(path: self.scratch.file("policy.sqlite").path)
        self.engine = try await Surroundings().engine(self.store)
        self.refusals = RefusalLog(store: self.store, logger: logger)
        self.methods = BusMethods(engine: self.engine, store: self.store, refusals: self.refusals, logger: logger)
    }

    @Test("An edge announces itself, asks for the snapshot, and says good-bye")
    func edgeLife() async throws {
        let edge = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://1")
        #expect(await self.methods.answer(.edgeHeartbeat(EdgeHeartbeat(edge: edge))) == .success(.acknowledged))
        guard case .success(.policySnapshot(let snapshot)) = await self.methods.answer(.policySnapshotRequest) else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.edges == [edge] && snapshot.epoch == "one" && snapshot.sequence == 1)
        #expect(await self.methods.answer(.edgeDeparture(instance: "x1")) == .success(.acknowledged))
        #expect(await self.engine.snapshot.edges.isEmpty)
    }

    @Test("Subscriptions are kept and given back")
    func subscriptions() async throws {
        let record = StoreContractTests.subscription(1)
        #expect(await self.methods.answer(.subscriptionPut(record)) == .success(.acknowledged))
        let query = Body.subscriptionQuery(SubscriptionQuery(limit: -5))
        #expect(await self.methods.answer(query) == .success(.subscriptionPage(SubscriptionPage(records: [record]))))
        #expect(await self.methods.answer(.subscriptionRemove(record.key)) == .success(.acknowledged))
        #expect(await self.methods.answer(query) == .success(.subscriptionPage(SubscriptionPage(records: []))))
    }

    @Test("Refusals are collected, bounded, and found")
    func refusalsAreKept() async throws {
        let batch = (0..<RefusalLog.maximumWaiting + 10).map(StoreContractTests.refusal)
        #expect(await self.methods.answer(.refusals(batch)) == .success(.acknowledged))
        let found = try await self.refusals.list(RefusalFilter(), PageRequest(limit: 1_000))
        #expect(found.first?.record.time == Int64(RefusalLog.maximumWaiting - 1))
    }

    @Test("What is not ours to answer is refused as such", arguments: [Body.dnsPlanRequest, .acknowledged, .beat, .certificateList])
    func others(_ body: Body) async {
        guard case .failure(let failure) = await self.methods.answer(body) else {
            Issue.record("answered")
            return
        }
        #expect(failure.code == .unsupported)
    }
}
