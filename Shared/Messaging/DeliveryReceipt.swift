/// What became of an earlier message (XEP-0184, [RFC 5438](https://www.rfc-editor.org/rfc/rfc5438)).
public struct DeliveryReceipt: Equatable, Sendable {
    public enum Outcome: Equatable, Sendable, CaseIterable { case delivered, failed, displayed }

    /// The ``InstantMessage/originID`` of the message this is about.
    public let originID: String
    public let outcome: Outcome
    /// Why it was not delivered, where the other side has said so.
    public let failure: DeliveryFailure?
    /// The conversation of that message, as far as the other side repeats it.
    public let thread: String?

    public init(originID: String, outcome: Outcome, failure: DeliveryFailure? = nil, thread: String? = nil) {
        self.originID = originID
        self.outcome = outcome
        self.failure = failure
        self.thread = thread
    }
}
