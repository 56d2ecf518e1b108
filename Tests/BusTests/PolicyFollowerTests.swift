import Logging
import Policy
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Bus

/// A policy-service of a test: its policy, and what edges told it.
private final class TestPolicy: Sendable {
    let bus: Bus
    let heartbeats = Recorder<EdgeHeartbeat>()
    let departures = Recorder<String>()
    let snapshotsAsked = Recorder<ServiceName>()
    private let snapshot: Mutex<PolicySnapshot>

    init(_ bus: Bus, epoch: String, domains: [String]) {
        self.bus = bus
        let domains = domains.map { LocalDomain(domain: $0) }
        self.snapshot = Mutex(PolicySnapshot(sequence: UInt64(domains.count), epoch: epoch, domains: domains))
        bus.serve { request in
            switch request.body {
            case .policySnapshotRequest:
                self.snapshotsAsked.record(request.caller)
                return .success(.policySnapshot(self.snapshot.withLock { $0 }))
            case .edgeHeartbeat(let heartbeat):
                self.heartbeats.record(heartbeat)
                return .success(.acknowledged)
            case .edgeDeparture(let instance):
                self.departures.record(instance)
                return .success(.acknowledged)
            default:
                return .failure(Failure(.unsupported, "?"))
            }
        }
    }

    /// Adds users in one change of the policy.
    func add(users: Range<Int>) {
        let users = users.map { UserRecord(address: "user\($0)@sip.example", displayName: "User \($0)") }
        let delta = self.snapshot.withLock { snapshot in
            let first = snapshot.sequence + 1
            snapshot.sequence += UInt64(users.count)
            snapshot.users += users
            return PolicyDelta(epoch: snapshot.epoch, firstSequence: first, changes: users.map { .user($0) })
        }
        self.bus.publish(.policyDelta(delta))
    }

    /// Adds a domain, and publishes that unless it is to be missed.
    func add(_ name: String, publishes: Bool = true) {
        let domain = LocalDomain(domain: name)
        let delta = self.snapshot.withLock { snapshot in
            snapshot.sequence += 1
            snapshot.domains.append(domain)
            return PolicyDelta(epoch: snapshot.epoch, firstSequence: snapshot.sequence, changes: [.domain(domain)])
        }
        if publishes { self.bus.publish(.policyDelta(delta)) }
    }
}

@Suite("Following the policy, and registering", .timeLimit(.minutes(5)))
struct PolicyFollowerTests {
    private let context = ServiceContext(
        name: "sip-edge",
        instance: "sip-edge",
        logger: .silent
    )

    private func edge(_ world: BusWorld, requests: String, publications: String) throws -> Bus {
        try world.bus(.sipEdge, knows: [.policyService: .init(requests: requests, publications: publications)])
    }

    @Test("The snapshot comes first, then every change in order; after a gap comes a new snapshot")
    func follows() async throws {
        let world = try BusWorld()
        let policy = TestPolicy(try world.bus(.policyService, publishes: true), epoch: "one", domains: ["a"])
        try await running(policy.bus) { endpoints in
            let bus = try self.edge(
                world,
                requests: endpoints.requests,
                publications: endpoints.publications ?? ""
            )
            let seen = Recorder<PolicyState>()
            let follower = PolicyFollower(bus: bus, context: self.context) { seen.record($0) }
            #expect(!self.context.health.isReady)
            try await running(bus) { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await follower.run() }
                    try await eventually("the snapshot") { follower.state?.sequence == 1 }
                    #expect(self.context.health.isReady)
                    for number in 0..<50 { policy.add("d\(number)") }
                    try await eventually("the changes") { follower.state?.sequence == 51 }
                    #expect(policy.snapshotsAsked.values == [.sipEdge])

                    policy.add("missed", publishes: false)
                    policy.add("last")
                    try await eventually("the new snapshot") { follower.state?.sequence == 53 }
                    #expect(follower.state?.isLocal("missed") == true)
                    #expect(policy.snapshotsAsked.values.count == 2)
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
            #expect(seen.values.map(\.sequence) == Array(1...51) + [53])
        }
    }

