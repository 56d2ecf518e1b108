import Messaging
import SIPCore

/// Why requests are refused before anything else is looked at.
extension DeliveryFailure {
    static let overloaded = DeliveryFailure(
        .resourceConstraint,
        reason: .queueFull,
        text: "the gateway has too much to do",
        sipStatus: 503
    )
    /// [RFC 3261 §8.2.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2).
    static let merged = DeliveryFailure(
        .badRequest,
        reason: .loop,
        text: "the same request has come by another way and is under way",
        sipStatus: 482
    )
    static let shuttingDown = DeliveryFailure(
        .serviceUnavailable,
        reason: .shuttingDown,
        text: "this edge of the gateway is about to stop",
        sipStatus: 503
    )
    static let unknownMethod = DeliveryFailure(
        .featureNotImplemented,
        reason: .notSupported,
        text: "the method is not known here",
        sipStatus: 501
    )
    static func notServed(_ method: Method) -> DeliveryFailure {
        DeliveryFailure(
            .featureNotImplemented,
            reason: .notSupported,
            text: "\(method.name) is not served here",
            sipStatus: 405
        )
    }
    static let noXMPPEdge = DeliveryFailure(
        .serviceUnavailable,
        reason: .edgeUnavailable,
        text: "the XMPP side of the gateway is not available",
        sipStatus: 503
    )
}
