public import Messaging

/// The policy as an edge works with it: built from a snapshot, kept up to date by deltas, every look-up O(1).
///
/// ```
///  snapshot ──▶ PolicyState ◀── delta(epoch, first sequence, changes)
///                                 │ next in order: applied
///                                 │ already known: ignored
///                                 └ a gap, or another epoch: ask for a snapshot; this state stays in use meanwhile
/// ```
public struct PolicyState: Equatable, Sendable {
    /// What became of a delta.
    public enum DeltaOutcome: Equatable, Sendable {
        case applied
        /// All of it was known.
        case known
        /// Something before it is missing, or policy-service began anew: a snapshot is needed.
        case snapshotNeeded
    }

    /// The number of the last change that is in it.
    public private(set) var sequence: UInt64
    public private(set) var epoch: String
    public private(set) var settings: GatewaySettings
    public private(set) var partners: [String: Partner]
    public private(set) var domains: [String: LocalDomain]
    public private(set) var edges: [String: EdgeRecord]
    private(set) var users: UserTable
    private var hosts: [String: HostAuthorization]
    private var routeTable: RouteTable
    /// Every domain of every partner → the partner's primary domain.
    private var primaryDomains: [String: String]
    var blocked: DomainRuleSet
    var allowed: DomainRuleSet

    /// The policy of a gateway that was never configured: nothing is allowed.
    public init() { self.init(PolicySnapshot()) }

    public init(_ snapshot: PolicySnapshot) {
        self.sequence = snapshot.sequence
        self.epoch = snapshot.epoch
        self.settings = snapshot.settings
        self.blocked = DomainRuleSet(snapshot.settings.blockedDomains)
        self.allowed = DomainRuleSet(snapshot.settings.allowedDomains)
        self.partners = [:]
        self.primaryDomains = [:]
        self.domains = Dictionary(snapshot.domains.map { ($0.domain, $0) }) { $1 }
        self.users = UserTable(snapshot.users) { Self.key(ofUser: $0.address) }
        self.hosts = Dictionary(snapshot.hosts.map { (Self.key(ofHost: $0.host), $0) }) { $1 }
        self.edges = Dictionary(snapshot.edges.map { ($0.instance, $0) }) { $1 }
        self.routeTable = RouteTable(snapshot.routes)
        for partner in snapshot.partners { self.set(partner) }
    }

    /// The same as a snapshot, each list in the order of its keys.
    public var snapshot: PolicySnapshot { self.snapshot(withUsers: true) }

    /// The users, in the order of their addresses.
    public var sortedUsers: [UserRecord] { self.users.values.sorted { $0.address < $1.address } }

    public var userCount: Int { self.users.count }
    public var hostCount: Int { self.hosts.count }

    /// All users, in no order.
    public var allUsers: some Sequence<UserRecord> { self.users.values }

    /// Whether the users are those of another state; at once where one was made from the other without touching them.
    public func hasSameUsers(as other: PolicyState) -> Bool { self.users == other.users }

    /// The same as ``snapshot``, with the users of a list that was put in order before.
    public func snapshot(withUsers users: [UserRecord]) -> PolicySnapshot {
        var snapshot = self.snapshot(withUsers: false)
        snapshot.users = users
        return snapshot
    }

    /// The same, if need be without the users: they may be a hundred thousand, the rest never is.
    func snapshot(withUsers: Bool) -> PolicySnapshot {
        PolicySnapshot(
            sequence: self.sequence,
            epoch: self.epoch,
            settings: self.settings,
            partners: self.partners.values.sorted { $0.domain < $1.domain },
            domains: self.domains.values.sorted { $0.domain < $1.domain },
            users: withUsers ? self.sortedUsers : [],
            routes: self.routeTable.routes.values.sorted { $0.id < $1.id },
            hosts: self.hosts.values.sorted { $0.host < $1.host },
            edges: self.edges.values.sorted { $0.instance < $1.instance }
        )
    }
}

// MARK: - Changes

extension PolicyState {
    /// Takes a delta as it was published.
    public mutating func apply(epoch: String, firstSequence: UInt64, _ changes: [PolicyChange]) -> DeltaOutcome {
        guard epoch == self.epoch, firstSequence <= self.sequence + 1 else { return .snapshotNeeded }
        let known = self.sequence + 1 - firstSequence
        guard known < UInt64(changes.count) else { return .known }
        for change in changes.dropFirst(Int(known)) { self.apply(change) }
        return .applied
    }

    /// Takes over a configuration that was worked out while edges came and went, as the next `count` changes.
    public mutating func adopt(_ configuration: PolicyState, as count: Int) {
        let (sequence, epoch, edges) = (self.sequence, self.epoch, self.edges)
        self = configuration
        (self.sequence, self.epoch, self.edges) = (sequence + UInt64(count), epoch, edges)
    }

