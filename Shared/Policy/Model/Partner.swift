/// A remote XMPP organisation we federate with: a row of Lync's “XMPP Federated Partners” (SPEC §1,
/// `New-CsXmppAllowedPartner`).
public struct Partner: Equatable, Sendable {
    /// How far a partner's contacts are trusted (SPEC §2).
    public enum Kind: String, Equatable, Sendable, CaseIterable, Codable {
        case federated
        case publicVerified = "public-verified"
        case publicUnverified = "public-unverified"
    }

    /// The primary domain; the partner's identity.
    ///
    /// Lower case, A-labels.
    public var domain: String
    public var description: String
    /// Further domains of the same partner; no subdomain is implied.
    public var additionalDomains: [String]
    public var kind: Kind
    public var tls: Negotiation
    public var sasl: Negotiation
    public var dialback: Bool
    /// Expect and send keep-alives on the partner's streams.
    public var keepAlive: Bool
    /// Simultaneous streams with this partner, 1….
    public var connectionLimit: Int
    /// Where to connect instead of the SRV lookup: `host` or `host:port`.
    public var proxyFQDN: String?
    /// Whether its certificate must be one for TLS clients (`clientAuth`) where the partner opens the connection.
    ///
    /// Public authorities no longer issue such, so it is not asked for unless somebody does (SPEC §3).
    public var requiresClientAuth: Bool
    public var isEnabled: Bool

    public init(
        domain: String,
        description: String = "",
        additionalDomains: [String] = [],
        kind: Kind = .publicUnverified,
        tls: Negotiation = .required,
        sasl: Negotiation = .required,
        dialback: Bool = true,
        keepAlive: Bool = true,
        connectionLimit: Int = 20,
        proxyFQDN: String? = nil,
        requiresClientAuth: Bool = false,
        isEnabled: Bool = true
    ) {
        self.domain = domain
        self.description = description
        self.additionalDomains = additionalDomains
        self.kind = kind
        self.tls = tls
        self.sasl = sasl
        self.dialback = dialback
        self.keepAlive = keepAlive
        self.connectionLimit = connectionLimit
        self.proxyFQDN = proxyFQDN
        self.requiresClientAuth = requiresClientAuth
        self.isEnabled = isEnabled
    }

    /// All domains of the partner, the primary one first.
    public var domains: [String] { [self.domain] + self.additionalDomains }
}

/// What a partner wants of TLS or of SASL: the drop-down of Lync's dialog.
public enum Negotiation: String, Equatable, Sendable, CaseIterable, Codable {
    case required
    case optional
    case notSupported = "not-supported"
}
