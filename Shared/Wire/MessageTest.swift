public import Messaging

/// Has an edge send a message, so that an administrator sees whether it arrives: `isthmus.v1.MessageTest`.
///
/// A sip-edge sends it as if a user of ours had, an xmpp-edge as if a contact had: it goes the way of every message.
public struct MessageTest: Equatable, Sendable {
    public var id: MessageID
    public var from: Address
    public var to: Address
    public var text: String
    /// How long to wait, after the other side took it, for word of the recipient.
    public var patienceMilliseconds: UInt32

    public init(id: MessageID, from: Address, to: Address, text: String, patienceMilliseconds: UInt32 = 0) {
        self.id = id
        self.from = from
        self.to = to
        self.text = text
        self.patienceMilliseconds = patienceMilliseconds
    }
}

/// What became of a ``MessageTest``.
public struct MessageTestResult: Equatable, Sendable {
    /// The edge of the other side that the message was handed to; empty when it was handed to none.
    public var through: String
    /// Why it did not arrive; `nil` when it was taken.
    public var failure: DeliveryFailure?
    /// Whether the recipient's program said that it has it.
    public var isConfirmed: Bool

    public init(through: String = "", failure: DeliveryFailure? = nil, isConfirmed: Bool = false) {
        self.through = through
        self.failure = failure
        self.isConfirmed = isConfirmed
    }
}
