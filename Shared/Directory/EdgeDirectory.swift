public import Messaging
public import Policy

/// Which edge owns which conversation: the live edges of the snapshot, ready for look-ups.
///
/// Towards SIP a conversation is (local user, contact), towards XMPP (local domain, partner domain): all messages of a
/// pair go through one edge, and so keep their order. A draining edge is given nothing new.
public struct EdgeDirectory: Equatable, Sendable {
    private struct Node: Equatable, Sendable {
        let record: EdgeRecord
        let hash: UInt64
    }

    private var sipNodes: [Node] = []
    private var xmppNodes: [Node] = []
    /// The xmpp-edges that are attached to the XMPP server of a split domain, by the domain.
    private var attachedNodes: [String: [Node]] = [:]

    public init(_ edges: some Sequence<EdgeRecord> = []) {
        for edge in edges.sorted(by: { $0.instance < $1.instance }) where !edge.isDraining {
            let node = Node(record: edge, hash: Rendezvous.hash(edge.instance))
            switch edge.kind {
            case .sip: self.sipNodes.append(node)
            case .xmpp:
                self.xmppNodes.append(node)
                for domain in edge.attachedDomains { self.attachedNodes[domain.caseFolded, default: []].append(node) }
            }
        }
    }

    /// All sip-edges that take part, in the order of their instances: a SIP peer chooses by itself to which of them it
    /// subscribes, so that what concerns its dialogs may concern any.
    public var sipEdges: [EdgeRecord] { self.sipNodes.map(\.record) }

    /// Whether any xmpp-edge takes part.
    public var hasXMPPEdge: Bool { !self.xmppNodes.isEmpty }

    /// The sip-edge that owns what passes between a local user and a contact; their devices do not matter.
    ///
    /// - Parameters:
    ///   - user: The local user.
    ///   - contact: The contact.
    ///   - avoided: An edge that is not asked, for it has given the message back.
    /// - Returns: The edge; `nil` if none takes part.
    public func owner(ofLocalUser user: Address, contact: Address, avoiding avoided: String? = nil) -> EdgeRecord? {
        self.pick(self.sipNodes, avoiding: avoided) {
            var state = self.extend(Rendezvous.basis, by: user)
            state = self.extend(Rendezvous.divide(state), by: contact)
            return Rendezvous.mix(state)
        }
    }

    /// The xmpp-edge that owns what passes between a domain of ours and a partner's domain; where that is a split domain of
    /// ours as well, one that is attached to its XMPP server.
    ///
    /// - Parameters:
    ///   - local: The domain of ours.
    ///   - partnerDomain: The partner's.
    ///   - avoided: An edge that is not asked, for it has given the message back.
    /// - Returns: The edge; `nil` if none takes part.
    public func owner(
        ofLocalDomain local: String,
        partnerDomain: String,
        avoiding avoided: String? = nil
    ) -> EdgeRecord? {
        self.pick(self.attachedNodes[partnerDomain.caseFolded] ?? self.xmppNodes, avoiding: avoided) {
            let state = Rendezvous.divide(Rendezvous.extend(Rendezvous.basis, local.caseFolded))
            return Rendezvous.mix(Rendezvous.extend(state, partnerDomain.caseFolded))
        }
    }

    private func extend(_ state: UInt64, by address: Address) -> UInt64 {
        let user = Rendezvous.extend(state, (address.user ?? "").caseFolded)
        return Rendezvous.extend(Rendezvous.divide(user), address.domain.caseFolded)
    }

    private func pick(_ nodes: [Node], avoiding avoided: String?, key: () -> UInt64) -> EdgeRecord? {
        if let avoided {
            return self.pick(nodes.filter { $0.record.instance != avoided }, avoiding: nil, key: key)
        }
        guard nodes.count > 1 else { return nodes.first?.record }
        let key = key()
        var best = nodes[0]
        var highest = Rendezvous.weight(key: key, node: best.hash)
        for node in nodes.dropFirst() {
            let weight = Rendezvous.weight(key: key, node: node.hash)
            // Equal weights are decided by the order of instances, which is the same everywhere.
            if weight > highest { (best, highest) = (node, weight) }
        }
        return best.record
    }
}
