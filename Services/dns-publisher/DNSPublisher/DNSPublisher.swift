internal import Bus
internal import Logging
internal import Policy
public import ServiceKit
public import ServiceLifecycle
internal import Wire

/// Publishes the records that lead the world to the edges (SPEC §9), and alone holds the key that may change DNS.
///
/// ```
///  policy-service ──domains, edges──▶ Publisher ──desired − actual──▶ plan
///  administrator ──plan, apply───────▶   │
///                                        ▼
///                       DNS server · zone files · a list to enter by hand
/// ```
public final class DNSPublisher: Service {
    let bus: Bus
    private let follower: PolicyFollower
    private let publisher: Publisher
    private let context: ServiceContext
    private let checkInterval: Duration
    private let policies: AsyncStream<PolicyState>

    /// Binds nothing and asks nobody.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        let bus = try Bus(configuration.bus, context: context)
        let publisher = Publisher(
            configuration.publishing,
            target: configuration.target,
            logger: context.logger,
            pending: context.metrics.gauge(
                "isthmus_dns_pending_changes",
                help: "Changes that are due so that DNS says what it should; -1: DNS cannot be asked."
            )
        )
        bus.serve { request in
            do throws(Failure) {
                return .success(try await publisher.answer(request.body))
            } catch {
                return .failure(error)
            }
        }
        let (policies, continuation) = AsyncStream.makeStream(
            of: PolicyState.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        self.bus = bus
        self.publisher = publisher
        self.context = context
        self.checkInterval = configuration.checkInterval
        self.policies = policies
        self.follower = PolicyFollower(bus: bus, context: context) { continuation.yield($0) }
    }

    public func run() async throws {
        let parts: [any Service] = [
            self.bus, self.follower, PolicyWatch(policies: self.policies, publisher: self.publisher),
            DriftClock(interval: self.checkInterval, publisher: self.publisher),
            WithdrawalClock(publisher: self.publisher),
        ]
        try await self.context.run(parts)
    }
}

/// Hands the domains and edges of each new policy to the publisher; of several that came meanwhile, the last.
private struct PolicyWatch: Service {
    let policies: AsyncStream<PolicyState>
    let publisher: Publisher

    func run() async throws {
        for await policy in self.policies.cancelOnGracefulShutdown() {
            let domains = policy.domains.keys.sorted()
            guard await self.publisher.follow(domains: domains, edges: Array(policy.edges.values)) else { continue }
            await self.publisher.checkDrift()
        }
    }
}

/// Looks from time to time whether DNS still says what it should.
private struct DriftClock: Service {
    let interval: Duration
    let publisher: Publisher

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: self.interval)
                await self.publisher.checkDrift()
            }
        }
    }
}

/// Takes edges back into DNS that were about to stop and live on.
private struct WithdrawalClock: Service {
    private static let interval = Duration.seconds(10)

    let publisher: Publisher

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                await self.publisher.forgetWithdrawals()
            }
        }
    }
}
