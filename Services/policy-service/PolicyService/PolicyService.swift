internal import Bus
internal import DNS
import Logging
import NIOPosix
internal import NetworkKit
public import ServiceKit
public import ServiceLifecycle
internal import Wire

/// Owns what is durable (partners, settings, domains, users, routes, hosts, subscriptions, the audit log) and the
/// directory of live edges; tells the other services over the bus, and administrators through the API.
///
/// ```
///   API ──▶ PolicyEngine ──▶ store (SQLite, or PostgreSQL with other replicas)
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

    /// Opens the embedded store and brings it to the present schema; binds nothing.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        self.configuration = configuration
        self.context = context
        self.store =
            switch configuration.store {
            case .sqlite(let path): try SQLiteStore(path: path)
            case .postgresql(let server): PostgresStore(server, logger: context.logger)
            }
        self.bus = try Bus(configuration.bus, context: context)
        self.resolver = try DNS.Resolver(configuration.resolver, metrics: context.metrics)
        context.health.set("policy", ready: false, detail: "not loaded")
        context.health.set("api", ready: false, detail: "not listening")
    }

    public func run() async throws {
        let parts = try await self.assemble()
        try await self.context.run(parts)
    }

    /// Loads the policy and puts the parts together, those that others need first.
    private func assemble() async throws -> [any Service] {
        let logger = self.context.logger
        let now: @Sendable () -> Moment = { Moment.now() }
        let bus = self.bus
        if let store = self.store as? PostgresStore { try await self.waitUntilOpen(store) }
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
        let methods = BusMethods(
            engine: engine,
            store: self.store,
            refusals: refusals,
            others: bus,
            logger: logger
        )
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
            health: self.context.health,
            connections: APIConnections(
                limit: self.configuration.apiConnections,
                metrics: self.context.metrics,
                logger: logger
            )
        )
        let upkeep = Upkeep(engine: engine, refusals: refusals, tokens: tokens, metrics: self.context.metrics)
        let replica = (self.store as? any SharedStore).map { Replica(store: $0, engine: engine, tokens: tokens) }
        return [upkeep] + (replica.map { [$0] } ?? []) + [bus, api]
    }

    /// A database server may start later than this service.
    private func waitUntilOpen(_ store: PostgresStore) async throws {
        while true {
            do {
                return try await store.open()
            } catch StoreError.unavailable(let reason) {
                self.context.health.set("policy", ready: false, detail: "PostgreSQL does not answer: \(reason)")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}
