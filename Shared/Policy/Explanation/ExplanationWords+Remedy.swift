internal import Messaging

extension ExplanationWords {
    /// What an administrator can do about a refusal, with the command where there is one.
    func remedy(for objection: Objection) -> String {
        let primary = self.facts.partner?.domain ?? self.remote.domain
        return switch objection {
        case .notOurDomain:
            "If its users live on your SIP server: isthmusctl domain add \(self.local.domain). Else the address is wrong."
        case .remoteIsOurs:
            "Both domains are this gateway's; messages between them belong on your own server. If users of both live on a SIP and an XMPP server, split them: isthmusctl domain set \(self.local.domain) --partition basic"
        case .blocked:
            "If it should not be blocked, take the entry off the list: isthmusctl settings set --remove-blocked-domain \"\(self.blockedEntry)\""
        case .notAllowed:
            "Add it to the list: isthmusctl settings set --add-allowed-domain \(self.remote.domain)"
        case .unknownPartner:
            "Make it a partner: isthmusctl partner add \(self.remote.domain). If it belongs to a partner you have: isthmusctl partner set PARTNER --add-additional-domain \(self.remote.domain)."
        case .partnerDisabled: "Switch it on: isthmusctl partner set \(primary) --enabled true"
        case .unknownUser:
            self.facts.namesUser
                ? "Add the user: isthmusctl user add \(self.local), or let the SIP server be asked: isthmusctl domain set \(self.local.domain) --directory-complete false"
                : "Give the address as user@\(self.local.domain)."
        case .onSurvivableBranchAppliance:
            "Such users are never federated. When the user has moved to a pool: isthmusctl user set \(self.local) --survivable-branch-appliance false"
        case .userNotEnabled: self.accessRemedy
        case .contactNotApproved:
            "The user adds the contact first, in the client. Or trust the partner more: isthmusctl partner set \(primary) --partner-type public-verified"
        case .senderLivesElsewhere:
            self.facts.direction == .inbound
                ? "Only the SIP server may speak for this sender. If the user lives on the XMPP server: isthmusctl user set \(self.remote) --home xmpp (or user add)"
                : "Only the XMPP server may speak for this sender. If the user lives on the SIP server: isthmusctl user set \(self.local) --home sip"
        case .wouldComeBack, .unknownOnBothSides: self.partitionRemedy
        case .contactNotKnown:
            "Try again; if it stays so, look whether policy-service and its store work: isthmusctl status"
        }
    }

    /// The entry that covers the remote domain, as the options write it.
    private var blockedEntry: String {
        let remote = self.remote.domain.caseFolded
        let rules = self.state.settings.blockedDomains
        let pattern = self.state.blocked.pattern(covering: remote, self.facts.direction) ?? remote
        let direction =
            rules.first {
                $0.pattern.caseFolded == pattern
                    && ($0.direction == .both || $0.direction.rawValue == self.facts.direction.rawValue)
            }?.direction ?? .both
        return direction == .both ? pattern : "\(direction.rawValue):\(pattern)"
    }

    /// At the narrowest scope that says no: a wider one would not be heard.
    private var accessRemedy: String {
        let verb = self.facts.user == nil ? "add" : "set"
        let own = "isthmusctl user \(verb) \(self.local) --xmpp-access true"
        if self.facts.user?.xmppAccess != nil { return "Switch it on for the user: \(own)" }
        return
            "Switch it on for the user: \(own), or for everybody of the domain: isthmusctl domain set \(self.local.domain) --xmpp-access true"
    }

    /// The recipient is where the sender is, or nowhere.
    private var partitionRemedy: String {
        let (recipient, user, side) =
            self.facts.direction == .inbound
            ? (self.local, self.facts.user, UserRecord.Home.sip) : (self.remote, self.facts.remoteUser, .xmpp)
        guard recipient.user != nil else { return "Give the address as user@\(recipient.domain)." }
        let verb = user == nil ? "add" : "set"
        return
            "Check the address. If the user lives on the \(side.rawValue) side: isthmusctl user \(verb) \(recipient) --home \(side.rawValue)"
    }

    // MARK: The way it would go

    var path: [String] {
        switch self.facts.direction {
        case .inbound: self.isForUser ? self.pathToSIP : self.pathToXMPP
        case .outbound: self.pathToXMPP
        }
    }

    private var isForUser: Bool { self.facts.kind != .stream }

    private var pathToXMPP: [String] {
        if self.facts.isPartitioned {
            return [
                "xmpp-edge hands it to the XMPP server to which it is attached as a component of \(self.remote.domain)"
            ]
        }
        guard let partner = self.facts.partner else { return [] }
        let methods = partner.negotiation.methods.map(\.words).joined(separator: ", or ")
        let next =
            partner.proxyFQDN.map { "xmpp-edge connects to the proxy \($0), whatever DNS says" }
            ?? "xmpp-edge looks up _xmpps-server._tcp.\(self.remote.domain) and _xmpp-server._tcp.\(self.remote.domain)"
        return [next, "the stream is proven by \(methods.isEmpty ? "nothing: no method is left" : methods)"]
    }

    private var pathToSIP: [String] {
        let all = self.state.routes(to: self.local)
        guard !all.isEmpty else {
            return [
                "no static route leads to \(self.local), so sip-edge will refuse it (no-route): "
                    + "isthmusctl route add \(self.local.domain) --next-hop HOST"
            ]
        }
        return all.enumerated().map { index, route in
            let hop = route.placeInWords
            return index == 0
                ? "sip-edge sends it by the route \(route.id) to \(hop)" : "if that fails, by \(route.id) to \(hop)"
        }
    }
}

extension StaticRoute {
    /// Where it leads, as people say it.
    public var placeInWords: String {
        let way = self.transport == .auto ? "as DNS says" : "over \(self.transport.rawValue.uppercased())"
        return self.isFoundInDNS ? "the servers of \(self.nextHop) \(way)" : "\(self.nextHop):\(self.port) \(way)"
    }
}

extension AuthenticationMethod {
    /// As people say it.
    public var words: String {
        switch self {
        case .saslTLS: "SASL EXTERNAL with certificates inside TLS"
        case .tlsDialback: "dialback inside TLS"
        case .tcpDialback: "dialback in the clear"
        }
    }
}
