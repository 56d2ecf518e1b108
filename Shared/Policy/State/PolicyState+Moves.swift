public import Messaging

/// Users of split domains who go over to the other server (SPEC §7).
extension PolicyState {
    /// Who of two users that the gateway joins no longer lives on the side where it knew them.
    public enum Mover: Equatable, Sendable {
        /// The user of the SIP server.
        case local
        /// The user of the XMPP server.
        case contact
    }

    /// Whether some domain is split at all: only then can anybody move.
    public var hasSplitDomains: Bool { self.domains.values.contains { $0.partition != .off } }

    /// Whether users may live elsewhere than in an earlier state; cheap where nothing of the kind has changed.
    public func mayHaveMoved(since earlier: PolicyState) -> Bool {
        self.users != earlier.users || self.domains != earlier.domains
    }

    /// Who of the two has moved, if both are of split domains; `nil` while the gateway still stands between them.
    public func mover(local: Address, contact: Address) -> Mover? {
        guard self.isPartitioned(local.domain, contact.domain) else { return nil }
        if self.home(of: local) != .sip { return .local }
        return self.home(of: contact) == .xmpp ? nil : .contact
    }

    /// Where a user of ours lives; `nil` for nobody's user.
    public func home(of user: Address) -> UserRecord.Home? {
        Partition.home(of: self.user(user), mode: self.partition(of: user.domain))
    }

    /// Whether a watcher's wish may be handed over to the XMPP server of a split domain, which has both users now.
    ///
    /// It is the gateway that speaks, of what was granted before; whom it speaks for must be that server's user.
    public func decideHandOver(watcher: Address, presentity: Address) -> Decision {
        guard watcher.user != nil, presentity.user != nil, self.isPartitioned(watcher.domain, presentity.domain),
            self.home(of: watcher) == .xmpp
        else { return .deny(Objection.senderLivesElsewhere.failure(for: .subscription)) }
        return .allow(stripsNote: false)
    }
}
