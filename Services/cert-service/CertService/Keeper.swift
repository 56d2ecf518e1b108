import Logging
import NIOCore
import NIOPosix
import TLS
import Wire

/// The only holder of private keys at rest: issues, renews, takes in, assigns, and hands out.
///
/// Its work makes keys and waits for the disk, so it runs on a thread of its own.
actor Keeper {
    let settings: IssuingSettings
    nonisolated let store: CertificateStore
    let logger: Logger
    let now: @Sendable () -> Int64
    /// Where requests are written for somebody to carry to a CA.
    let requestDirectory: String
    /// The trust roots of the configuration, as PEM.
    let configuredRoots: [UInt8]
    let revocation: RevocationSettings
    let revocationMetrics: RevocationMetrics?
    let masterKeyFile: MasterKeyFile
    /// The CA that is asked by ACME; nil: none is.
    let acme: ACMESettings?
    let acmeMetrics: ACMEMetrics?
    /// Rung when there is an order.
    nonisolated let bell: OrderBell?
    var masterKeys: MasterKeys
    private let authority: CertificateAuthority
    private let metrics: CertificateMetrics?
    let publish: @Sendable (UInt64) -> Void
    let stagingMetrics: StagingMetrics?
    /// Rung when dns-publisher is to be told something.
    let dnsBell: AsyncStream<Void>.Continuation
    var staging = StagingMachine()
    /// What has become of assignments, and who waits to hear of it.
    var outcomes: [Int64: Outcome] = [:]
    var waiting: [Int64: [AsyncStream<Outcome>.Continuation]] = [:]
    /// The instances that live, and the version that each serves with.
    var edges: [CertificateUse: Set<String>] = [:]
    var versions: [String: UInt64] = [:]
    /// The keys that were in use when it was looked last.
    var served: Set<DNSAssociation>?

    /// The domains that the policy serves; nil before it was heard of.
    private var policyDomains: [String]?
    /// Domains that somebody asked for before the policy serves them.
    private var ensured: [String] = []
    private var isRenewing = false
    /// When something was warned about last, so that it is said once a day.
    private var warnedAt: [String: Int64] = [:]

    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let thread: any EventLoop  // keeps the executor alive

    /// What a keeper is made of.
    struct Parts: Sendable {
        var settings: IssuingSettings
        var store: CertificateStore
        var masterKeyFile: MasterKeyFile
        var configuredRoots: [UInt8]
        var revocation = RevocationSettings()
        var requestDirectory: String
        var logger: Logger
        var metrics: CertificateMetrics?
        var revocationMetrics: RevocationMetrics?
        var acme: ACMESettings?
        var acmeMetrics: ACMEMetrics?
        var bell: OrderBell?
        var stagingMetrics: StagingMetrics?
        var dnsBell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)).continuation
        /// The time in seconds since 1970.
        var now: @Sendable () -> Int64
        /// Told the version whenever what the edges are given has changed.
        var publish: @Sendable (UInt64) -> Void
    }

    /// Opens what rests in the store; at the first start makes the internal CA.
    init(_ parts: Parts) throws {
        self.settings = parts.settings
        self.store = parts.store
        self.logger = parts.logger
        self.now = parts.now
        self.requestDirectory = parts.requestDirectory
        self.configuredRoots = parts.configuredRoots
        self.revocation = parts.revocation
        self.revocationMetrics = parts.revocationMetrics
        self.metrics = parts.metrics
        self.publish = parts.publish
        self.stagingMetrics = parts.stagingMetrics
        self.dnsBell = parts.dnsBell
        self.masterKeyFile = parts.masterKeyFile
        self.acme = parts.acme
        self.acmeMetrics = parts.acmeMetrics
        self.bell = parts.bell
        let (keys, authority) = try InternalAuthority.open(parts)
        self.authority = authority
        self.masterKeys = MasterKeys(current: keys.current)
        if !keys.others.isEmpty {
            try Self.encryptAnew(parts, keys)
        }
        self.thread = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        self.unownedExecutor = self.thread.executor.asUnownedSerialExecutor()
    }

    /// The root of the internal CA.
    nonisolated var root: Certificate { self.authority.root }

    // MARK: Domains

    /// The domains that the policy serves.
    var domains: [String] { self.policyDomains ?? [] }

    /// Takes over the domains that the policy serves now.
    func follow(domains: [String]) async {
        let isChanged = self.policyDomains != domains.sorted()
        let isFirst = self.policyDomains == nil
        self.policyDomains = domains.sorted()
        if isFirst {
            do { try self.resumeStaging() } catch { self.warn(of: error) }
            self.dnsBell.yield()
        }
        // A domain that was asked for before it was committed is the policy's now.
        self.ensured.removeAll { domains.contains($0) }
        guard isChanged else { return }
        await self.renew()
        self.measure()
    }

    /// Whether the policy was heard of, and what was staged in an earlier life goes on.
    var hasResumed: Bool { self.policyDomains != nil }

    /// Sees to it that there is a certificate for each domain, though the policy does not serve it yet.
    func ensure(domains: [String]) async {
        self.ensured = (self.ensured + domains).uniqued().filter { !self.domains.contains($0) }
        // Before the policy is heard of, nobody knows which other certificates are still wanted.
        guard self.policyDomains != nil else { return }
        await self.renew()
    }

    /// How many certificates are made before the edges are told: a first start with many domains tells them early, and
    /// not a thousand times.
    private static let batch = 8

    /// Does what the renewal plan says now.
    func renew() async {
        // Others may come in between two batches; the plan is made anew for each, so one loop does for all.
        guard !self.isRenewing else { return }
        self.isRenewing = true
        defer { self.isRenewing = false }
        // A root that is about to expire makes certificates that are due at once: each domain has one attempt.
        var attempted: Set<String> = []
        do {
            while let domains = self.policyDomains {
                var plan = RenewalPlan(
                    domains: domains + self.ensured,
                    held: try self.store.certificates(),
                    settings: self.settings,
                    now: self.now()
                )
                self.warn(plan.warnings)
                plan.issues = Array(plan.issues.filter { !attempted.contains($0.domain) }.prefix(Self.batch))
                guard !plan.issues.isEmpty || !plan.retired.isEmpty else { break }
                attempted.formUnion(plan.issues.map(\.domain))
                try self.carryOut(plan)
                await Task.yield()
            }
        } catch {
            self.logger.error("Certificates cannot be renewed", metadata: ["reason": "\(error)"])
        }
        self.measure()
    }

    private func carryOut(_ plan: RenewalPlan) throws {
        let made = try plan.issues.map { issue in
            let fields = self.settings.fields(for: issue.domain)
            // A key whose TLSA records are in DNS is kept: then there is nothing to wait for (RFC 7671 §8.1).
            let key = self.staging.publishedUses.isEmpty ? nil : try issue.replaces.flatMap { try self.key(of: $0) }
            var certificate = try self.make(fields, kind: self.settings.keyKind, origin: .automatic, key: key)
            certificate.domain = issue.domain
            certificate.friendlyName = issue.domain
            certificate.uses = Set(CertificateUse.allCases)
            self.logger.notice(
                "Certificate issued",
                metadata: [
                    "certificate.domain": "\(issue.domain)", "certificate.id": "\(certificate.id)",
                    "reason": "\(issue.reason.rawValue)",
                ]
            )
            return certificate
        }
        try self.store.save(made, removing: plan.issues.compactMap(\.replaces) + plan.retired, isDelivered: true)
        self.changed()
    }

    /// Makes a key, and a certificate of the internal CA for it.
    func make(
        _ fields: CertificateRequestFields,
        kind: KeyKind,
        origin: StoredCertificate.Origin,
        key: PrivateKey? = nil
    ) throws -> StoredCertificate {
        let key = try key ?? PrivateKey(generating: kind)
        // Clocks differ: what was made a minute ago is valid at a peer whose clock is five minutes slow.
        let certificate = try self.authority.issue(
            fields,
            for: key,
            notBefore: self.now() - Self.clockSkew,
            notAfter: self.now() + self.settings.lifetime
        )
        var stored = try self.pending(fields, key: key, kind: kind.rawValue, origin: origin)
        stored.setChain([certificate], try certificate.pem(), at: self.now())
        return stored
    }

    private static let clockSkew: Int64 = 3600

    /// The private key of a certificate that is held.
    private func key(of id: String) throws -> PrivateKey? {
        try self.store.certificates().first { $0.id == id }.map { try self.open($0.sealedKey) }
    }

    /// A request that waits for its certificate.
    func pending(
        _ fields: CertificateRequestFields,
        key: PrivateKey,
        kind: String,
        origin: StoredCertificate.Origin
    ) throws -> StoredCertificate {
        let names = fields.names.compactMap { if case .dns(let name) = $0 { name } else { nil } }
        return StoredCertificate(
            id: Self.identifier(of: key),
            friendlyName: fields.subject.commonName,
            origin: origin,
            domain: nil,
            uses: [],
            keyKind: kind,
            isExportable: false,
            sealedKey: try key.sealedPEM(with: self.masterKeys.current),
            publicKey: key.publicKeyFingerprint,
            request: try CertificateRequest(fields, key: key).pem(),
            requestedNames: names,
            chain: [],
            names: names,
            notBefore: 0,
            notAfter: 0,
            assignedAt: 0
        )
    }

    /// What a certificate is called by here.
    static func identifier(of key: PrivateKey) -> String {
        String(key.publicKeyFingerprint.prefix(self.identifierLength))
    }

    /// 64 bits of the key's fingerprint tell certificates apart and can be read out.
    private static let identifierLength = 16

    // MARK: Delivery

    /// What an edge serves its use with: names, certificates, keys in the clear, and trust.
    func identities(_ use: CertificateUse) throws -> IdentitySet {
        var set = try self.identities(of: self.store.certificates(), use, version: self.store.version())
        set.trials = try self.trials(use)
        return set
    }

    /// Those of `held` that serve the use now, the first for peers that name nobody.
    func selection(_ held: [StoredCertificate], _ use: CertificateUse) -> [StoredCertificate] {
        IdentitySelection.select(held, use: use, domains: self.servedDomains(held), now: self.now())
    }

    func identities(of held: [StoredCertificate], _ use: CertificateUse, version: UInt64) throws -> IdentitySet {
        IdentitySet(
            version: version,
            identities: try self.selection(held, use).map { certificate in
                ServiceIdentity(
                    names: certificate.names,
                    certificateChainPEM: certificate.chain,
                    privateKeyPEM: try self.open(certificate.sealedKey).pem()
                )
            },
            trustRootsPEM: try self.trustPEM(for: use),
            revocationLists: try self.revocationLists()
        )
    }

    /// The domains of the policy; before it was heard of, those that certificates were made for in an earlier life.
    private func servedDomains(_ held: [StoredCertificate]) -> [String] {
        self.policyDomains ?? held.compactMap(\.domain).sorted()
    }

    /// Tells the edges that what they are given has changed.
    func changed() {
        guard let version = try? self.store.version() else { return }
        self.publish(version)
        self.retireKeys()
        self.dnsBell.yield()
        self.measure()
    }

    /// Brings the metrics up to date.
    func measure() {
        if let lists = try? self.store.revocationLists() { self.revocationMetrics?.update(lists) }
        self.measureOrders()
        guard let metrics = self.metrics, let held = try? self.store.certificates() else { return }
        metrics.update(held, domains: self.servedDomains(held), now: self.now())
    }

    // MARK: Warnings

    private func warn(_ warnings: [RenewalPlan.Warning]) {
        for warning in warnings where self.mayWarn(of: warning.id) {
            self.logger.warning(
                warning.secondsLeft > 0 ? "Certificate expires soon" : "Certificate has expired",
                metadata: [
                    "certificate.id": "\(warning.id)", "certificate.days_left": "\(warning.secondsLeft / 86_400)",
                ]
            )
        }
    }

    /// Whether a day has passed since this was warned about; the day begins now.
    func mayWarn(of id: String) -> Bool {
        guard self.now() - (self.warnedAt[id] ?? 0) >= Self.warningInterval else { return false }
        self.warnedAt[id] = self.now()
        return true
    }

    private static let warningInterval: Int64 = 86_400
}

extension StoredCertificate {
    /// Takes the certificate that answers the request.
    mutating func setChain(_ chain: [Certificate], _ pem: [UInt8], at now: Int64) {
        guard let leaf = chain.first else { return }
        self.chain = pem
        self.names = leaf.names.dnsNames
        self.notBefore = leaf.notBefore
        self.notAfter = leaf.notAfter
        self.assignedAt = now
    }
}
