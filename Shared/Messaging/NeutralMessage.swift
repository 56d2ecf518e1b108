/// What one edge hands to another: a thing said in one protocol, in terms of neither.
///
/// After the common profiles for instant messaging and presence
/// ([RFC 3859](https://www.rfc-editor.org/rfc/rfc3859), [RFC 3860](https://www.rfc-editor.org/rfc/rfc3860)).
public struct NeutralMessage: Equatable, Sendable {
    /// The id that follows this message through the logs of every service, as `message.id`.
    public let id: MessageID
    public let from: Address
    public let to: Address
    /// When the sender sent it, in milliseconds since 1970, where the sender said so and it was not just now.
    public let sentAt: Int64?
    /// What the sender is called, where the sender's side has said so: SIP's display name.
    public let senderName: String?
    public let content: Content

    /// What is said.
    public enum Content: Equatable, Sendable {
        case instantMessage(InstantMessage)
        case composition(Composition)
        case deliveryReceipt(DeliveryReceipt)
        case subscriptionRequest(SubscriptionRequest)
        case subscriptionState(SubscriptionState)
        case presence(PresenceNotification)
        case presenceProbe
        case sessionOpened(Session)
        case sessionClosed(Session)
    }

    public init(
        id: MessageID,
        from: Address,
        to: Address,
        sentAt: Int64? = nil,
        senderName: String? = nil,
        content: Content
    ) {
        self.id = id
        self.from = from
        self.to = to
        self.sentAt = sentAt
        self.senderName = senderName
        self.content = content
    }
}
