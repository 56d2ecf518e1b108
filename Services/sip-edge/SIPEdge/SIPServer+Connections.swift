import Bus
import Logging
import Messaging
import NIOCore
import NetworkKit
import SIPCore
import ServiceKit
import TLS

/// Connections: made, secured, closed, written to.
extension SIPServer {
    func makeConnection(
        _ channel: any Channel,
        hop: NextHop?,
        _ transport: SIPTransport,
        asksForCertificate: Bool = true,
        first datagram: Datagram? = nil,
        isStranger: Bool = false
    ) -> SIPConnection {
        defer { self.nextConnection += 1 }
        return SIPConnection(
            channel,
            id: self.nextConnection,
            hop: hop,
            transport: transport,
            asksForCertificate: asksForCertificate,
            first: datagram,
            isStranger: isStranger,
            server: self
        )
    }

    func add(_ connection: SIPConnection) {
        self.connections[connection.id] = connection
        self.metrics.connections.increment()
        if connection.isTLS { return self.expectProgress(of: connection.id, .handshake) }
        self.peers[connection.id] = PeerIdentity(
            address: connection.remoteAddress,
            isKnownByCertificate: false,
            certificate: nil
        )
    }

    func secured(_ connection: SIPConnection, _ handshake: TLSHandshakeCompleted) {
        let peer = PeerIdentity(
            address: connection.remoteAddress,
            isKnownByCertificate: connection.isKnownByCertificate,
            certificate: handshake.peer
        )
        self.peers[connection.id] = peer
        self.noteNames(of: connection, peer)
        self.noteOldTLS(of: connection, handshake)
        guard let hop = connection.hop else { return }
        self.noteSecured(hop, peer, handshake)
        self.opened(hop, connection, peer)
    }

    func failed(_ connection: SIPConnection, _ error: any Error) {
        self.logger.info(
            "Connection failed",
            metadata: ["peer.address": "\(connection.remoteAddress)", "error": "\(error)"]
        )
        if let hop = connection.hop { self.lost(hop, connection.id, "\(error)") }
        connection.close(on: self.loop)
    }

    func closed(_ connection: SIPConnection) {
        guard self.connections.removeValue(forKey: connection.id) != nil else { return }
        self.metrics.connections.decrement()
        self.forgetReuse(of: connection)
        self.peers[connection.id] = nil
        self.buckets[connection.id] = nil
        self.touched.remove(connection.id)
        if let hop = connection.hop { self.lost(hop, connection.id, "the connection was closed") }
        self.failOver(.nextHopUnreachable) { $0.connection == connection.id }
        self.flush()
    }

    /// Notes that `connection` has something to write.
    func touch(_ connection: ConnectionID) { self.touched.insert(connection) }

    /// Lets out what a read or a batch has produced: one write per connection, one frame per edge.
    func flush() {
        self.port?.flush()
        guard !self.touched.isEmpty else { return }
        // Writing to UDP may fail at once, and what then goes elsewhere is touched anew.
        let touched = self.touched
        self.touched.removeAll(keepingCapacity: true)
        for id in touched { self.connections[id]?.assumeIsolated { $0.flush() } }
    }
}
