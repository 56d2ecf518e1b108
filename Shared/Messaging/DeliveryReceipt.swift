/// What became of an earlier message (XEP-0184, [RFC 5438](https://www.rfc-editor.org/rfc/rfc5438)).
public struct DeliveryReceipt: Equatable, Sendable {
    public enum Outcome: Equatable, Sendable, CaseIterable { case delivered, failed, displayed }

    /// The ``InstantMessage/originID`` of the message this is about.
    public let originID: String
    public let outcome: Outcome

    public init(originID: String, outcome: Outcome) {
        self.originID = originID
        self.outcome = outcome
    }
}
