public import Messaging

/// A domain whose users live on a SIP server, all of them or a part, and whose face to XMPP we are.
public struct LocalDomain: Equatable, Sendable {
    public var domain: String
    public var description: String
    /// Whether the domain's users may federate, unless a user's own setting says otherwise: the “site” scope of Lync's
    /// external access policy.
    ///
    /// `nil`: as ``GatewaySettings/xmppAccess`` says.
    public var xmppAccess: Bool?
    /// Whether only users in the directory exist; otherwise the SIP server is asked.
    public var isDirectoryComplete: Bool
    /// Whether some of its users live on an XMPP server, which is attached to this gateway as to a component.
    public var partition: Partition.Mode
    /// By which table the presence of its users, and what they are shown, is translated.
    public var presenceProfile: PresenceProfile

    public init(
        domain: String,
        description: String = "",
        xmppAccess: Bool? = nil,
        isDirectoryComplete: Bool = false,
        partition: Partition.Mode = .off,
        presenceProfile: PresenceProfile = .rfc8048
    ) {
        self.domain = domain
        self.description = description
        self.xmppAccess = xmppAccess
        self.isDirectoryComplete = isDirectoryComplete
        self.partition = partition
        self.presenceProfile = presenceProfile
    }
}
