internal import Logging
public import Policy
public import ServiceKit
public import ServiceLifecycle
internal import Synchronization
internal import Wire

/// Keeps a service's copy of the policy: a snapshot first, then deltas in order.
///
/// After a gap, a new life of policy-service or a lost connection it asks for a new snapshot. While policy-service is
/// away the last good policy stays in use. A large policy is read, put together and given back aside: whoever uses it takes it over in one
/// step, and no event loop waits for a hundred thousand users.
public final class PolicyFollower: Service {
    /// Told the policy whenever it has changed, in order, on no particular thread; returns when it is in use.
    ///
    /// The policy of before is let go of here afterwards: to give back a hundred thousand users takes a while, and whoever lets go of it last
    /// has to do that.
    public typealias Handler = @Sendable (PolicyState) async -> Void

    private enum Event: Sendable {
        case delta(PolicyDelta)
        /// What is known may be out of date.
        case uncertain
    }

    /// Deltas that may wait while a snapshot is on its way; when there are more, a new snapshot is asked for anyway.
    private static let backlog = 1_000
    private static let timeout = Duration.seconds(10)
    private static let retry = Duration.milliseconds(500)
    /// The name of the readiness condition.
    private static let condition = "policy"

    private let bus: Bus
    private let context: ServiceContext
    private let handler: Handler
    private let current = Mutex<PolicyState?>(nil)
    private let events: AsyncStream<Event>
    private let sequence: Gauge

    public init(bus: Bus, context: ServiceContext, _ handler: @escaping Handler) {
        self.bus = bus
        self.context = context
        self.handler = handler
        self.sequence = context.metrics.gauge(
            "isthmus_policy_sequence",
            help: "The number of the last policy change in use."
        )
        let (events, continuation) = AsyncStream.makeStream(
            of: Event.self,
            bufferingPolicy: .bufferingNewest(Self.backlog)
        )
        self.events = events
        context.health.set(Self.condition, ready: false, detail: "waiting for policy-service")
        bus.subscribe(to: .policyService) { publication in
            switch publication {
            case .body(.policyDelta(let delta)): continuation.yield(.delta(delta))
            case .began, .gap: continuation.yield(.uncertain)
            // Nothing changes until it is there again, which `began` says.
            case .ended, .body: break
            }
        }
    }

    /// The policy in use; `nil` before the first snapshot.
    public var state: PolicyState? { self.current.withLock { $0 } }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in self.events {
                switch event {
                case .uncertain: await self.load()
                case .delta(let delta): await self.apply(delta)
                }
            }
        }
    }

    private func apply(_ delta: PolicyDelta) async {
        guard let before = self.state else { return await self.load() }
        let (outcome, state) = await Aside.run {
            var state = before
            return (state.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes), state)
        }
        switch outcome {
        case .known: break
        case .applied: await self.use(state)
        case .snapshotNeeded: await self.load()
        }
    }

    /// Asks until there is an answer, or the service ends.
    private func load() async {
        while !Task.isCancelled {
            do {
                let reply = try await self.bus.request(
                    .policySnapshotRequest,
                    to: .policyService,
                    timeout: Self.timeout
                )
                guard case .policySnapshot(let snapshot) = reply else { return }
                let before = self.state
                return await self.use(
                    await Aside.run {
                        var state = PolicyState(snapshot)
                        if let before { state.share(with: before) }
                        return state
                    }
                )
            } catch {
                self.context.logger.info(
                    self.state == nil ? "No policy yet" : "The last policy stays in use",
                    metadata: ["error": "\(error)"]
                )
                guard (try? await Task.sleep(for: Self.retry)) != nil else { return }
            }
        }
    }

    private func use(_ state: PolicyState) async {
        // Kept until the end of this function, on the thread of no event loop.
        var before: PolicyState? = state
        self.current.withLock { swap(&$0, &before) }
        self.sequence.set(Int(state.sequence))
        self.context.health.set(Self.condition, ready: true, detail: "sequence \(state.sequence)")
        self.context.logger.info(
            "Policy taken into use",
            metadata: ["policy.epoch": "\(state.epoch)", "policy.sequence": "\(state.sequence)"]
        )
        await self.handler(state)
        withExtendedLifetime(before) {}
    }
}
