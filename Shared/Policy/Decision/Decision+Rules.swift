public import Messaging

extension Decision {
    /// Decides by the facts alone.
    ///
    /// Rules in order; the first that objects is the answer:
    ///
    /// 1. one side is ours, the other is not; or both are in split domains, and the rest is what ``Partition`` says;
    /// 2. the blocked list, then the allowed list;
    /// 3. the remote domain is an enabled partner's, or federation is open;
    /// 4. the local user exists, is not on a survivable branch appliance, and may federate;
    /// 5. what the partner's type grants its contacts (SPEC §2).
    public init(_ facts: DecisionFacts) {
        guard let objection = Self.objection(to: facts) else {
            let carriesNote = facts.kind == .presence && facts.direction == .outbound && !facts.isPartitioned
            self = .allow(stripsNote: carriesNote && facts.partner?.kind != .federated)
            return
        }
        self = .deny(objection.failure(for: facts.kind))
    }

    /// What the first rule that objects holds against it; ``Explanation`` says it in words.
    static func objection(to facts: DecisionFacts) -> Objection? {
        if facts.isPartitioned { return self.partitionObjection(to: facts) }
        return self.domainObjection(to: facts) ?? self.userObjection(to: facts) ?? self.contactObjection(to: facts)
    }

    /// Decides between the two servers of our own domains (SPEC §7); the “remote” side is always the XMPP server.
    private static func partitionObjection(to facts: DecisionFacts) -> Objection? {
        guard facts.namesUser, facts.namesRemoteUser else { return .unknownOnBothSides }
        let (local, localMode) = (facts.user, facts.localDomain?.partition ?? .off)
        let (remote, remoteMode) = (facts.remoteUser, facts.remotePartition)
        return switch facts.direction {
        case .inbound: Partition.objection(sender: remote, remoteMode, recipient: local, localMode, from: .xmpp)
        case .outbound: Partition.objection(sender: local, localMode, recipient: remote, remoteMode, from: .sip)
        }
    }

    private static func domainObjection(to facts: DecisionFacts) -> Objection? {
        if facts.localDomain == nil { return .notOurDomain }
        if facts.remoteIsLocal { return .remoteIsOurs }
        if facts.isBlocked { return .blocked }
        if facts.isMissingFromAllowed { return .notAllowed }
        guard let partner = facts.partner else { return .unknownPartner }
        return partner.isEnabled ? nil : .partnerDisabled
    }

    private static func userObjection(to facts: DecisionFacts) -> Objection? {
        switch facts.kind {
        case .stream: return nil
        case .instantMessage, .composition, .subscription, .presence: break
        }
        guard facts.namesUser else { return .unknownUser }
        if facts.user == nil, facts.localDomain?.isDirectoryComplete == true { return .unknownUser }
        if facts.user?.isOnSurvivableBranchAppliance == true { return .onSurvivableBranchAppliance }
        return facts.userAccess ? nil : .userNotEnabled
    }

    /// The table of SPEC §2.
    private static func contactObjection(to facts: DecisionFacts) -> Objection? {
        guard self.needsApproval(facts.direction, facts.kind), let partner = facts.partner else { return nil }
        switch (partner.kind, facts.contact) {
        case (.federated, _), (.publicVerified, _): return nil
        case (.publicUnverified, .added), (.publicUnverified, .decidedBySIPEdge): return nil
        case (.publicUnverified, .notAdded): return .contactNotApproved
        case (.publicUnverified, .unknown): return .contactNotKnown
        }
    }

    /// Whether a contact of a public, unverified partner needs to have been added by the local user for this.
    static func needsApproval(_ direction: Direction, _ kind: Kind) -> Bool {
        switch (direction, kind) {
        // What a contact does to a local user, and what it gets to see of one.
        case (.inbound, .instantMessage), (.inbound, .composition), (.inbound, .subscription), (.inbound, .presence),
            (.outbound, .presence):
            true
        // What a local user does is the user's own wish; subscribing is the approval itself.
        case (.outbound, .instantMessage), (.outbound, .composition), (.outbound, .subscription), (.inbound, .stream),
            (.outbound, .stream):
            false
        }
    }
}

extension PolicyState {
    /// Whether both domains are ours and split, so that their users write to each other through this gateway (SPEC §7).
    public func isPartitioned(_ one: String, _ other: String) -> Bool {
        self.partition(of: one) != .off && self.partition(of: other) != .off
    }

    /// How a domain is split; ``Partition/Mode/off`` for one that is not ours.
    public func partition(of domain: String) -> Partition.Mode { self.localDomain(domain)?.partition ?? .off }

    /// Whether the answer depends on what the local user has added, so that it is worth finding out.
    public func needsContactState(
        _ direction: Decision.Direction,
        _ kind: Decision.Kind,
        remoteDomain: String
    ) -> Bool {
        Decision.needsApproval(direction, kind)
            && self.rules(forDomain: remoteDomain.caseFolded)?.kind == .publicUnverified
    }

    /// Decides whether something may cross now.
    ///
    /// `from` is who acts: the contact for ``Decision/Direction/inbound``, the local user for `outbound`; for presence, whose
    /// presence it is; for a stream, a bare domain. `to` is the other one. `contact` says whether the local user has added
    /// the contact.
    public func decide(
        _ direction: Decision.Direction,
        _ kind: Decision.Kind,
        from: Address,
        to: Address,
        contact: Decision.ContactState = .unknown
    ) -> Decision {
        Decision(self.facts(direction, kind, from: from, to: to, contact: contact))
    }

    func facts(
        _ direction: Decision.Direction,
        _ kind: Decision.Kind,
        from: Address,
        to: Address,
        contact: Decision.ContactState
    ) -> DecisionFacts {
        let (local, remote) = direction == .inbound ? (to, from) : (from, to)
        let remoteDomain = remote.domain.caseFolded
        return DecisionFacts(
            direction: direction,
            kind: kind,
            localDomain: self.localDomain(local.domain),
            namesUser: local.user != nil,
            user: local.user == nil ? nil : self.user(local),
            remoteIsLocal: self.isLocal(remoteDomain),
            remotePartition: self.localDomain(remoteDomain)?.partition ?? .off,
            namesRemoteUser: remote.user != nil,
            remoteUser: remote.user == nil || !self.isLocal(remoteDomain) ? nil : self.user(remote),
            isBlocked: self.blocked.covers(remoteDomain, direction),
            isMissingFromAllowed: !self.allowed.isEmpty && !self.allowed.covers(remoteDomain, direction),
            partner: self.rules(forDomain: remoteDomain),
            contact: contact,
            globalAccess: self.settings.xmppAccess
        )
    }
}
