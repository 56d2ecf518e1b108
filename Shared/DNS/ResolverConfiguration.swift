/// How a `Resolver` finds its answers.
public struct ResolverConfiguration: Sendable, Hashable {
    /// Whom it asks.
    public enum Upstream: Sendable, Hashable {
        /// The name servers of `/etc/resolv.conf`, after `/etc/hosts`.
        case system
        /// These name servers and nobody else.
        case forwarders([Forwarder])
    }

    public var upstream: Upstream
    /// A file with the DNSSEC trust anchor of the root; nil: nothing is validated, no answer is secure.
    public var trustAnchorFile: String?
    /// How long a lookup may take.
    public var timeout: Duration
    /// How many lookups may be under way: beyond it a lookup fails at once with ``LookupError/overloaded``.
    public var maximumOutstanding: Int
    /// More than all partners of a gateway need at once, and less than a flood of names would take.
    public static let defaultOutstanding = 1024

    public init(
        upstream: Upstream = .system,
        trustAnchorFile: String? = nil,
        timeout: Duration = .seconds(10),
        maximumOutstanding: Int = Self.defaultOutstanding
    ) {
        self.upstream = upstream
        self.trustAnchorFile = trustAnchorFile
        self.timeout = timeout
        self.maximumOutstanding = maximumOutstanding
    }
}
