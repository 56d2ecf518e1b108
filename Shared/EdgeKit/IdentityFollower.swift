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
    private let known = Mutex<UInt64>(0)
    private let observer: Mutex<(@Sendable () -> Void)?> = Mutex(nil)
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
    public func onChange(_ observer: @escaping @Sendable () -> Void) { self.observer.withLock { $0 = observer } }

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

    private func load() async {
        do {
            let reply = try await self.bus.request(
                .identitiesRequest(self.use),
                to: .certService,
                timeout: Self.timeout,
                messageID: nil
            )
            guard case .identities(let set) = reply else { return }
            guard set.version != self.versionInUse || self.current == nil else { return }
            try self.install(set)
        } catch {
            self.context.logger.warning(
                self.current == nil
                    ? "No certificates yet" : "Certificates are not refreshed; the last ones stay in use",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Takes a set into use as a whole, or not at all.
    private func install(_ set: IdentitySet) throws(TLSError) {
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
        let configuration = TLSContext.Configuration(
            identities: identities,
            trustRootsPEM: set.trustRootsPEM,
            usesSystemRoots: self.usesSystemRoots,
            revocationLists: set.revocationLists,
            revocation: self.revocation,
            profile: self.profile
        )
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
        self.observer.withLock { $0 }?()
    }
}
