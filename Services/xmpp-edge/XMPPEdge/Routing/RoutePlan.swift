import NetworkKit
import Policy
import XMPPCore

/// How a stream to a partner may be made.
struct RoutePlan: Sendable {
    let rules: StreamRules
    let configuration: OutboundStream.Configuration
    /// The partner's `proxy-fqdn`: where to connect instead of asking DNS.
    let proxy: ServiceTarget?

    init(
        _ partner: Partner,
        settings: GatewaySettings,
        hasCertificate: Bool,
        allowsBidirectional: Bool,
        maximumBytes: Int
    ) {
        let rules = StreamRules(partner)
        self.rules = rules
        self.configuration = OutboundStream.Configuration(
            rules: rules,
            timings: StreamTimings(settings),
            hasCertificate: hasCertificate,
            allowsBidirectional: allowsBidirectional,
            maximumBytes: maximumBytes
        )
        self.proxy = partner.proxyFQDN.map(Self.target)
    }

    /// `host` or `host:port`.
    static func target(_ text: String) -> ServiceTarget {
        let service = DomainService.xmppServer
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            text.first == "[" || !text[..<colon].contains(":")
        else { return ServiceTarget(service: service, host: Self.unbracketed(text[...]), port: service.defaultPort) }
        return ServiceTarget(service: service, host: Self.unbracketed(text[..<colon]), port: port)
    }

    private static func unbracketed(_ host: Substring) -> String {
        host.first == "[" && host.last == "]" ? String(host.dropFirst().dropLast()) : String(host)
    }
}
