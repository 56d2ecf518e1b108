import Bus
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
    let others = FakeServices()

    init() async throws {
        let logger = Logger.silent
        self.scratch = try Scratch("methods")
        self.store = try SQLiteStore(path: self.scratch.file("policy.sqlite").path)
        self.engine = try await Surroundings().engine(self.store)
        self.refusals = RefusalLog(store: self.store, logger: logger)
        self.methods = BusMethods(
            engine: self.engine,
            store: self.store,
            refusals: self.refusals,
            others: self.others,
            logger: logger
        )
    }

    @Test("An edge announces itself, asks for the snapshot, and says good-bye")
    func edgeLife() async throws {
        let edge = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://1")
        #expect(
            await self.methods.answer(.edgeHeartbeat(EdgeHeartbeat(edge: edge)), from: .xmppEdge)
                == .success(.acknowledged)
        )
        guard
            case .success(.policySnapshot(let snapshot)) = await self.methods.answer(
                .policySnapshotRequest,
                from: .xmppEdge
            )
        else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.edges == [edge] && snapshot.epoch == "one" && snapshot.sequence == 1)
        #expect(await self.methods.answer(.edgeDeparture(instance: "x1"), from: .xmppEdge) == .success(.acknowledged))
        #expect(await self.engine.snapshot.edges.isEmpty)
    }

    @Test(
        "dns-publisher is asked to withdraw an edge that is about to stop, and no edge can have another kind withdrawn"
    )
    func withdrawal() async throws {
        let edge = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://1")
        _ = await self.methods.answer(.edgeHeartbeat(EdgeHeartbeat(edge: edge)), from: .xmppEdge)
        self.others.answer(.dnsPublisher) { request in
            request == .dnsWithdrawal(instance: "x1")
                ? .success(.dnsWithdrawalState(.withdrawn(wait: 5))) : .failure(.malformed("\(request)"))
        }
        let wish = Body.edgeWithdrawal(instance: "x1")
        #expect(await self.methods.answer(wish, from: .xmppEdge) == .success(.dnsWithdrawalState(.withdrawn(wait: 5))))
        for (body, caller) in [(wish, ServiceName.sipEdge), (.edgeWithdrawal(instance: "x2"), .xmppEdge)] {
            guard case .failure(let failure) = await self.methods.answer(body, from: caller) else {
                Issue.record("\(caller) was served")
                continue
            }
            #expect(failure.code == .notAllowed)
        }
        self.others.answer(.dnsPublisher, .failure(.timeout))
        guard case .failure(let failure) = await self.methods.answer(wish, from: .xmppEdge) else {
            Issue.record("an answer without dns-publisher")
            return
        }
        #expect(failure.code == .unavailable && failure.text == "no answer in time")
    }

    @Test("An edge speaks for edges of its own kind only, and cannot fill the directory")
    func otherKinds() async throws {
        let edge = EdgeRecord(kind: .xmpp, instance: "x1", endpoint: "tcp://1")
        let heartbeat = Body.edgeHeartbeat(EdgeHeartbeat(edge: edge))
        func code(_ body: Body, _ caller: ServiceName) async -> Failure.Code? {
            guard case .failure(let failure) = await self.methods.answer(body, from: caller) else { return nil }
            return failure.code
        }
        #expect(await code(heartbeat, .sipEdge) == .notAllowed)
        #expect(await code(heartbeat, .xmppEdge) == nil)
        #expect(await code(.edgeDeparture(instance: "x1"), .sipEdge) == .notAllowed)
        #expect(await self.engine.snapshot.edges == [edge])
        for index in 1..<EdgeRegistry.maximumEdges {
            let other = EdgeRecord(kind: .sip, instance: "s\(index)", endpoint: "tcp://\(index)")
            #expect(await code(.edgeHeartbeat(EdgeHeartbeat(edge: other)), .sipEdge) == nil)
        }
        let last = EdgeRecord(kind: .sip, instance: "one more", endpoint: "tcp://0")
        #expect(await code(.edgeHeartbeat(EdgeHeartbeat(edge: last)), .sipEdge) == .overloaded)
        #expect(await code(heartbeat, .xmppEdge) == nil, "those that are there stay")
    }

    @Test("Many subscriptions at a time are all on the disk when each is acknowledged")
    func manySubscriptions() async throws {
        let methods = self.methods
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    _ = await methods.answer(.subscriptionPut(StoreContractTests.subscription(index)), from: .sipEdge)
                }
            }
        }
        let page = try await self.store.subscriptions(SubscriptionQuery(limit: 1_000))
        #expect(Set(page.records.compactMap(\.watcher.user)).count == 300)
    }

    @Test("A subscription that the store does not take fails alone, and those that come with it are kept")
    func poisoned() async throws {
        struct Poisoned: Error {}
        let store = self.store
        let writer = SubscriptionWriter { changes in
            if changes.contains(.put(StoreContractTests.subscription(7))) { throw Poisoned() }
            try await store.apply(changes)
        }
        let kept = Recorder<Int>()
        await withTaskGroup(of: Void.self) { group in
            // While the first ones are on their way to the disk, the others gather.
            for index in 1..<20 {
                group.addTask {
                    guard (try? await writer.write(.put(StoreContractTests.subscription(index)))) != nil else { return }
                    kept.record(index)
                }
            }
            await group.waitForAll()
        }
        #expect(Set(kept.values) == Set(1..<20).subtracting([7]))
        #expect(try await self.store.subscriptions(SubscriptionQuery(limit: 99)).records.count == 18)
    }

    @Test("A subscription of a device, of nobody's domain, or with a name that nobody has is refused")
    func badSubscriptions() async {
        let long = String(repeating: "x", count: 1_024)
        for watcher in [
            Address(user: "a", domain: "b.example", instance: "phone"), Address(user: "a", domain: ""),
            Address(user: long, domain: "b.example"), Address(user: "a", domain: long),
        ] {
            var record = StoreContractTests.subscription(1)
            record.watcher = watcher
            guard case .failure(let failure) = await self.methods.answer(.subscriptionPut(record), from: .sipEdge)
            else {
                Issue.record("kept: \(watcher)")
                continue
            }
            #expect(failure.code == .invalid)
        }
    }

    @Test("Subscriptions are kept and given back")
    func subscriptions() async throws {
        let record = StoreContractTests.subscription(1)
        #expect(await self.methods.answer(.subscriptionPut(record), from: .xmppEdge) == .success(.acknowledged))
        let query = Body.subscriptionQuery(SubscriptionQuery(limit: -5))
        #expect(
            await self.methods.answer(query, from: .xmppEdge)
                == .success(.subscriptionPage(SubscriptionPage(records: [record])))
        )
        #expect(await self.methods.answer(.subscriptionRemove(record.key), from: .xmppEdge) == .success(.acknowledged))
        #expect(
            await self.methods.answer(query, from: .xmppEdge)
                == .success(.subscriptionPage(SubscriptionPage(records: [])))
        )
    }

    @Test("Refusals are collected, bounded, and found")
    func refusalsAreKept() async throws {
        let batch = (0..<RefusalLog.maximumWaiting + 10).map(StoreContractTests.refusal)
        #expect(await self.methods.answer(.refusals(batch), from: .xmppEdge) == .success(.acknowledged))
        let found = try await self.refusals.list(RefusalFilter(), PageRequest(limit: 1_000))
        #expect(found.first?.record.time == Int64(RefusalLog.maximumWaiting - 1))
    }

    @Test(
        "What is not ours to answer is refused as such",
        arguments: [Body.dnsPlanRequest, .acknowledged, .beat, .certificateList]
    )
    func others(_ body: Body) async {
        guard case .failure(let failure) = await self.methods.answer(body, from: .xmppEdge) else {
            Issue.record("answered")
            return
        }
        #expect(failure.code == .unsupported)
    }
}
