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
            )
        )
    }

    private static func forwarders(_ text: String) -> [Forwarder]? {
        let words = text.split { $0 == "," || $0 == " " }
        let forwarders = words.compactMap { Forwarder(String($0)) }
        return forwarders.count == words.count ? forwarders : nil
    }
}

extension ConnectionLimits {
    /// Reads the settings `limits.connections` and `limits.connections-per-address`.
    public convenience init(_ settings: inout SettingsReader) {
        self.init(
            maximum: settings.int(
                "limits.connections",
                default: 10_000,
                in: 1...1_000_000,
                hint: "how many inbound connections there may be"
            ),
            maximumPerClient: settings.int(
                "limits.connections-per-address",
                default: 100,
                in: 1...1_000_000,
                hint: "how many of them may come from one IPv4 address or IPv6 /64"
            )
        )
    }
}
