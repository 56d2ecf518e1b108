import EdgeKit
import NIOCore
import NetworkKit
import Policy
import TLS
import XMPPCore

/// What is known of a connection when it is refused.
struct StreamFacts {
    var direction: RefusalRecord.Direction
    var port: Int?
    var certificate: PeerCertificate?
    /// How far it had come.
    var reached: RefusalRecord.Step
    /// The limit that was reached, where one was.
    var limit: LimitRefusal?
    /// The setting of the size that was exceeded, where one was.
    var sizeSetting: String?

    /// Nothing but the direction.
    init(_ direction: RefusalRecord.Direction) {
        self.direction = direction
        self.reached = .connected
    }

    init(
        _ direction: RefusalRecord.Direction,
        _ address: SocketAddress?,
        _ handshake: TLSHandshakeCompleted?,
        hasHeader: Bool,
        isEstablished: Bool
    ) {
        self.direction = direction
        self.port = address?.port
        self.certificate = handshake?.peer
        self.reached =
            if isEstablished { .established } else if handshake != nil { .tls } else if hasHeader { .header } else {
                .connected
            }
    }

    /// The step at which a stream ended so.
    func step(_ end: StreamEnd) -> RefusalRecord.Step {
        switch end {
        case .tlsRequired, .tlsNotSupported, .tlsFailed: .tls
        case .certificateRejected: .certificate
        case .authenticationFailed, .noCommonMethod: .sasl
        case .dialbackFailed, .dialbackDisabled: .dialback
        case .refused: self.reached == .established ? .established : .header
        case .closed, .disconnected, .peerError, .protocolError, .establishmentTimeout, .inactive, .shuttingDown:
            self.reached
        }
    }
}

extension InboundConnection {
    var facts: StreamFacts {
        var facts = StreamFacts(
            .inbound,
            self.address,
            self.handshake,
            hasHeader: !self.machine.id.isEmpty,
            isEstablished: !self.established.isEmpty
        )
        facts.limit = self.limit
        facts.sizeSetting = self.exceeded.map {
            self.surroundings.limits.setting(behind: $0, isAuthenticated: !self.established.isEmpty)
        }
        return facts
    }
}

extension StreamFacts {
    /// The same for what the peer sends on it, whoever made the connection.
    var ofWhatComes: StreamFacts {
        var facts = self
        facts.direction = .inbound
        return facts
    }
}

extension OutboundLink {
    var facts: StreamFacts {
        StreamFacts(
            .outbound,
            self.address,
            self.handshake,
            hasHeader: !self.machine.id.isEmpty,
            isEstablished: self.method != nil
        )
    }
}

extension StreamEnd {
    /// Whether something went wrong, which an operator may want to know of; an end in order, or a lost connection, is no refusal.
    var isFailure: Bool {
        switch self {
        case .closed, .disconnected, .shuttingDown: false
        case .peerError, .protocolError, .refused, .tlsRequired, .tlsNotSupported, .tlsFailed, .certificateRejected,
            .authenticationFailed, .dialbackFailed, .dialbackDisabled, .noCommonMethod, .establishmentTimeout,
            .inactive:
            true
        }
    }
}
