public import Bus
import Logging
public import ServiceKit
public import ServiceLifecycle
import Synchronization
public import TLS
public import Wire

/// Keeps an edge's certificates and trust roots as cert-service has them.
///
/// New connections use what is current; those that exist keep what they began with, so that no stream is dropped for a
/// new certificate of ours. Whether those of peers are still trusted is for ``onChange(_:)``. While cert-service is away the last good set stays in use. Keys are in memory only.
public final class IdentityFollower: Service {
    private static let timeout = Duration.seconds(5)
    private static let retry = Duration.seconds(1)
    /// Asks anyway from time to time: a publication may have been lost while cert-service was restarted.
    private static let refresh = Duration.seconds(60)
    /// The name of the readiness condition.
    private static let condition = "certificates"

    private let bus: Bus
    private let context: ServiceContext
    private let use: CertificateUse
    private let usesSystemRoots: Bool
    private let revocation: RevocationMode
    private let profile: TLSProfile
    private let holder: Mutex<TLSContextHolder?> = Mutex(nil)
    /// What ``current`` was made of, and a context of it for old peers once there was one to speak to.
    private let legacy = Mutex<(configuration: TLSContext.Configuration?, context: TLSContext?)>((nil, nil))
    private let version: Gauge
    private let refusals: Counter
    private let known = Mutex<UInt64>(0)
    /// The version that was refused last, so that it is said once.
    private let refused = Mutex<UInt64>(0)
    private let answered = Atomic(false)
    private let observer = Mutex(Observer())