    /// Takes over the live edges of `other`.
    public mutating func takeEdges(of other: PolicyState) { self.edges = other.edges }

    /// Uses the users of an earlier state where they are the same, so that the two are compared at once.
    public mutating func share(with earlier: PolicyState) { self.users.share(with: earlier.users) }

    /// Takes the next change.
    public mutating func apply(_ change: PolicyChange) {
        self.sequence += 1
        switch change {
        case .settings(let settings):
            self.settings = settings
            self.blocked = DomainRuleSet(settings.blockedDomains)
            self.allowed = DomainRuleSet(settings.allowedDomains)
        case .partner(let partner): self.set(partner)
        case .partnerRemoved(let domain): self.removePartner(domain)
        case .domain(let domain): self.domains[domain.domain] = domain
        case .domainRemoved(let domain): self.domains[domain] = nil
        case .user(let user): self.users[Self.key(ofUser: user.address)] = user
        case .userRemoved(let address): self.users[Self.key(ofUser: address)] = nil
        case .route(let route): self.routeTable.set(route)
        case .routeRemoved(let id): self.routeTable.remove(id: id)
        case .host(let host): self.hosts[Self.key(ofHost: host.host)] = host
        case .hostRemoved(let host): self.hosts[Self.key(ofHost: host)] = nil
        case .edge(let edge): self.edges[edge.instance] = edge
        case .edgeRemoved(let instance): self.edges[instance] = nil
        }
    }

    private mutating func set(_ partner: Partner) {
        self.removePartner(partner.domain)
        self.partners[partner.domain] = partner
        for domain in partner.domains { self.primaryDomains[domain] = partner.domain }
    }

    private mutating func removePartner(_ primary: String) {
        guard let partner = self.partners.removeValue(forKey: primary) else { return }
        // A domain may have moved to another partner in the same commit: only what is still this partner's is removed.
        for domain in partner.domains where self.primaryDomains[domain] == primary { self.primaryDomains[domain] = nil }
    }
}

// MARK: - Look-ups

extension PolicyState {
    /// The partner one of whose domains this is.
    public func partner(ofDomain domain: String) -> Partner? {
        self.primaryDomains[domain.caseFolded].flatMap { self.partners[$0] }
    }

    /// The rules for a remote domain: its partner's, or in open federation those for unknown domains.
    public func rules(forDomain domain: String) -> Partner? {
        if let partner = self.partner(ofDomain: domain) { return partner }
        guard self.settings.openFederation else { return nil }
        var partner = self.settings.defaultPartner
        partner.domain = domain.caseFolded
        return partner
    }

    public func localDomain(_ domain: String) -> LocalDomain? { self.domains[domain.caseFolded] }

    public func isLocal(_ domain: String) -> Bool { self.localDomain(domain) != nil }

    /// The directory's entry of a user, whatever the device.
    public func user(_ address: Address) -> UserRecord? {
        self.users[Address(user: address.user?.caseFolded, domain: address.domain.caseFolded)]
    }

    /// All routes, in no order.
    public var allRoutes: some Collection<StaticRoute> { self.routeTable.routes.values }

    /// The route of that id.
    public func route(id: String) -> StaticRoute? { self.routeTable.routes[id] }

    /// The directory's entry of a user, by `user@domain`.
    public func user(address: String) -> UserRecord? { self.users[Self.key(ofUser: address)] }

    /// The authorization of a SIP host by its FQDN or IP address.
    public func host(_ name: String) -> HostAuthorization? { self.hosts[Self.key(ofHost: name)] }

    /// The routes for an address, in the order in which they are to be tried; empty when there is none.
    ///
    /// `isPhoneURI` says whether the URI has `user=phone`.
    public func routes(to address: Address, isPhoneURI: Bool = false) -> [StaticRoute] {
        self.routeTable.routes(user: address.user, domain: address.domain, isPhoneURI: isPhoneURI)
    }

    /// `user@domain`; the last `@` divides, for a user's name may hold one.
    private static func key(ofUser address: String) -> Address {
        let folded = address.caseFolded
        guard let at = folded.utf8.lastIndex(of: UInt8(ascii: "@")) else { return Address(user: nil, domain: folded) }
        return Address(user: String(folded[..<at]), domain: String(folded[folded.index(after: at)...]))
    }

    /// An IP address in its one canonical form, so that `2001:DB8::0:1` is found as `2001:db8::1`.
    private static func key(ofHost host: String) -> String { IPAddress(host)?.description ?? host.caseFolded }
}
