import NIOCore
import Policy
import SIPCore

/// Connections that peers have made to us, used for requests to them
/// ([RFC 5923](https://www.rfc-editor.org/rfc/rfc5923), and what Microsoft's servers do without its parameter).
///
/// Over TLS a connection is a next hop's when the certificate on it is, and never because of its address (CVE-2020-15260).
/// Over TCP there is no proof: a connection is used only if the peer has offered that, with `alias` in its Via, and the
/// next hop is the very address that the connection comes from, at the port of that Via.
extension SIPServer {
    /// A connection of a peer that may be used for `hop`.
    func reusableConnection(to hop: NextHop) -> ConnectionID? {
        guard hop.test == nil else { return nil }
        switch hop.transport {
        case .udp: return nil
        case .tls:
            guard let id = self.inboundByName[hop.identity], self.connections[id] != nil,
                self.peers[id]?.isNextHop(hop) == true, hop.tls.isDefault
            else { return nil }
            return id
        case .tcp:
            guard let id = self.aliases[TCPAlias(host: hop.host, port: hop.port)], self.connections[id] != nil else {
                return nil
            }
            return id
        }
    }

    /// Notes whose connection it is, when a peer has proven it.
    func noteNames(of connection: SIPConnection, _ peer: PeerIdentity) {
        guard connection.hop == nil else { return }
        for name in peer.provenNames { self.inboundByName[name] = connection.id }
    }

    /// [RFC 5923 §8.2](https://www.rfc-editor.org/rfc/rfc5923#section-8.2): the peer offers its connection for our requests.
    func noteAlias(_ via: Via, _ connection: SIPConnection) {
        guard connection.transport == .tcp, connection.hop == nil,
            via.parameters.contains(where: { $0.name == "alias" })
        else { return }
        let port = via.port.map { Int($0) } ?? SIPTransport.tcp.defaultPort
        let old = self.aliasOfConnection.updateValue(
            TCPAlias(host: connection.remoteAddress, port: port),
            forKey: connection.id
        )
        if let old { self.aliases[old] = nil }
        self.aliases[TCPAlias(host: connection.remoteAddress, port: port)] = connection.id
    }

    /// A connection that a peer made is closed: what went over it as to a next hop goes elsewhere.
    func forgetReuse(of connection: SIPConnection) {
        guard connection.hop == nil else { return }
        for name in self.peers[connection.id]?.provenNames ?? [] where self.inboundByName[name] == connection.id {
            self.inboundByName[name] = nil
        }
        if let alias = self.aliasOfConnection.removeValue(forKey: connection.id), self.aliases[alias] == connection.id {
            self.aliases[alias] = nil
        }
        for (hop, state) in self.hops {
            if case .open(connection.id) = state.link { self.lost(hop, connection.id, "the connection was closed") }
        }
    }
}

/// Where a peer over TCP says it can be reached by the connection it has made.
struct TCPAlias: Hashable {
    let host: String
    let port: Int
}
