public import DNS

/// A service of a domain that is found by SRV records.
public enum DomainService: String, Sendable, CaseIterable {
    /// XMPP between servers, with STARTTLS ([RFC 6120 §3.2](https://www.rfc-editor.org/rfc/rfc6120#section-3.2)).
    case xmppServer = "_xmpp-server._tcp"
    /// XMPP between servers, TLS at once ([XEP-0368](https://xmpp.org/extensions/xep-0368.html)).
    case xmppServerDirectTLS = "_xmpps-server._tcp"
    /// SIP over TLS ([RFC 3263 §4.1](https://www.rfc-editor.org/rfc/rfc3263#section-4.1)).
    case sips = "_sips._tcp"
    /// SIP over TLS, as Microsoft's servers publish it for federation.
    case sipFederation = "_sipfederationtls._tcp"
    /// SIP over TCP.
    case sip = "_sip._tcp"

    /// The port where there are no SRV records.
    public var defaultPort: Int {
        switch self {
        case .xmppServer: 5269
        case .xmppServerDirectTLS: 5270
        case .sips, .sipFederation: 5061
        case .sip: 5060
        }
    }

    /// Whether the connection begins with a TLS handshake.
    public var beginsWithTLS: Bool {
        switch self {
        case .xmppServerDirectTLS, .sips, .sipFederation: true
        case .xmppServer, .sip: false
        }
    }
}

/// A host that offers a service of a domain.
public struct ServiceTarget: Sendable, Hashable {
    public var service: DomainService
    /// A host name, or an address.
    public var host: String
    public var port: Int
    /// DNSSEC proves that the domain named this host.
    public var isSecure: Bool

    public init(service: DomainService, host: String, port: Int, isSecure: Bool = false) {
        self.service = service
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }
}

/// Why a domain's service cannot be reached.
public enum ServiceResolutionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The domain says, with the target `.`, that it does not offer the service.
    case refused
    /// The lookup gave no answer.
    case lookup(LookupError)

    public var description: String {
        switch self {
        case .refused: "the domain does not offer the service"
        case .lookup(let error): error.description
        }
    }
}
