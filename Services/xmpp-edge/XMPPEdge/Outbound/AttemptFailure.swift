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

    var description: String {
        if let dns = self.dns { return "the partner's servers were not found: \(dns)" }
        if let connection = self.connection { return "no connection: \(connection)" }
        return self.end.description
    }

    var reason: RefusalReason {
        if let limit = self.limit { return limit.reason }
        if self.dns != nil { return .dnsFailed }
        return self.connection == nil ? self.end.reason : .connectionFailed
    }

    /// What those are told whose stanzas waited: without the addresses of servers.
    var deliveryFailure: DeliveryFailure {
        if let limit = self.limit { return limit.deliveryFailure }
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
}
