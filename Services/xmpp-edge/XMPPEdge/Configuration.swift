public import Bus
public import DNS
public import EdgeKit
public import NetworkKit
public import ServiceKit
public import TLS
import Wire

extension XMPPEdge {
    /// What xmpp-edge can be told from outside.
    public struct Configuration: ServiceConfiguration {
        public var bus: Bus.Configuration
        /// Where streams with STARTTLS are taken; empty for nowhere.
        public var listen: [Endpoint]
        /// Where streams that begin with TLS are taken (XEP-0368); empty for nowhere.
        public var listenDirectTLS: [Endpoint]
        /// Whether stanzas may go both ways on one stream (XEP-0288).
        public var allowsBidirectional: Bool
        /// The XMPP server of split domains, if this edge is to be attached to one.
        public var component: ComponentConfiguration?
        /// The addresses under which peers reach this edge, for DNS.
        public var publicAddresses: [String]
        public var resolver: ResolverConfiguration
        /// Whether peers' certificates may also chain to the system's roots.
        public var usesSystemRoots: Bool
        /// What revocation lists count for when a peer's certificate is verified.
        public var revocation: RevocationMode
        /// Connections, all together and from one address.
        public var connectionLimits: ConnectionLimits
        public var limits: Limits
        /// How long it goes on serving for DNS when it is told to stop.
        public var withdrawal: EdgeWithdrawal.Settings

        public var drainDeadline: Duration { self.withdrawal.drainDeadline }

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .xmppEdge, settings: &settings)
            self.listen = settings.endpoints(
                "xmpp.listen",
                default: ["[::]:5269"],
                hint: "where servers reach us with STARTTLS; empty for nowhere"
            )
            self.listenDirectTLS = settings.endpoints(
                "xmpp.listen-direct-tls",
                default: ["[::]:5270"],
                hint: "where servers reach us with TLS from the first byte (XEP-0368); empty for nowhere"
            )
            self.allowsBidirectional = settings.bool(
                "xmpp.bidi",
                default: true,
                hint: "whether stanzas may go both ways on one stream (XEP-0288)"
            )
            self.component = ComponentConfiguration(&settings)
            self.publicAddresses = settings.list(
                "xmpp.public-addresses",
                hint: "the IP addresses under which other servers reach this edge, for DNS"
            )
            self.resolver = ResolverConfiguration(&settings)
            self.usesSystemRoots = settings.bool(
                "tls.system-roots",
                default: true,
                hint: "whether partners' certificates may also chain to the roots of the operating system"
            )
            self.revocation = settings.choice(
                "tls.revocation",
                default: .soft,
                hint:
                    "whether revoked certificates are refused: off, soft, or hard (a list that is missing is a reason too)"
            )
            self.connectionLimits = ConnectionLimits(&settings)
            self.limits = Limits(&settings)
            self.withdrawal = EdgeWithdrawal.Settings(&settings)
        }
    }
}
