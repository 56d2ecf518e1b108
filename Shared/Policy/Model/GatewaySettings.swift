/// The gateway's global settings: `Set-CsXmppGatewayConfiguration` (SPEC §1).
///
/// Times are in seconds.
public struct GatewaySettings: Equatable, Sendable {
    public var connectionLimit: Int
    public var partnerConnectionLimit: Int
    public var keepAliveInterval: Int
    public var streamEstablishmentTimeout: Int
    public var streamInactivityTimeout: Int
    public var subscriptionRefreshInterval: Int
    public var logMessageBodies: Bool
    /// Whether domains that are nobody's partner are treated as ``defaultPartner``.
    public var openFederation: Bool
    /// The rules for a domain that is nobody's partner, when ``openFederation`` is on.
    ///
    /// Its `domain` is not looked at.
    public var defaultPartner: Partner
    public var blockedDomains: [DomainRule]
    /// When not empty, only these domains are federated with.
    public var allowedDomains: [DomainRule]
    /// Whether users may federate when no narrower scope says anything (SPEC §1, `EnableXmppAccess`): off.
    public var xmppAccess: Bool

    public init(
        connectionLimit: Int = 1000,
        partnerConnectionLimit: Int = 20,
        keepAliveInterval: Int = 300,
        streamEstablishmentTimeout: Int = 60,
        streamInactivityTimeout: Int = 600,
        subscriptionRefreshInterval: Int = 28_800,
        logMessageBodies: Bool = false,
        openFederation: Bool = false,
        defaultPartner: Partner = Partner(domain: "*"),
        blockedDomains: [DomainRule] = [],
        allowedDomains: [DomainRule] = [],
        xmppAccess: Bool = false
    ) {
        self.connectionLimit = connectionLimit
        self.partnerConnectionLimit = partnerConnectionLimit
        self.keepAliveInterval = keepAliveInterval
        self.streamEstablishmentTimeout = streamEstablishmentTimeout
        self.streamInactivityTimeout = streamInactivityTimeout
        self.subscriptionRefreshInterval = subscriptionRefreshInterval
        self.logMessageBodies = logMessageBodies
        self.openFederation = openFederation
        self.defaultPartner = defaultPartner
        self.blockedDomains = blockedDomains
        self.allowedDomains = allowedDomains
        self.xmppAccess = xmppAccess
    }
}

/// A domain, or `*.domain` for all below it, in a list of allowed or blocked domains.
public struct DomainRule: Equatable, Hashable, Sendable {
    public enum Direction: String, Equatable, Sendable, CaseIterable, Codable { case both, inbound, outbound }

    public var pattern: String
    public var direction: Direction

    public init(pattern: String, direction: Direction = .both) {
        self.pattern = pattern
        self.direction = direction
    }
}
