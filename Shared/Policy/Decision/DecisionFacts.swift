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
        self.isBlocked = isBlocked
        self.isMissingFromAllowed = isMissingFromAllowed
        self.partner = partner
        self.contact = contact
        self.globalAccess = globalAccess
    }

    /// Whether the local user may federate: the most specific scope that says something wins.
    public var userAccess: Bool { self.user?.xmppAccess ?? self.localDomain?.xmppAccess ?? self.globalAccess }
}
