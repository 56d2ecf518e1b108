import Logging
import NIOCore
import NetworkKit
import ServiceKit

/// How long a peer may take for what it has begun: whoever trickles bytes must not hold a connection for ever.
extension SIPServer {
    /// What a connection must get done in time.
    enum Stage { case handshake, message(UInt64) }

    struct Progress {
        let connection: ConnectionID
        let stage: Stage
    }

    /// Expects a connection to be done with something in time; else it is closed.
    func expectProgress(of connection: ConnectionID, _ stage: Stage) {
        self.progressDeadlines.append(Progress(connection: connection, stage: stage), at: .now())
    }

    func closeSlowConnections(at now: NIODeadline) {
        while let expected = self.progressDeadlines.popExpired(at: now) {
            guard let connection = self.connections[expected.connection] else { continue }
            let isLate =
                switch expected.stage {
                case .handshake: self.peers[expected.connection] == nil
                case .message(let number): connection.assumeIsolated { $0.messageBegun == number }
                }
            guard isLate else { continue }
            self.metrics.slowConnections.increment()
            self.logger.info("Connection too slow", metadata: ["peer.address": "\(connection.remoteAddress)"])
            connection.close(on: self.loop)
        }
    }
}
