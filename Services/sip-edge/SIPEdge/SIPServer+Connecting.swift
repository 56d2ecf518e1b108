import Bus
import EdgeKit
import NetworkKit
import NIOCore
import Policy
import TLS

extension SIPServer {
    /// How long a connection to a next hop may take, TLS apart.
    private static let connectTimeout = TimeAmount.seconds(5)

    /// Connects; the connection reports itself when it can be used.
    func connection(to hop: NextHop, _ addresses: [SocketAddress]) -> EventLoopFuture<any Channel> {
        let isTLS = hop.transport == .tls
        guard !isTLS || self.identities.current != nil else {
            return self.loop.makeFailedFuture(ConnectError.failed(["no certificate yet"]))
        }
        let context = self.identities.current
        return Connector.connect(to: addresses, on: self.loop, timeout: Self.connectTimeout) { [weak self] channel in
            try self?.assumeIsolated { server in
                if isTLS, let context {
                    let name = context.names.sorted().first
                    let role = TLSRole.client(serverName: hop.host, identity: name)
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
                }
                let connection = server.makeConnection(channel, hop: hop, isTLS: isTLS)
                try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connection))
                server.add(connection)
                if !isTLS, let peer = server.peers[connection.id] { server.opened(hop, connection, peer) }
            }
        }
    }
}
