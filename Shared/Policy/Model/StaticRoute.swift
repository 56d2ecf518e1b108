/// Which next hop serves which SIP addresses: a row of LCS's Routing tab, `New-CsStaticRoute` (SPEC §5).
public struct StaticRoute: Equatable, Sendable {
    public enum Transport: String, Equatable, Sendable, CaseIterable, Codable {
        case tcp, tls, udp
        /// What DNS says ([RFC 3263 §4.1](https://www.rfc-editor.org/rfc/rfc3263#section-4.1)): whoever can forge that can take TLS away.
        case auto
    }

    /// How the servers behind a next hop take instant messages (SPEC §5).
    public enum Dialect: String, Equatable, Sendable, CaseIterable, Codable {
        /// Found out from what they send and answer.
        case auto
        /// MESSAGE outside dialogs ([RFC 3428](https://www.rfc-editor.org/rfc/rfc3428)).
        case rfc
        /// Sessions with `m=x-ms-message`.
        case lcs2005
        /// Sessions with `m=message`.
        case ocs2007
        /// The same, as Lync and Skype for Business have them.
        case lync
    }

    /// Given by policy-service when the route is made; unique.
    public var id: String
    /// `*`, or one user's name.
    public var user: String
    /// `foo.com`, or `*.foo.com` for all below it.
    public var domain: String
    /// Only URIs with `user=phone`.
    public var phoneURIOnly: Bool
    /// An FQDN; for TCP and UDP also an IP address.
    public var nextHop: String
    /// 0: what DNS says, by SRV records ([RFC 3263 §4.2](https://www.rfc-editor.org/rfc/rfc3263#section-4.2)).
    public var port: Int
    public var transport: Transport
    public var replaceHostInRequestURI: Bool
    /// Lower first.
    public var priority: Int
    public var isEnabled: Bool
    public var dialect: Dialect
    /// The name of the certificate that we show there; empty: the edge chooses.
    public var identity: String
    /// Whether TLS 1.0 and 1.1 are good enough for a server that knows nothing better.
    public var allowsLegacyTLS: Bool

    /// Whether it is DNS that says where the next hop's servers are.
    public var isFoundInDNS: Bool { self.port == 0 }

    public init(
        id: String,
        user: String = "*",
        domain: String,
        phoneURIOnly: Bool = false,
        nextHop: String,
        port: Int,
        transport: Transport,
        replaceHostInRequestURI: Bool = false,
        priority: Int = 1,
        isEnabled: Bool = true,
        dialect: Dialect = .auto,
        identity: String = "",
        allowsLegacyTLS: Bool = false
    ) {
        self.id = id
        self.user = user
        self.domain = domain
        self.phoneURIOnly = phoneURIOnly
        self.nextHop = nextHop
        self.port = port
        self.transport = transport
        self.replaceHostInRequestURI = replaceHostInRequestURI
        self.priority = priority
        self.isEnabled = isEnabled
        self.dialect = dialect
        self.identity = identity
        self.allowsLegacyTLS = allowsLegacyTLS
    }
}
