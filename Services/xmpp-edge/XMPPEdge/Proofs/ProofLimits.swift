import ServiceKit

/// What keeps peers that nobody knows from having us ask DNS as much as they like.
///
/// Beside these, a lookup takes a TLS handshake of the peer's budget, and a domain that the policy lets in.
public struct ProofLimits: Equatable, Sendable {
    /// Domains looked up at the same time: few partners have certificates that need it, and DNS answers within a second.
    ///
    /// None: nothing is looked up.
    public var domains: Int
    /// Streams from one address, or IPv6 /64, that wait for an answer.
    public var perAddress: Int
    /// How long the records of a domain may take: below what other servers wait for features.
    public var timeout: Duration
    /// Domains that had no proof a moment ago, and are not looked up again at once.
    public var failures: Int
    /// Servers of one domain that are looked at: more than anybody has who does not mean harm, and each costs a lookup.
    public var servers: Int

    public init(
        domains: Int = 64,
        perAddress: Int = 16,
        timeout: Duration = .seconds(10),
        failures: Int = 4096,
        servers: Int = 8
    ) {
        self.domains = domains
        self.perAddress = perAddress
        self.timeout = timeout
        self.failures = failures
        self.servers = servers
    }

    init(_ settings: inout SettingsReader) {
        self.init()
        self.domains = settings.int(
            "limits.proofs",
            default: self.domains,
            in: 0...10_000,
            hint:
                "how many domains of connecting peers, whose certificates no trust root vouches for, are looked up for TLSA records at the same time; 0 for none"
        )
        self.perAddress = settings.int(
            "limits.proofs-per-address",
            default: self.perAddress,
            in: 1...10_000,
            hint: "how many streams from one IPv4 address or IPv6 /64 may wait for such an answer"
        )
        self.timeout = settings.duration(
            "limits.proof-timeout",
            default: self.timeout,
            in: .seconds(1) ... .seconds(60),
            hint: "how long the TLSA records of a connecting peer's domain may take"
        )
        self.failures = settings.int(
            "limits.proof-failures",
            default: self.failures,
            in: 1...1_000_000,
            hint: "how many domains that had no proof in DNS are remembered, and not looked up for a while"
        )
        self.servers = settings.int(
            "limits.proof-servers",
            default: self.servers,
            in: 1...256,
            hint: "how many servers of a connecting peer's domain are looked up for TLSA records"
        )
    }
}
