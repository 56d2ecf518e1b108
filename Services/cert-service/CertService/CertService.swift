internal import Bus
internal import Foundation
internal import Logging
internal import Policy
public import ServiceKit
public import ServiceLifecycle
internal import Wire

/// Keeps the gateway's certificates, and alone its private keys at rest (SPEC §8): makes them for each domain of the
/// policy, renews them, takes in others, and hands them to the edges that serve with them.
///
/// ```
///  policy-service ──domains──▶ Keeper ──▶ store (keys encrypted with the master key)
///  administrator ──orders────▶   │
///                    identities, ▼ “changed”
///                              edges
/// ```
public final class CertService: Service {
    /// How often is looked whether something has to be renewed, at least.
    private static let renewalInterval: Int64 = 3600

    let bus: Bus
    private let follower: PolicyFollower
    private let keeper: Keeper
    private let fetcher: RevocationFetcher
    /// With an ACME CA: what asks it, and where it looks for proofs.
    private let acme: [any Service]
    private let associations: AssociationPublisher
    private let context: ServiceContext
    private let policies: AsyncStream<PolicyState>
    private let renewalInterval: Duration

    /// Opens the store with the master key, and at the first start makes both; binds nothing.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        let bus = try Bus(configuration.bus, context: context)
        let bell = OrderBell()
        let acmeMetrics = ACMEMetrics(context.metrics)
        let (dnsBells, dnsBell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let keeper = try Keeper(
            Keeper.Parts(
                settings: configuration.issuing,
                store: CertificateStore(directory: configuration.directory),
                masterKeyFile: configuration.masterKeyFile,
                configuredRoots: configuration.trust.pem(),
                revocation: configuration.revocation,
                requestDirectory: "\(configuration.directory)/requests",
                logger: context.logger,
                metrics: CertificateMetrics(context.metrics),
                revocationMetrics: RevocationMetrics(context.metrics),
                acme: configuration.acme,
                acmeMetrics: acmeMetrics,
                bell: bell,
                stagingMetrics: StagingMetrics(context.metrics),
                dnsBell: dnsBell,
                now: Self.now,
                publish: { bus.publish(.certificatesChanged(version: $0)) }
            )
        )
        let board = ChallengeBoard()
        let acme = configuration.acme.map { settings in
            ACMEService(
                ACMEService.Parts(
                    settings: settings,
                    keeper: keeper,
                    board: board,
                    metrics: acmeMetrics,
                    logger: context.logger,
                    publish: { challenge async throws(ACMEProblem) in try await bus.publish(challenge) },
                    now: Self.now,
                    bell: bell
                )
            )
        }
        bus.serve { request in
            do throws(Failure) {
                switch request.body {
                case .certificateRevocation, .acmeAccountOrder:
                    guard let acme else { throw ACMEService.notConfigured }
                    return .success(try await acme.answer(request.body))
                default: break
                }
                return .success(
                    try await keeper.answer(request.body, for: request.caller, instance: request.callerInstance)
                )
            } catch {
                return .failure(error)
            }
        }
        let (policies, continuation) = AsyncStream.makeStream(
            of: PolicyState.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        self.bus = bus
        self.keeper = keeper
        self.fetcher = RevocationFetcher(keeper: keeper, settings: configuration.revocation, now: Self.now)
        self.acme =
            acme.map { service -> [any Service] in
                let settings = service.parts.settings
                guard settings.challenges.contains(.http) else { return [service] }
                return [service, ChallengeListener(settings: settings, board: board, logger: context.logger)]
            } ?? []
        self.associations = AssociationPublisher(bus: bus, keeper: keeper, logger: context.logger, bell: dnsBells)
        self.context = context
        self.policies = policies
        // Certificates of an hour, as tests have them, are looked at every few minutes.
        self.renewalInterval = .seconds(min(Self.renewalInterval, configuration.issuing.lifetime / 24))
        self.follower = PolicyFollower(bus: bus, context: context) { continuation.yield($0) }
    }

    private static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }

    public func run() async throws {
        let parts: [any Service] =
            [
                self.bus, self.follower, PolicyWatch(policies: self.policies, keeper: self.keeper),
                RenewalClock(interval: self.renewalInterval, keeper: self.keeper), self.fetcher, self.associations,
            ] + self.acme
        try await self.context.run(parts)
    }
}

/// Hands the domains of each new policy to the keeper; of several that came meanwhile, the last.
private struct PolicyWatch: Service {
    let policies: AsyncStream<PolicyState>
    let keeper: Keeper

    func run() async throws {
        for await policy in self.policies.cancelOnGracefulShutdown() {
            await self.keeper.follow(edges: policy.living)
            await self.keeper.follow(domains: Array(policy.domains.keys))
        }
    }
}

/// Looks from time to time whether something has to be renewed.
private struct RenewalClock: Service {
    let interval: Duration
    let keeper: Keeper

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: self.interval)
                await self.keeper.renew()
            }
        }
    }
}

extension Bus {
    /// Generous: a name server may be far away, and dns-publisher reads back what it has written.
    private static let publishingTimeout = Duration.seconds(60)

    /// Asks dns-publisher for the record of a proof, or takes it away.
    fileprivate func publish(_ challenge: DNSChallenge) async throws(ACMEProblem) {
        do throws(BusFailure) {
            _ = try await self.request(.dnsChallenge(challenge), to: .dnsPublisher, timeout: Self.publishingTimeout)
        } catch {
            throw .notProvable("dns-publisher cannot have _acme-challenge.\(challenge.name) changed: \(error)")
        }
    }
}

extension PolicyState {
    /// The edges that live and do not drain, by the use that they serve.
    fileprivate var living: [CertificateUse: Set<String>] {
        Dictionary(
            uniqueKeysWithValues: CertificateUse.allCases.map { use in
                let edges = self.edges.values.filter { $0.kind.rawValue == use.edge.rawValue && !$0.isDraining }
                return (use, Set(edges.map(\.instance)))
            }
        )
    }
}
