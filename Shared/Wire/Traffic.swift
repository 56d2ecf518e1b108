public import Messaging

/// That a message was taken by the other side's protocol: written to an authenticated XMPP stream, or answered 2xx.
public struct Taken: Equatable, Sendable {
    /// Whether that is all there is to know: nobody may say that the message has arrived where it was sent.
    ///
    /// A SIP server that answers 202 keeps it for later ([RFC 3428 §7](https://www.rfc-editor.org/rfc/rfc3428#section-7)), and a
    /// recipient who is asked for a notification will tell.
    public let isUnconfirmed: Bool

    public init(isUnconfirmed: Bool = false) { self.isUnconfirmed = isUnconfirmed }
}

/// Everything that one edge has for another just now: `isthmus.v1.TrafficBatch`.
public struct TrafficBatch: Equatable, Sendable {
    /// In the order in which they were sent.
    public var messages: [TrafficMessage]
    /// Fates of messages received earlier.
    public var answers: [TrafficAnswer]
    /// Numbers of messages that were received and not understood: of a newer version, or malformed.
    public internal(set) var notUnderstood: [UInt64] = []

    public init(messages: [TrafficMessage] = [], answers: [TrafficAnswer] = []) {
        self.messages = messages
        self.answers = answers
    }
}

/// A neutral message on its way, and how long its sender waits for its fate.
public struct TrafficMessage: Equatable, Sendable {
    /// Names the message in its answer; unique within the sending process.
    public var number: UInt64
    public var timeoutMilliseconds: UInt32
    public var message: NeutralMessage
    /// W3C Trace Context of this message.
    public var traceparent: String?

    public init(number: UInt64, timeoutMilliseconds: UInt32, message: NeutralMessage, traceparent: String? = nil) {
        self.number = number
        self.timeoutMilliseconds = timeoutMilliseconds
        self.message = message
        self.traceparent = traceparent
    }
}

/// The fate of a ``TrafficMessage``.
public struct TrafficAnswer: Equatable, Sendable {
    public var number: UInt64
    public var result: Result<Taken, DeliveryFailure>
    /// With a failure: nobody was given the message, and the edge takes no more of them, so that it may go to another edge.
    public var isGivenBack: Bool

    public init(number: UInt64, result: Result<Taken, DeliveryFailure>, isGivenBack: Bool = false) {
        self.number = number
        self.result = result
        self.isGivenBack = isGivenBack
    }
}
