public import Messaging

/// Whether something may cross the gateway now (SPEC §§ 1, 2): asked at the moment of acting, in both directions.
public enum Decision: Equatable, Sendable {
    /// - Parameter stripsNote: Whether the local user's status note must be taken out first.
    case allow(stripsNote: Bool)
    case deny(DeliveryFailure)

    /// From a partner to our users, or from our users to a partner.
    public enum Direction: String, Equatable, Hashable, Sendable, CaseIterable { case inbound, outbound }

    /// What is about to cross.
    public enum Kind: String, Equatable, Hashable, Sendable, CaseIterable {
        /// A server-to-server stream between two domains; no users are involved yet.
        case stream
        case instantMessage = "instant-message"
        case composition
        /// A wish to see somebody's presence: a subscription, its renewal, or a probe.
        case subscription
        /// Presence on its way to a watcher.
        case presence
    }

    /// Whether the local user has added the contact, and by that approved it: subscribed to its presence.
    public enum ContactState: Equatable, Hashable, Sendable, CaseIterable {
        case added
        case notAdded
        /// It could not be found out: then nothing is granted that depends on it.
        case unknown
        /// The sip-edge that the message passes next, or has passed, knows it and decides: no reason to deny here.
        case decidedBySIPEdge
    }
}

extension Decision {
    public var isAllowed: Bool {
        switch self {
        case .allow: true
        case .deny: false
        }
    }

    /// Why not; `nil` when it is allowed.
    public var failure: DeliveryFailure? {
        switch self {
        case .allow: nil
        case .deny(let failure): failure
        }
    }
}
