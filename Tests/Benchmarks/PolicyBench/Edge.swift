import Bus
import Foundation
import Logging
import Messaging
import NIOCore
import NIOPosix
import Policy
import ServiceKit
import Synchronization
import Wire

/// What an edge does with the policy: a follower, and an event loop that works by what it is told.
///
/// The loop is to run something every millisecond; when it did not, it was held up.
final class Edge: Sendable {
    private struct State {
        var policy = PolicyState()
        var lastUse = 0.0
        var lastTick = 0.0
        var longestStall = 0.0
        var longestWork = 0.0
        var lastDeltaSize = 0
        /// Who waits for the loop to work by a change.
        var waiting: (sequence: UInt64, continuation: CheckedContinuation<Void, Never>)?

        /// Whoever waits for what is so now.
        mutating func reached() -> CheckedContinuation<Void, Never>? {
            guard let waiting, !self.policy.epoch.isEmpty, self.policy.sequence >= waiting.sequence else { return nil }
            self.waiting = nil
            return waiting.continuation
        }
    }

    let bus: Bus
    private let follower: PolicyFollower
    private let running: Task<Void, any Error>
    private let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    private let state: Mutex<State>
    private let ticking: RepeatedTask

    init(of service: PolicyServiceProgram) async throws {
        let context = ServiceContext(
            name: "sip-edge",
            instance: "edge",
            logger: Logger(label: "policy-bench") { _ in SwiftLogNoOpLogHandler() }
        )
        let address = Bus.Configuration.Address(
            requests: "tcp://127.0.0.1:\(service.ports.requests)",
            publications: "tcp://127.0.0.1:\(service.ports.publications)"
        )
        let configuration = Bus.Configuration(
            service: .sipEdge,
            keysDirectory: service.keys,
            listen: "tcp://127.0.0.1:*",
            addresses: [.policyService: address]
        )
        let bus = try Bus(configuration, context: context)
        let box = Box()
        let loop = self.loop
        self.state = Mutex(State())
        self.bus = bus
        self.follower = PolicyFollower(bus: bus, context: context) { state in
            // As the edges do it: the loop takes it over, and what was before is given back elsewhere.
            try? await loop.submit { box.edge?.use(state) }.get()
        }
        bus.subscribe(to: .policyService) { publication in
            guard case .body(.policyDelta(let delta)) = publication else { return }
            let size = delta.changes.count == 1 ? Envelope(body: .policyDelta(delta)).encoded().count : 0
            box.edge?.state.withLock { $0.lastDeltaSize = size }
        }
        let follower = self.follower
        self.running = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await bus.run() }
                group.addTask { try await follower.run() }
                try await group.waitForAll()
            }
        }
        self.ticking = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in box.edge?.tick() }
        box.edge = self
        await self.reaches(0)
    }

    func stop() {
        self.ticking.cancel()
        self.running.cancel()
    }

    /// Waits until the loop works by that change.
    func reaches(_ sequence: UInt64) async {
        await withCheckedContinuation { continuation in
            self.state.withLock { state in
                state.waiting = (sequence, continuation)
                return state.reached()
            }?.resume()
        }
    }

    /// When the loop has last taken something over.
    var lastUse: Double { self.state.withLock { $0.lastUse } }
    var lastDeltaSize: Int { self.state.withLock { $0.lastDeltaSize } }

    /// How long the loop did not run, at most, since this was last asked.
    var longestStall: Double {
        self.state.withLock { state in
            defer { state.longestStall = 0 }
            return state.longestStall
        }
    }

    /// The CPU time that the loop took to take a policy over, at most, since this was last asked.
    var longestWork: Double {
        self.state.withLock { state in
            defer { state.longestWork = 0 }
            return state.longestWork
        }
    }

    /// Writes a subscription, as edges do.
    func write(_ number: Int) async throws {
        let record = SubscriptionRecord(
            direction: .sipToXMPP,
            watcher: Address(user: "w\(number)", domain: "sip.example"),
            presentity: Address(user: "p", domain: "p1.example"),
            state: .active,
            refreshedAt: 1
        )
        _ = try await self.bus.request(.subscriptionPut(record), to: .policyService, timeout: .seconds(60))
    }

    private func use(_ policy: PolicyState) {
        self.state.withLock { state in
            let start = seconds(of: CLOCK_THREAD_CPUTIME_ID)
            // What sip-edge asks itself when users of a split domain may have moved.
            _ = policy.mayHaveMoved(since: state.policy)
            state.policy = policy
            state.longestWork = max(state.longestWork, seconds(of: CLOCK_THREAD_CPUTIME_ID) - start)
            state.lastUse = seconds()
            return state.reached()
        }?.resume()
    }

    private func tick() {
        let now = seconds()
        self.state.withLock { state in
            if state.lastTick > 0 { state.longestStall = max(state.longestStall, now - state.lastTick - 0.001) }
            state.lastTick = now
        }
    }

    /// Where the closures that are made before the edge is complete find it.
    private final class Box: Sendable {
        private let found = Mutex<Edge?>(nil)

        var edge: Edge? {
            get { self.found.withLock { $0 } }
            set { self.found.withLock { $0 = newValue } }
        }
    }
}

/// Asks policy-service again and again, as an administrator and as an edge, and notes the longest waits.
final class Watch: Sendable {
    private let asking: Task<(administrator: Double, edge: Double), Never>

    init(_ service: PolicyServiceProgram, _ edge: Edge) {
        self.asking = Task {
            async let administrator = Self.longest { _ in _ = try await service.send("GET", "/v1/settings") }
            async let writing = Self.longest { try await edge.write($0) }
            return (await administrator, await writing)
        }
    }

    func end() async -> (administrator: Double, edge: Double) {
        self.asking.cancel()
        return await self.asking.value
    }

    private static func longest(_ ask: (Int) async throws -> Void) async -> Double {
        var (longest, count) = (0.0, 0)
        while !Task.isCancelled {
            let start = seconds()
            guard (try? await ask(count)) != nil else { break }
            (longest, count) = (max(longest, seconds() - start), count + 1)
        }
        return longest
    }
}