    @Test(
        "What is large is read aside, and nothing overtakes it: neither a large snapshot, nor the small changes after a large one"
    )
    func large() async throws {
        let world = try BusWorld()
        let policy = TestPolicy(try world.bus(.policyService, publishes: true), epoch: "one", domains: [])
        policy.add(users: 0..<3_000)
        try await running(policy.bus) { endpoints in
            let bus = try self.edge(world, requests: endpoints.requests, publications: endpoints.publications ?? "")
            let follower = PolicyFollower(bus: bus, context: self.context) { _ in }
            try await running(bus) { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await follower.run() }
                    try await eventually("the snapshot") { follower.state?.sequence == 3_000 }
                    for round in 0..<3 {
                        policy.add("before\(round)")
                        policy.add(users: (3_000 * (round + 1))..<(3_000 * (round + 2)))
                        for number in 0..<10 { policy.add("d\(number).r\(round)") }
                    }
                    try await eventually("the changes") { follower.state?.sequence == 12_033 }
                    #expect(follower.state?.userCount == 12_000 && follower.state?.domains.count == 33)
                    #expect(policy.snapshotsAsked.values == [.sipEdge], "nothing was missed, nor came out of order")
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("A policy is told when the one before is in use, and not before")
    func oneByOne() async throws {
        let world = try BusWorld()
        let policy = TestPolicy(try world.bus(.policyService, publishes: true), epoch: "one", domains: ["a"])
        try await running(policy.bus) { endpoints in
            let bus = try self.edge(world, requests: endpoints.requests, publications: endpoints.publications ?? "")
            let (told, mayGoOn) = (Recorder<UInt64>(), Gate())
            let follower = PolicyFollower(bus: bus, context: self.context) { state in
                told.record(state.sequence)
                await mayGoOn.wait()
            }
            try await running(bus) { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await follower.run() }
                    try await eventually("the snapshot") { told.values == [1] }
                    policy.add("b")
                    policy.add("c")
                    // Whoever is asked now has published both.
                    _ = try? await bus.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(10))
                    #expect(told.values == [1])
                    mayGoOn.open()
                    try await eventually("the others") { told.values == [1, 2, 3] }
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("While policy-service is away the last policy stays in use; its next life brings a new snapshot")
    func survives() async throws {
        let world = try BusWorld()
        let (requests, publications) = (FixedPort.endpoint(), FixedPort.endpoint())
        @Sendable func policyService(_ epoch: String, _ domains: [String]) throws -> TestPolicy {
            let bus = try world.bus(.policyService, listen: requests, publishes: true, publish: publications)
            return TestPolicy(bus, epoch: epoch, domains: domains)
        }
        let bus = try self.edge(world, requests: requests, publications: publications)
        let follower = PolicyFollower(bus: bus, context: self.context) { _ in }
        try await running(bus) { _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await follower.run() }
                let first = try await RunningBus(try policyService("one", ["a"]).bus)
                try await eventually("the first policy") { follower.state?.epoch == "one" }
                await first.kill()
                #expect(follower.state?.isLocal("a") == true)
                try await running(try policyService("two", ["a", "b"]).bus) { _ in
                    try await eventually("the second policy") { follower.state?.epoch == "two" }
                    #expect(follower.state?.isLocal("b") == true)
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("An edge says that it lives, that it drains and that it leaves")
    func registers() async throws {
        let world = try BusWorld()
        let policy = TestPolicy(try world.bus(.policyService, publishes: true), epoch: "one", domains: [])
        try await running(policy.bus) { endpoints in
            let bus = try self.edge(
                world,
                requests: endpoints.requests,
                publications: endpoints.publications ?? ""
            )
            let registration = EdgeRegistration(.sip, publicAddresses: ["192.0.2.1"], bus: bus, context: self.context) {
                EdgeStatus(policySequence: 7)
            }
            try await running(bus) { _ in
                let running = Task { try await registration.run() }
                try await eventually("a heartbeat") { !policy.heartbeats.values.isEmpty }
                let heartbeat = policy.heartbeats.values[0]
                #expect(heartbeat.edge.instance == bus.instance)
                #expect(heartbeat.edge.publicAddresses == ["192.0.2.1"])
                #expect(!heartbeat.edge.isDraining)
                #expect(heartbeat.status.policySequence == 7)
                await registration.drain()
                #expect(policy.heartbeats.values.last?.edge.isDraining == true)
                await registration.leave()
                #expect(policy.departures.values == [bus.instance])
                running.cancel()
                try await running.value
            }
        }
    }
}
