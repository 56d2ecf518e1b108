import DNS
import Messaging
import NetworkKit
import XMPPCore

/// Why no stream to a partner came about.
struct AttemptFailure: Error, CustomStringConvertible {
    let end: StreamEnd
    /// The partner's servers could not be found.
    var dns: ServiceResolutionError?
    /// None could be connected to; what the last one said.
    var connection: String?
    /// There are as many streams as there may be.
    var limit: LimitRefusal?
    /// They are this gateway.
    var isLoop = false

    var description: String {
        if self.isLoop { return "the partner's servers are this gateway itself" }
        if let dns = self.dns { return "the partner's servers were not found: \(dns)" }
        if let connection = self.connection { return "no connection: \(connection)" }
        return self.end.description
    }

    var reason: RefusalReason {
        if let limit = self.limit { return limit.reason }
        if self.isLoop { return .loop }
        if self.dns != nil { return .dnsFailed }
        return self.connection == nil ? self.end.reason : .connectionFailed
    }

    /// Whether the next server of the domain is tried: it is for those that cannot be talked to, not for those that have said no.
    var leavesOtherServers: Bool {
        switch self.end {
        case .disconnected, .tlsFailed, .establishmentTimeout: true
        case .closed, .peerError, .protocolError, .refused, .tlsRequired, .tlsNotSupported, .certificateRejected,
            .authenticationFailed, .dialbackFailed, .dialbackDisabled, .noCommonMethod, .inactive, .shuttingDown:
            false
        }
    }

    /// What those are told whose stanzas waited: without the addresses of servers.
    var deliveryFailure: DeliveryFailure {
        if let limit = self.limit { return limit.deliveryFailure }
        if self.isLoop { return DeliveryFailure(.remoteServerNotFound, reason: .loop, text: self.description) }
        if self.dns != nil {
            return DeliveryFailure(.remoteServerNotFound, reason: .dnsFailed, text: self.description)
        }
        if self.connection != nil {
            return DeliveryFailure(
                .remoteServerTimeout,
                reason: .connectionFailed,
                text: "the partner's servers cannot be reached"
            )
        }
        return self.end.failure
    }

    /// What a peer is told whose key could not be verified
    /// ([XEP-0220 §2.5](https://xmpp.org/extensions/xep-0220.html#errors)): without the addresses of servers.
    ///
    /// Note: for a server that cannot be connected to the table has `<remote-connection-failed/>`, a condition that
    /// [RFC 6120 §8.3.3](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3) does not know; `<remote-server-timeout/>` says the same there.
    var dialbackError: StanzaError {
        if self.isLoop {
            return StanzaError(.remoteServerNotFound, text: "the domain's servers are this gateway itself")
        }
        switch self.dns {
        case .refused?: return StanzaError(.remoteServerNotFound, text: "the domain does not offer the service")
        case .lookup(let error)?:
            return StanzaError(
                error.isAbsence ? .remoteServerNotFound : .remoteServerTimeout,
                text: "the domain's servers were not found"
            )
        case nil: break
        }
        if self.connection != nil {
            return StanzaError(.remoteServerTimeout, text: "the domain's servers cannot be reached")
        }
        return self.end.dialbackError
    }
}

/// The server that was found is this gateway.
struct LoopError: Error {}
