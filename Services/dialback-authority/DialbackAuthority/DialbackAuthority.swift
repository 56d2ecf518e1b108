package import Bus
internal import Logging
internal import Messaging
internal import NIOCore
public import ServiceKit
public import ServiceLifecycle
internal import Synchronization
internal import Wire

/// The only holder of the dialback secret (SPEC §10): makes the keys of the streams that xmpp-edge opens, and says of a key
/// that a remote server shows whether it is one of them ([XEP-0220](https://xmpp.org/extensions/xep-0220.html)).
///
/// It keeps nothing but the secret: a key is checked by making it again, so replicas with the same secret are one authority.
public final class DialbackAuthority: Service {
    let bus: Bus
    let keeper: SecretKeeper
    let limiter: Mutex<DomainRateLimiter>
    let context: ServiceContext
    let metrics: AuthorityMetrics
    /// The time of day, in milliseconds since 1970.
    let clock: @Sendable () -> Int64

    /// How often a look is taken after what is due: a secret that has ended, one that is old enough.
    private static let lookInterval = Duration.seconds(10)

    /// Reads the secret, and at the first start makes it; binds nothing.
    public convenience init(_ configuration: Configuration, context: ServiceContext) throws {
        try self.init(configuration, context: context, clock: { WallClock.milliseconds() })
    }

    init(_ configuration: Configuration, context: ServiceContext, clock: @escaping @Sendable () -> Int64) throws {
        let keeper = try SecretKeeper(configuration.source, rules: configuration.rules, at: clock())
        self.keeper = keeper
        self.clock = clock
        self.bus = try Bus(configuration.bus, context: context)
        self.limiter = Mutex(
            DomainRateLimiter(
                domain: configuration.domainRate,
                total: configuration.totalRate,
                capacity: configuration.domains
            )
        )
        self.context = context
        self.metrics = AuthorityMetrics(context.metrics, keeper: keeper, clock: clock)
        if keeper.isNew {
            let id = keeper.live(at: clock()).first?.id ?? ""
            context.logger.notice("Dialback secret made", metadata: ["secret.id": "\(id)"])
        }
        self.bus.serve { [weak self] request in
            guard let self else { return .failure(Failure(.unavailable, "dialback-authority is shutting down")) }
            return self.answer(request.body, messageID: request.messageID, at: .now())
        }
    }

    public func run() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.bus.run() }
            group.addTask {
                try? await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        self.look()
                        try await Task.sleep(for: Self.lookInterval)
                    }
                }
            }
            // The bus ends when the service is to stop, or when it cannot go on.
            try await group.next()
            try await group.next()
        }
    }

    /// Where the bus listens; for tests.
    package func endpoints() async throws -> BusEndpoints { try await self.bus.endpoints() }

    /// Does what is due for the secrets, and says what has changed.
    func look() {
        for change in self.keeper.look(at: self.clock()) {
            let current = self.keeper.live(at: self.clock()).first?.id ?? ""
            switch change {
            case .reloaded:
                self.context.logger.notice("Dialback secret changed", metadata: ["secret.id": "\(current)"])
            case .dropped(let id):
                self.context.logger.notice("Dialback secret ended", metadata: ["secret.id": "\(id)"])
            case .rotated(let id):
                self.metrics.rotations.increment()
                self.context.logger.notice("Dialback secret replaced by its age", metadata: ["secret.id": "\(id)"])
            case .failed(let problem):
                self.metrics.failures.increment()
                self.context.logger.error("Dialback secret not readable", metadata: ["error": "\(problem)"])
            }
        }
    }
}
