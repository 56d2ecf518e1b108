public import Messaging
public import NIOCore
public import Wire

/// What the bus has for an edge.
public enum TrafficEvent: Sendable {
    /// Another edge hands over a message; its fate is told with ``TrafficPort/answer(_:_:)``, exactly once.
    case received(NeutralMessage, TrafficToken, from: String)
    /// The fate of a message that ``TrafficPort/send(_:to:timeout:traceparent:)`` took; exactly once for each.
    case answered(UInt64, Result<Taken, DeliveryFailure>)
    /// The fate of a message that certainly nobody was given: it may go to another edge, and else has failed like this.
    ///
    /// `isGone` says that the edge takes nothing more: it stops, or another one has its address. Otherwise the message never left for it.
    case givenBack(UInt64, DeliveryFailure, isGone: Bool)
}

/// Names a received message until it is answered.
public struct TrafficToken: Hashable, Sendable {
    let route: Route
    let number: UInt64
    /// When the sender stops waiting for the answer.
    public let deadline: NIODeadline
    /// W3C Trace Context of the message.
    public let traceparent: String?
}

extension DeliveryFailure {
    /// The edge that had the message is gone, or cannot be reached.
    static let edgeUnavailable = DeliveryFailure(
        .serviceUnavailable,
        reason: .edgeUnavailable,
        text: "the other side of the gateway is not available"
    )
    /// The other edge did not say in time what became of the message.
    static let deadlineExceeded = DeliveryFailure(
        .remoteServerTimeout,
        reason: .deadlineExceeded,
        text: "nobody took the message in time"
    )
    /// The other edge, or the way to it, is full.
    static let queueFull = DeliveryFailure(
        .resourceConstraint,
        reason: .queueFull,
        text: "the gateway has too much to do"
    )
    /// The message is of a kind that the other edge, being of an older version, does not know.
    static let notUnderstood = DeliveryFailure(
        .featureNotImplemented,
        reason: .notSupported,
        text: "the other side of the gateway does not know this kind of message"
    )
}
