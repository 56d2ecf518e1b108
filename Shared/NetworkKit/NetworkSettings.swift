public import DNS
public import ServiceKit

extension ResolverConfiguration {
    /// Reads the settings `resolver.*`.
    public init(_ settings: inout SettingsReader) {
        let servers = settings.value(
            "resolver.servers",
            kind: "a list of addresses, each with or without @PORT",
            default: "",
            fallback: [],
            hint: "the name servers that lookups are sent to; empty: those of /etc/resolv.conf",
            parse: Self.forwarders
        )
        self.init(
            upstream: servers.isEmpty ? .system : .forwarders(servers),
            trustAnchorFile: settings.optionalPath(
                "resolver.trust-anchor",
                hint: "a file with the DNSSEC trust anchor of the root; not set: answers are not validated"
            ),
            timeout: settings.duration(
                "resolver.timeout",
                default: .seconds(10),
                in: .milliseconds(100) ... .seconds(60),
                hint: "how long a lookup may take"
            ),
            maximumOutstanding: settings.int(
                "resolver.outstanding-limit",
                default: Self.defaultOutstanding,
                in: 1...100_000,
                hint: "how many lookups may be under way; more fail at once"
            )
        )
    }

    private static func forwarders(_ text: String) -> [Forwarder]? {
        let words = text.split { $0 == "," || $0 == " " }
        let forwarders = words.compactMap { Forwarder(String($0)) }
        return forwarders.count == words.count ? forwarders : nil
    }
}

extension Resolver {
    /// One whose lookups that were too many are counted.
    public convenience init(_ configuration: ResolverConfiguration, metrics: MetricsRegistry) throws(ResolverFailure) {
        let counter = metrics.counter(
            "isthmus_resolver_overloaded_total",
            help:
                "Lookups in DNS that failed at once, because as many were under way as resolver.outstanding-limit allows."
        )
        try self.init(configuration, overloaded: { counter.increment() })
    }
}

extension ConnectionLimits {
    /// Reads the settings `limits.connections`, `limits.connections-per-address`, `limits.connection-rate` and
    /// `limits.connection-burst`.
    public convenience init(_ settings: inout SettingsReader) {
        self.init(
            maximum: settings.int(
                "limits.connections",
                default: Self.maximum,
                in: 1...1_000_000,
                hint: "how many inbound connections there may be"
            ),
            maximumPerClient: settings.int(
                "limits.connections-per-address",
                default: Self.maximumPerClient,
                in: 1...1_000_000,
                hint: "how many of them may come from one IPv4 address or IPv6 /64"
            ),
            arrivals: AddressBudget.Rate(
                perSecond: settings.int(
                    "limits.connection-rate",
                    default: Self.arrivals.perSecond,
                    in: 1...1_000_000,
                    hint: "how many new connections a second one IPv4 address or IPv6 /64 may open on average"
                ),
                burst: settings.int(
                    "limits.connection-burst",
                    default: Self.arrivals.burst,
                    in: 1...1_000_000,
                    hint: "how many of these may come at once"
                )
            )
        )
    }
}
