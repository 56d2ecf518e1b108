/// All that a decision depends on.
public struct DecisionFacts: Equatable, Sendable {
    public var direction: Decision.Direction
    public var kind: Decision.Kind
    /// The domain of ours that takes part; `nil` when the domain that should be ours is not.
    public var localDomain: LocalDomain?
    /// Whether a local user is named at all.
    public var namesUser: Bool
    /// The local user's entry in the directory, if there is one.
    public var user: UserRecord?
    /// Whether the remote domain is one of ours.
    public var remoteIsLocal: Bool
    /// How a remote domain that is one of ours is split; ``Partition/Mode/off`` for others.
    public var remotePartition: Partition.Mode
    /// Whether a user is named on the other side.
    public var namesRemoteUser: Bool
    /// The entry of the user on the other side in the directory, where that is a domain of ours.
    public var remoteUser: UserRecord?
    /// Whether the list of blocked domains covers the remote domain in this direction.
    public var isBlocked: Bool
    /// Whether there is a list of allowed domains, and it does not cover the remote domain in this direction.
    public var isMissingFromAllowed: Bool
    /// The remote domain's partner, or the rules for unknown domains in open federation.
    public var partner: Partner?
    public var contact: Decision.ContactState
    /// The widest scope of `xmpp-access` (SPEC §1).
    public var globalAccess: Bool

    public init(
        direction: Decision.Direction,
        kind: Decision.Kind,
        localDomain: LocalDomain?,
        namesUser: Bool = true,
        user: UserRecord? = nil,
        remoteIsLocal: Bool = false,
        remotePartition: Partition.Mode = .off,
        namesRemoteUser: Bool = true,
        remoteUser: UserRecord? = nil,
        isBlocked: Bool = false,
        isMissingFromAllowed: Bool = false,
        partner: Partner?,
        contact: Decision.ContactState = .unknown,
        globalAccess: Bool = false
    ) {
        self.direction = direction
        self.kind = kind
        self.localDomain = localDomain
        self.namesUser = namesUser
        self.user = user
        self.remoteIsLocal = remoteIsLocal
        self.remotePartition = remotePartition
        self.namesRemoteUser = namesRemoteUser
        self.remoteUser = remoteUser
        self.isBlocked = isBlocked
        self.isMissingFromAllowed = isMissingFromAllowed
        self.partner = partner
        self.contact = contact
        self.globalAccess = globalAccess
    }

    /// Whether both are users of ours, on the two sides of split domains: nobody federates with anybody.
    ///
    /// Streams between servers are never for that: the XMPP server of a split domain is attached otherwise.
    var isPartitioned: Bool {
        self.kind != .stream && self.remotePartition != .off && (self.localDomain?.partition ?? .off) != .off
    }

    /// Whether the local user may federate: the most specific scope that says something wins.
    public var userAccess: Bool { self.user?.xmppAccess ?? self.localDomain?.xmppAccess ?? self.globalAccess }
}
