internal import Messaging

/// Says what each rule found, from the facts that it was asked about.
struct ExplanationWords {
    let state: PolicyState
    let facts: DecisionFacts
    let local: Address
    let remote: Address

    func text(for rule: ExplanationStep.Rule) -> String {
        switch rule {
        case .ourDomain:
            self.facts.localDomain == nil
                ? "\(self.local.domain) is none of this gateway's domains"
                : "\(self.local.domain) is one of this gateway's domains"
        case .otherDomain:
            self.facts.isPartitioned
                ? "\(self.remote.domain) is split between a SIP and an XMPP server (routing mode \(self.facts.remotePartition.rawValue))"
                : self.facts.remoteIsLocal
                    ? "\(self.remote.domain) is one of this gateway's domains as well, so there is nothing to federate"
                    : "\(self.remote.domain) is somebody else's"
        case .blockedList: self.blockedList
        case .allowedList: self.allowedList
        case .partner: self.partner
        case .partnerEnabled:
            self.facts.partner?.isEnabled == false ? "the partner is switched off" : "the partner is in force"
        case .directory: self.directory
        case .branchAppliance: self.branchAppliance
        case .access: self.isStream ? Self.notForStreams : self.access
        case .contact: self.contact
        case .partition: self.partition
        }
    }

    /// Whether a rule is asked here at all: between the two sides of our own domains nobody federates.
    func concerns(_ rule: ExplanationStep.Rule) -> Bool {
        switch rule {
        case .ourDomain, .otherDomain: true
        case .partition: self.facts.isPartitioned
        case .blockedList, .allowedList, .partner, .partnerEnabled, .directory, .branchAppliance, .access, .contact:
            !self.facts.isPartitioned
        }
    }

    /// Where both live, and why the gateway thinks so.
    private var partition: String {
        let xmpp = self.home(self.remote, self.facts.remoteUser, self.facts.remotePartition)
        let sip = self.home(self.local, self.facts.user, self.facts.localDomain?.partition ?? .off)
        return self.facts.direction == .inbound ? "\(xmpp); \(sip)" : "\(sip); \(xmpp)"
    }

    private func home(_ address: Address, _ user: UserRecord?, _ mode: Partition.Mode) -> String {
        guard address.user != nil else { return "\(address.domain) names no user" }
        if let user { return "\(address) is at home on the \(user.home.rawValue) side, says the directory" }
        return Partition.home(of: nil, mode: mode) == nil
            ? "\(address) is not in the directory, and in the routing mode \(mode.rawValue) nobody's user"
            : "\(address) is not in the directory, and so the SIP server's in the routing mode \(mode.rawValue)"
    }

    private static let notForStreams = "a stream is between domains: no user is asked about"

    private var isStream: Bool { self.facts.kind == .stream }

    private var blockedList: String {
        let direction = self.facts.direction
        guard let pattern = self.state.blocked.pattern(covering: self.remote.domain, direction) else {
            return "no entry covers \(self.remote.domain) \(direction.rawValue)"
        }
        return "the entry \(pattern) covers \(self.remote.domain) \(direction.rawValue)"
    }

    private var allowedList: String {
        guard !self.state.allowed.isEmpty else { return "the list is empty, so it forbids nothing" }
        let direction = self.facts.direction
        guard let pattern = self.state.allowed.pattern(covering: self.remote.domain, direction) else {
            return "there is a list, and no entry covers \(self.remote.domain) \(direction.rawValue)"
        }
        return "the entry \(pattern) covers \(self.remote.domain) \(direction.rawValue)"
    }

    private var partner: String {
        guard let partner = self.facts.partner else {
            return "\(self.remote.domain) is no domain of any partner, and open-federation is off"
        }
        let type = "of the type \(partner.kind.rawValue)"
        guard self.state.partner(ofDomain: self.remote.domain) != nil else {
            return
                "no partner has \(self.remote.domain), but open-federation is on: the default partner's rules, \(type)"
        }
        return partner.domain == self.remote.domain
            ? "\(partner.domain), \(type)" : "\(partner.domain), which has \(self.remote.domain) as well, \(type)"
    }

    private var directory: String {
        if self.isStream { return Self.notForStreams }
        guard self.facts.namesUser else { return "no user of \(self.local.domain) is named" }
        if let user = self.facts.user {
            let name = user.displayName.isEmpty ? "" : " (\(user.displayName))"
            return "\(user.address)\(name) is in it, at home on the \(user.home.rawValue) side"
        }
        return self.facts.localDomain?.isDirectoryComplete == true
            ? "\(self.local) is not in it, and for \(self.local.domain) only its users exist"
            : "\(self.local) is not in it; the SIP server will be asked whether there is such a user"
    }

    private var branchAppliance: String {
        if self.isStream { return Self.notForStreams }
        return self.facts.user?.isOnSurvivableBranchAppliance == true
            ? "\(self.local) is homed on a survivable branch appliance" : "the user is not homed on one"
    }

    /// Which scope has the last word, and what it says.
    private var access: String {
        let word = self.facts.userAccess ? "on" : "off"
        if self.facts.user?.xmppAccess != nil { return "\(word), by the user's own setting" }
        if self.facts.localDomain?.xmppAccess != nil {
            return "\(word), by the domain \(self.local.domain); the user has no setting"
        }
        return "\(word), by the gateway's settings; neither the user nor the domain says anything"
    }

    private var contact: String {
        guard Decision.needsApproval(self.facts.direction, self.facts.kind) else {
            return "this needs no approval: \(self.isStream ? "no users are involved" : "it is the user's own wish")"
        }
        guard let partner = self.facts.partner, partner.kind == .publicUnverified else {
            return "contacts of a \(self.facts.partner?.kind.rawValue ?? "") partner need not be added first"
        }
        switch self.facts.contact {
        case .added: return "\(self.local) has added \(self.remote)"
        case .notAdded: return "\(self.local) has not added \(self.remote), which this partner's type asks for"
        case .unknown: return "whether \(self.local) has added \(self.remote) could not be found out"
        case .decidedBySIPEdge: return "sip-edge decides it, which knows whom \(self.local) has added"
        }
    }
}
