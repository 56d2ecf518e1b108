/// All that an edge needs to know of the policy, at one version.
///
/// Subscriptions are not in it: an edge asks for its own.
public struct PolicySnapshot: Equatable, Sendable {
    /// The number of the last ``PolicyChange`` that is in it.
    public var sequence: UInt64
    /// Tells one life of policy-service's sequence from another: a change of it means "ask for a new snapshot".
    public var epoch: String
    public var settings: GatewaySettings
    public var partners: [Partner]
    public var domains: [LocalDomain]
    public var users: [UserRecord]
    public var routes: [StaticRoute]
    public var hosts: [HostAuthorization]
    public var edges: [EdgeRecord]

    public init(
        sequence: UInt64 = 0,
        epoch: String = "",
        settings: GatewaySettings = GatewaySettings(),
        partners: [Partner] = [],
        domains: [LocalDomain] = [],
        users: [UserRecord] = [],
        routes: [StaticRoute] = [],
        hosts: [HostAuthorization] = [],
        edges: [EdgeRecord] = []
    ) {
        self.sequence = sequence
        self.epoch = epoch
        self.settings = settings
        self.partners = partners
        self.domains = domains
        self.users = users
        self.routes = routes
        self.hosts = hosts
        self.edges = edges
    }
}
