import Bus
import DNS
import EdgeKit
import Logging
import NIOCore
import NIOPosix
import NetworkKit
import Policy
public import ServiceKit
public import ServiceLifecycle
import Wire

/// The gateway's face towards XMPP servers: takes their streams, opens streams to them, and hands what they carry to the
/// sip-edges (SPEC §4).
public final class XMPPEdge: Service {
    private let configuration: Configuration
    private let context: ServiceContext
    private let bus: Bus
    private let follower: PolicyFollower
    private let identities: IdentityFollower
    private let refusals: RefusalReporter
    private let registration: EdgeRegistration
    private let federation: Federation
    private let attachment: Attachment?
    private let group: MultiThreadedEventLoopGroup
    private let resolver: DNS.Resolver

    /// Puts the parts together; nothing is opened before ``run()``.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        context.expectConnections(configuration.connectionLimits.maximum)
        let bus = try Bus(configuration.bus, context: context)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let identities = IdentityFollower(
            use: .xmpp,
            usesSystemRoots: configuration.usesSystemRoots,
            revocation: configuration.revocation,
            bus: bus,
            context: context
        )
        let refusals = RefusalReporter(bus: bus, context: context)
        let resolver = try DNS.Resolver(configuration.resolver, metrics: context.metrics)
        let surroundings = Surroundings(
            loop: loop,
            logger: context.logger,
            metrics: EdgeMetrics(context.metrics),
            limits: configuration.limits,
            allowsBidirectional: configuration.allowsBidirectional,
            resolver: ServiceResolver(resolver),
            dialback: DialbackAuthorityClient(bus: bus, logger: context.logger),
            tlsContext: { identities.current },
            report: { refusals.report($0) }
        )
        let federation = Federation(
            surroundings: surroundings,
            connectionLimits: configuration.connectionLimits,
            version: IsthmusVersion.current
        )
        let attachment = configuration.component.map { Attachment($0, router: federation.router) }
        identities.onChange { loop.execute { federation.router.assumeIsolated { $0.certificatesChanged() } } }
        let follower = PolicyFollower(bus: bus, context: context) { state in
            // Fails only when the loop has ended, and nobody needs a policy any more.
            try? await loop.submit { federation.router.assumeIsolated { $0.policyChanged(state) } }.get()
        }
        self.configuration = configuration
        self.context = context
        self.bus = bus
        self.group = group
        self.identities = identities
        self.refusals = refusals
        self.resolver = resolver
        self.federation = federation
        self.attachment = attachment
        self.follower = follower
        let startedAt = WallClock.milliseconds()
        self.registration = EdgeRegistration(
            .xmpp,
            publicAddresses: configuration.publicAddresses,
            bus: bus,
            context: context,
            waits: true,
            attachedDomains: { attachment?.domains ?? [] }
        ) {
            EdgeStatus(
                policyEpoch: follower.state?.epoch ?? "",
                policySequence: follower.state?.sequence ?? 0,
                certificatesVersion: identities.versionInUse,
                startedAt: startedAt,
                programVersion: IsthmusVersion.current,
                counters: federation.counters
            )
        }
        // Before the follower runs: the first policy finds a router that is joined to the bus.
        loop.execute {
            federation.router.assumeIsolated { router in
                router.attachment = attachment
                router.attach { bus.traffic(on: loop, $0) }
            }
        }
        bus.serve { request in
            if case .messageTest(let test) = request.body {
                return .success(.messageTestResult(await federation.router.test(test)))
            }
            if case .partnerTest(let test) = request.body {
                return .success(.testSteps(await federation.router.test(test)))
            }
            guard case .streamQuery(let query) = request.body else {
                return .failure(Failure(.unsupported, "xmpp-edge does not serve this"))
            }
            return .success(.streamPage(await federation.streams(query)))
        }
    }

    public func run() async throws {
        defer { self.resolver.close() }
        let services: [any Service] = [
            self.bus, self.refusals, self.identities, self.follower, self.registration,
            Serving(
                configuration: self.configuration,
                federation: self.federation,
                attachment: self.attachment,
                registration: self.registration,
                withdrawal: EdgeWithdrawal(self.configuration.withdrawal, bus: self.bus, logger: self.context.logger),
                follower: self.follower,
                identities: self.identities,
                context: self.context
            ),
        ]
        // The loop is left to the end of the process: an attempt to connect may still come back to it.
        try await self.context.run(services)
    }
}

/// The last part to start and the first to stop: opens the listeners once there is a policy, and drains.
private struct Serving: Service {
    let configuration: XMPPEdge.Configuration
    let federation: Federation
    let attachment: Attachment?
    let registration: EdgeRegistration
    let withdrawal: EdgeWithdrawal
    let follower: PolicyFollower
    let identities: IdentityFollower
    let context: ServiceContext

    private static let condition = "listeners"
    private static let look = Duration.milliseconds(50)
    /// How long it waits for its certificates: without cert-service it goes on with what needs none.
    private static let certificatePatience = Duration.seconds(5)

    func run() async throws {
        self.context.health.set(Self.condition, ready: false, detail: "waiting for the first policy")
        // Without a policy every peer would be refused as unknown, and would remember it.
        await cancelWhenGracefulShutdown {
            while self.follower.state == nil, !Task.isCancelled { try? await Task.sleep(for: Self.look) }
            // Nor, without certificates, every stream that needs TLS.
            let end = ContinuousClock.now + Self.certificatePatience
            while !self.identities.hasAnswered, .now < end, !Task.isCancelled { try? await Task.sleep(for: Self.look) }
        }
        guard self.follower.state != nil else { return }
        var listeners: [Listener] = []
        for endpoint in self.configuration.listen {
            listeners.append(try await self.federation.listen(on: endpoint, isDirectTLS: false))
        }
        for endpoint in self.configuration.listenDirectTLS {
            listeners.append(try await self.federation.listen(on: endpoint, isDirectTLS: true))
        }
        let registration = self.registration
        registration.begin()
        // The sip-edges are to know at once.
        await self.attachment?.start { Task { await registration.announce() } }
        self.context.health.set(Self.condition, ready: true, detail: "open")
        try? await gracefulShutdown()
        self.context.health.set(Self.condition, ready: false, detail: "draining")
        await self.withdrawal.finish()
        await self.registration.drain()
        for listener in listeners { try? await listener.close().get() }
        await self.federation.drain()
        await self.registration.leave()
    }
}
