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
import TLS
import Wire

/// The gateway's face towards SIP servers: takes MESSAGE, SUBSCRIBE and NOTIFY from authorized hosts, and sends them along
/// static routes (SPEC §5).
public final class SIPEdge: Service {
    private let configuration: Configuration
    private let context: ServiceContext
    private let bus: Bus
    private let follower: PolicyFollower
    private let identities: IdentityFollower
    private let refusals: RefusalReporter
    private let registration: EdgeRegistration
    let server: SIPServer
    private let resolver: DNS.Resolver

    /// Puts the parts together; nothing is opened before ``run()``.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        self.configuration = configuration
        self.context = context
        // Before the first key is made.
        Self.prepare(configuration.fips, context)
        context.expectConnections(configuration.connectionLimits.maximum)
        let bus = try Bus(configuration.bus, context: context)
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let identities = IdentityFollower(
            use: .sip,
            usesSystemRoots: configuration.usesSystemRoots,
            revocation: configuration.revocation,
            profile: configuration.fips.profile,
            bus: bus,
            context: context
        )
        let refusals = RefusalReporter(bus: bus, context: context)
        let resolver = try DNS.Resolver(configuration.resolver, metrics: context.metrics)
        let server = SIPServer(
            configuration,
            context: context,
            bus: bus,
            refusals: refusals,
            identities: identities,
            resolver: ServiceResolver(resolver),
            loop: loop
        )
        let follower = PolicyFollower(bus: bus, context: context) { state in
            // Fails only when the loop has ended, and nobody needs a policy any more.
            try? await loop.submit { server.assumeIsolated { $0.use(state) } }.get()
        }
        self.bus = bus
        self.identities = identities
        self.refusals = refusals
        self.resolver = resolver
        self.server = server
        self.follower = follower
        let startedAt = WallClock.milliseconds()
        self.registration = EdgeRegistration(
            .sip,
            publicAddresses: configuration.publicAddresses,
            bus: bus,
            context: context,
            waits: true
        ) {
            EdgeStatus(
                policyEpoch: follower.state?.epoch ?? "",
                policySequence: follower.state?.sequence ?? 0,
                certificatesVersion: identities.versionInUse,
                startedAt: startedAt,
                programVersion: IsthmusVersion.current,
                counters: server.counters
            )
        }
    }

    /// Has OpenSSL's FIPS provider do the work, where FIPS mode is on and it is installed; says which of the two holds.
    private static func prepare(_ mode: FIPSMode, _ context: ServiceContext) {
        guard mode != .off else { return }
        let provider = context.metrics.gauge(
            "isthmus_tls_fips_provider",
            help:
                "Whether OpenSSL's FIPS provider computes everything of TLS: 1, or 0 when only the algorithms are restricted."
        )
        do throws(TLSError) {
            try FIPSProvider.activate()
            provider.set(1)
            context.logger.notice("FIPS mode: approved algorithms only, computed by OpenSSL's FIPS provider")
        } catch {
            provider.set(0)
            context.logger.warning(
                "FIPS mode: approved algorithms only; OpenSSL's FIPS provider is not used",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// What other services may ask of this one: policy-service for its live connections and for test messages, another sip-edge to serve a request of a dialog here.
    private func serveRequests() {
        let server = self.server
        self.bus.serve { request in
            if case .streamQuery(let query) = request.body {
                guard !query.wantsNextHops else {
                    return .success(.streamPage(StreamPage(streams: [], nextHops: await server.nextHops())))
                }
                return .success(.streamPage(await server.streams(query)))
            }
            if case .messageTest(let test) = request.body {
                return .success(.messageTestResult(await server.test(test)))
            }
            if case .routeTest(let test) = request.body { return .success(.testSteps(await server.test(test))) }
            guard case .sipRelay(let relay) = request.body else {
                return .failure(Failure(.unsupported, "sip-edge does not serve this"))
            }
            guard let answer = await server.receivedRelayed(relay) else {
                return .failure(Failure(.invalid, "what was handed over is no SIP request"))
            }
            return .success(.sipRelayed(answer))
        }
    }

    public func run() async throws {
        defer { self.resolver.close() }
        self.serveRequests()
        let services: [any Service] = [
            self.bus, self.refusals, self.identities, self.follower, self.registration, self.server.records,
            EdgeServing(
                server: self.server,
                registration: self.registration,
                withdrawal: EdgeWithdrawal(self.configuration.withdrawal, bus: self.bus, logger: self.context.logger),
                context: self.context
            ),
        ]
        // The loop is left to the end of the process: an attempt to connect may still come back to it.
        try await self.context.run(services)
    }
}

/// The last part to start and the first to stop: opens the listeners, brings back subscriptions, drains.
private struct EdgeServing: Service {
    let server: SIPServer
    let registration: EdgeRegistration
    let withdrawal: EdgeWithdrawal
    let context: ServiceContext

    private static let interval = Duration.milliseconds(500)
    private static let look = Duration.milliseconds(20)

    func run() async throws {
        self.context.health.set("listeners", ready: false, detail: "waiting for the first policy")
        // Without a policy every host would be refused as unknown.
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled, await !self.server.hasPolicy { try? await Task.sleep(for: Self.look) }
        }
        guard await self.server.hasPolicy else { return }
        try await self.server.start()
        self.registration.begin()
        self.context.health.set("listeners", ready: true, detail: "open")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepRestoring() }
            try? await gracefulShutdown()
            self.context.health.set("listeners", ready: false, detail: "draining")
            // While DNS leads peers here, this edge is one like the others.
            await self.withdrawal.finish()
            group.cancelAll()
        }
        await self.registration.drain()
        await self.server.stop()
        await self.registration.leave()
    }

    /// Brings back what was subscribed before a restart, and takes over what another edge leaves behind.
    private func keepRestoring() async {
        while !Task.isCancelled {
            if await self.server.beginRestoring() {
                do {
                    try await self.server.records.load { await self.server.restore($0) }
                    await self.server.endRestoring(isComplete: true)
                } catch {
                    self.context.logger.info("Subscriptions are not loaded yet", metadata: ["error": "\(error)"])
                    await self.server.endRestoring(isComplete: false)
                }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
