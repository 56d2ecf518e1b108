public import Messaging

/// A presence subscription across the gateway, as policy-service keeps it so that it survives a restart of any service.
public struct SubscriptionRecord: Equatable, Sendable {
    /// Which side asked.
    public enum Direction: String, Equatable, Sendable, CaseIterable, Codable {
        /// An XMPP contact watches a SIP user: we hold a SIP subscription for the contact.
        case xmppToSIP = "xmpp-to-sip"
        /// A SIP user watches an XMPP contact: we hold an XMPP subscription for the user.
        case sipToXMPP = "sip-to-xmpp"
    }

    public enum State: String, Equatable, Sendable, CaseIterable, Codable { case pending, active }

    public var direction: Direction
    /// Who watches; a bare address.
    public var watcher: Address
    /// Who is watched; a bare address.
    public var presentity: Address
    public var state: State
    /// When it was last renewed by the watcher's side, in milliseconds since 1970.
    public var refreshedAt: Int64

    public init(
        direction: Direction,
        watcher: Address,
        presentity: Address,
        state: State,
        refreshedAt: Int64
    ) {
        self.direction = direction
        self.watcher = watcher
        self.presentity = presentity
        self.state = state
        self.refreshedAt = refreshedAt
    }
}