    /// A value of its own, for the lock: a bare function in a `Mutex` is wrapped anew each time that it is looked at.
    private struct Observer {
        var call: (@Sendable () -> Void)?
    }

    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    /// Follows the identities of one use.
    ///
    /// `usesSystemRoots` says whether peers may also chain to the roots of the system, `revocation` what the revocation
    /// lists of cert-service count for, and `profile` which protocols and algorithms are good enough.
    public init(
        use: CertificateUse,
        usesSystemRoots: Bool,
        revocation: RevocationMode,
        profile: TLSProfile = .standard,
        bus: Bus,
        context: ServiceContext
    ) {
        self.use = use
        self.usesSystemRoots = usesSystemRoots
        self.revocation = revocation
        self.profile = profile
        self.bus = bus
        self.context = context
        self.version = context.metrics.gauge(
            "isthmus_certificates_version",
            help: "The version of the identities and trust roots in use."
        )
        self.refusals = context.metrics.counter(
            "isthmus_certificates_refused_total",
            help: "Sets of identities and trust roots that could not be taken into use, or not in a trial."
        )
        (self.changes, self.change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        context.health.set(Self.condition, ready: false, detail: "waiting for cert-service")
        bus.subscribe(to: .certService) { [change] _ in change.yield() }
    }

    /// The context that new connections use; `nil` until cert-service has answered for the first time.
    public var current: TLSContext? { self.holder.withLock { $0?.current } }

    /// The same certificates with the protocols of old peers, for those whom an administrator has named; `nil` in FIPS mode.
    public var legacyContext: TLSContext? {
        guard self.profile != .fips else { return nil }
        return self.legacy.withLock { legacy in
            if let context = legacy.context { return context }
            guard var configuration = legacy.configuration else { return nil }
            configuration.profile = .legacy
            legacy.context = try? TLSContext(configuration)
            return legacy.context
        }
    }
    /// Has `observer` called whenever another set has been taken into use.
    public func onChange(_ observer: @escaping @Sendable () -> Void) {
        self.observer.withLock { $0.call = observer }
    }

    /// Whether cert-service has said what there is, be it nothing.
    public var hasAnswered: Bool { self.answered.load(ordering: .relaxed) }

    /// The version in use, 0 until there is one.
    public var versionInUse: UInt64 { self.known.withLock { $0 } }

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    private func follow() async {
        let ticker = Task { [change] in
            while !Task.isCancelled {
                let pause = self.versionInUse == 0 ? Self.retry : Self.refresh
                try? await Task.sleep(for: pause)
                change.yield()
            }
        }
        defer { ticker.cancel() }
        await self.load()
        for await _ in self.changes { await self.load() }
    }

    /// Takes into use what is in force, and tries what is about to be; cert-service is told how both went.
    private func load() async {
        do {
            let set = try await self.ask(IdentitiesRequest(self.use, version: self.versionInUse))
            var report = self.take(set)
            self.answered.store(true, ordering: .relaxed)
            if let trial = set.trials.first {
                report = IdentitiesRequest(self.use, tried: trial.version, refusal: self.refusal(of: trial))
            }
            guard var report else { return }
            report.version = self.versionInUse
            // It may be in force by now, because all others can serve with it too.
            _ = self.take(try await self.ask(report))
        } catch {
            self.context.logger.warning(
                self.current == nil
                    ? "No certificates yet" : "Certificates are not refreshed; the last ones stay in use",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func ask(_ request: IdentitiesRequest) async throws(BusFailure) -> IdentitySet {
        let reply = try await self.bus.request(
            .identitiesRequest(request),
            to: .certService,
            timeout: Self.timeout,
            messageID: nil
        )
        guard case .identities(let set) = reply else {
            return IdentitySet(version: 0, identities: [], trustRootsPEM: [])
        }
        return set
    }

    /// Takes a set into use, unless it is in use already.
    ///
    /// - Returns: What cert-service is to be told of it; `nil`: nothing.
    private func take(_ set: IdentitySet) -> IdentitiesRequest? {
        guard set.version != 0, set.version != self.versionInUse || self.current == nil else { return nil }
        do throws(TLSError) {
            try self.install(set)
            return IdentitiesRequest(self.use)
        } catch {
            if self.refused.withLock({ refused in
                defer { refused = set.version }
                return refused != set.version
            }) {
                self.refusals.increment()
                self.context.logger.error(
                    "Certificates refused; the last ones stay in use",
                    metadata: ["certificates.version": "\(set.version)", "reason": "\(error)"]
                )
            }
            return IdentitiesRequest(self.use, refusal: "\(error)")
        }
    }

    /// Why this edge, with its own settings, could not serve with a set; `nil`: it could.
    private func refusal(of trial: IdentitySet) -> String? {
        do throws(TLSError) {
            _ = try TLSContext(self.configuration(of: trial))
            for identity in trial.identities {
                try StagedHandshake.prove(
                    chainPEM: identity.certificateChainPEM,
                    privateKeyPEM: identity.privateKeyPEM,
                    profile: self.profile
                )
            }
            return nil
        } catch {
            self.refusals.increment()
            self.context.logger.error(
                "Certificates refused in a trial; they are not put to use",
                metadata: ["reason": "\(error)"]
            )
            return "\(error)"
        }
    }

    private func configuration(of set: IdentitySet) throws(TLSError) -> TLSContext.Configuration {
        var identities: [TLSIdentity] = []
        for identity in set.identities {
            identities.append(
                try TLSIdentity(
                    names: identity.names,
                    certificateChainPEM: identity.certificateChainPEM,
                    privateKeyPEM: identity.privateKeyPEM
                )
            )
        }
        return TLSContext.Configuration(
            identities: identities,
            trustRootsPEM: set.trustRootsPEM,
            usesSystemRoots: self.usesSystemRoots,
            revocationLists: set.revocationLists,
            revocation: self.revocation,
            profile: self.profile
        )
    }

    /// Takes a set into use as a whole, or not at all.
    private func install(_ set: IdentitySet) throws(TLSError) {
        let configuration = try self.configuration(of: set)
        let context = try TLSContext(configuration)
        self.legacy.withLock { $0 = (configuration, nil) }
        self.holder.withLock { holder in
            if let holder { holder.current = context } else { holder = TLSContextHolder(context) }
        }
        self.known.withLock { $0 = set.version }
        self.version.set(Int(set.version))
        self.context.health.set(Self.condition, ready: true, detail: "version \(set.version)")
        self.context.logger.notice(
            "Certificates taken into use",
            metadata: [
                "certificates.version": "\(set.version)",
                "certificates.names": .array(set.identities.flatMap(\.names).map { "\($0)" }),
                "certificates.revocation_lists": "\(set.revocationLists.count)",
            ]
        )
        self.observer.withLock { $0.call }?()
    }
}
