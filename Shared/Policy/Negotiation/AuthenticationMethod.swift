/// How the two ends of a server-to-server stream may prove who they are, in our order of preference (SPEC §3).
public enum AuthenticationMethod: String, Equatable, Hashable, Sendable, CaseIterable, Codable {
    /// SASL EXTERNAL with certificates, inside TLS ([XEP-0178](https://xmpp.org/extensions/xep-0178.html)).
    case saslTLS = "sasl-tls"
    /// Dialback inside TLS ([XEP-0220](https://xmpp.org/extensions/xep-0220.html)).
    case tlsDialback = "tls-dialback"
    /// Dialback in the clear.
    case tcpDialback = "tcp-dialback"

    public var needsTLS: Bool {
        switch self {
        case .saslTLS, .tlsDialback: true
        case .tcpDialback: false
        }
    }
}
