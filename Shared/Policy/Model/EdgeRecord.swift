/// A live edge in the edge directory.
public struct EdgeRecord: Equatable, Hashable, Sendable {
    public enum Kind: String, Equatable, Hashable, Sendable, CaseIterable, Codable {
        case xmpp = "xmpp-edge"
        case sip = "sip-edge"
    }

    public var kind: Kind
    /// Unique among all edges, new at each start.
    public var instance: String
    /// Where other edges reach it on the bus: `tcp://10.0.0.7:7111`.
    public var endpoint: String
    /// The addresses under which peers reach it, for DNS: IP addresses.
    public var publicAddresses: [String]
    /// Leaving: no new conversation is given to it, and its records are withdrawn from DNS.
    public var isDraining: Bool
    /// The split domains to whose XMPP server it is attached as a component at the moment.
    public var attachedDomains: [String]

    public init(
        kind: Kind,
        instance: String,
        endpoint: String,
        publicAddresses: [String] = [],
        isDraining: Bool = false,
        attachedDomains: [String] = []
    ) {
        self.kind = kind
        self.instance = instance
        self.endpoint = endpoint
        self.publicAddresses = publicAddresses
        self.isDraining = isDraining
        self.attachedDomains = attachedDomains
    }
}
