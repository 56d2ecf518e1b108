/// The services of the gateway, as they call themselves and as their keys are named.
public enum ServiceName: String, Hashable, Sendable, CaseIterable {
    case xmppEdge = "xmpp-edge"
    case sipEdge = "sip-edge"
    case policyService = "policy-service"
    case dialbackAuthority = "dialback-authority"
    case certService = "cert-service"
    case dnsPublisher = "dns-publisher"

    /// Whether it is one of the edges, of which there may be several instances.
    public var isEdge: Bool { self == .xmppEdge || self == .sipEdge }
}
