internal import Bus
internal import DNS
import Logging
import NIOPosix
public import ServiceKit
public import ServiceLifecycle
internal import Wire

/// Owns what is durable (partners, settings, domains, users, routes, hosts, subscriptions, the audit log) and the
/// directory of live edges; tells the other services over the bus, and administrators through the API.
///
/// ```
///   API ──▶ PolicyEngine ──▶ store
///              │   ▲
///       deltas ▼   │ heartbeats, snapshot requests, subscriptions, refusals
///             bus ─┘
/// ```
public final class PolicyService: Service {
    private let configuration: Configuration
    private let context: ServiceContext
    private let bus: Bus
    private let store: any PolicyStore
    /// For the tests that an administrator starts.
    private let resolver: DNS.Resolver

    /// Opens the store and brings it to the present schema; binds nothing.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        self.configuration = configuration
        self.context = context
        self.store = try SQLiteStore(path: configuration.database)
        self.bus = try Bus(configuration.bus, context: context)
        self.resolver = try DNS.Resolver(configuration.resolver)
        context.health.set("policy", ready: false, detail: "not loaded")
        context.health.set("api", ready: false, detail: "not listening")
    }

    public func run() async throws {
        let parts = try await self.assemble()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
                logger: self.context.logger
            )
        )
        try await group.run()
    }

    /// Loads the policy and puts the parts together, those that others need first.
    private func assemble() async throws -> [any Service] {
        let logger = self.context.logger
        let now: @Sendable () -> Moment = { Moment.now() }
        let bus = self.bus
        let engine = try await PolicyEngine(
            store: self.store,
            epoch: bus.instance,
            logger: logger,
            now: now,
            publish: { bus.publish(.policyDelta($0)) }
        )
        let refusals = RefusalLog(store: self.store, logger: logger)
        let tokens = try await Tokens(store: self.store)
        try await FirstToken.make(in: tokens, file: self.configuration.tokenFile, at: now().wall, logger: logger)
        let methods = BusMethods(engine: engine, store: self.store, refusals: refusals, logger: logger)
        bus.serve { await methods.answer($0.body, from: $0.caller) }
        let version = await engine.version
        logger.notice("Policy loaded", metadata: ["policy.version": "\(version)", "policy.epoch": "\(bus.instance)"])
        self.context.health.set("policy", ready: true, detail: "loaded")
        let status = StatusRoutes(
            engine: engine,
            others: bus,
            instance: bus.instance,
            programVersion: IsthmusVersion.current,
            startedAt: now().wall
        )
        let probes = NetworkProbes(resolver: self.resolver, loop: MultiThreadedEventLoopGroup.singleton.next())
        let routes = APIRoutes(
            engine: engine,
            store: self.store,
            refusals: refusals,
            tokens: tokens,
            others: bus,
            status: status,
            probes: probes,
            now: now,
            logger: logger
        )
        let api = APIServer(
            listen: self.configuration.apiListen,
            routes: routes,
            logger: logger,
            health: self.context.health
        )
        return [Upkeep(engine: engine, refusals: refusals, metrics: self.context.metrics), bus, api]
    }
}
