import NetworkKit
import Policy

/// How messages travel between us and one peer.
enum SIPTransport: String, Hashable, Sendable {
    case tcp, tls, udp

    /// That of a route; `nil` when DNS says it.
    init?(_ transport: StaticRoute.Transport) {
        switch transport {
        case .tcp: self = .tcp
        case .tls: self = .tls
        case .udp: self = .udp
        case .auto: return nil
        }
    }

    init(_ service: SIPService) {
        switch service {
        case .tcp: self = .tcp
        case .tls: self = .tls
        case .udp: self = .udp
        }
    }

    /// As DNS names it.
    var service: SIPService {
        switch self {
        case .tcp: .tcp
        case .tls: .tls
        case .udp: .udp
        }
    }

    /// As Via has it.
    var token: String { self.rawValue.uppercased() }

    /// Whether what was written arrives, or the connection breaks: else it is for us to send again
    /// ([RFC 3261 §17](https://www.rfc-editor.org/rfc/rfc3261#section-17)).
    var isReliable: Bool { self != .udp }

    /// The port where none is named ([RFC 3261 §19.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-19.1.2)).
    var defaultPort: Int { self == .tls ? 5061 : 5060 }
}
