internal import Logging
public import Policy
public import ServiceKit
public import ServiceLifecycle
internal import Synchronization
public import Wire

/// Tells policy-service that this edge lives, until it leaves: how other edges and DNS learn of it.
public final class EdgeRegistration: Service {
    private static let interval = Duration.seconds(2)
    private static let timeout = Duration.seconds(2)
    /// How often it looks whether it may begin.
    private static let look = Duration.milliseconds(20)

    private let bus: Bus
    private let context: ServiceContext
    private let kind: EdgeRecord.Kind
    private let publicAddresses: [String]
    private let status: @Sendable () -> EdgeStatus
    private let attachedDomains: @Sendable () -> [String]
    private let hasBegun: Atomic<Bool>
    private let isDraining = Atomic(false)
    private let hasLeft = Atomic(false)

    /// Registers nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - kind: Which protocol the edge speaks.
    ///   - publicAddresses: Where peers reach it, for DNS.
    ///   - bus: The edge's bus.
    ///   - context: The service's name, log and measurements.
    ///   - waits: Whether nothing is said before ``begin()``.
    ///   - attachedDomains: The split domains to whose XMPP server it is attached, asked before each heartbeat.
    ///   - status: How the edge fares, asked before each heartbeat.
    public init(
        _ kind: EdgeRecord.Kind,
        publicAddresses: [String],
        bus: Bus,
        context: ServiceContext,
        waits: Bool = false,
        attachedDomains: @escaping @Sendable () -> [String] = { [] },
        status: @escaping @Sendable () -> EdgeStatus
    ) {
        self.kind = kind
        self.publicAddresses = publicAddresses
        self.bus = bus
        self.context = context
        self.hasBegun = Atomic(!waits)
        self.attachedDomains = attachedDomains
        self.status = status
    }

    /// Sends a heartbeat every few seconds, also while the edge drains, until the edge has left.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, !self.hasBegun.load(ordering: .relaxed) { try? await Task.sleep(for: Self.look) }
            var wasKnown: Bool?
            while !Task.isCancelled, !self.hasLeft.load(ordering: .relaxed) {
                let isKnown = await self.beat()
                if isKnown != wasKnown { self.logChange(isKnown) }
                wasKnown = isKnown
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func logChange(_ isKnown: Bool) {
        if isKnown {
            self.context.logger.notice("Registered with policy-service")
        } else {
            self.context.logger.warning("policy-service does not answer; going on without it")
        }
    }

    /// The edge can do its work: from now on others may know of it.
    public func begin() { self.hasBegun.store(true, ordering: .relaxed) }

    /// Says at once that nothing new should be given to this edge.
    public func drain() async {
        self.isDraining.store(true, ordering: .relaxed)
        _ = await self.beat()
    }

    /// Says at once what has changed.
    public func announce() async { _ = await self.beat() }

    /// Says goodbye.
    public func leave() async {
        self.hasLeft.store(true, ordering: .relaxed)
        _ = try? await self.bus.request(
            .edgeDeparture(instance: self.bus.instance),
            to: .policyService,
            timeout: Self.timeout
        )
    }

    /// Whether policy-service has taken note.
    private func beat() async -> Bool {
        let endpoint = self.bus.configuration.advertise ?? self.bus.configuration.listen
        let record = EdgeRecord(
            kind: self.kind,
            instance: self.bus.instance,
            endpoint: endpoint,
            publicAddresses: self.publicAddresses,
            isDraining: self.isDraining.load(ordering: .relaxed),
            attachedDomains: self.attachedDomains()
        )
        let heartbeat = EdgeHeartbeat(edge: record, status: self.status())
        let reply = try? await self.bus.request(.edgeHeartbeat(heartbeat), to: .policyService, timeout: Self.timeout)
        return reply != nil
    }
}
