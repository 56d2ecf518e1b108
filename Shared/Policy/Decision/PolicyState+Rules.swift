public import Messaging

/// Which setting or row of the policy stands behind a refusal, in the words in which it would be changed.
extension PolicyState {
    /// The rule that decided, such as `partner example.org: tls=required`.
    ///
    /// - Parameters:
    ///   - reason: What was refused for.
    ///   - local: The domain of ours, if one is known.
    ///   - remote: The other side's domain, if one is known.
    ///   - user: The user it was about, if it was about one.
    /// - Returns: an empty text where no rule decided: the peer or the network did.
    public func rule(
        behind reason: RefusalReason,
        local: String?,
        remote: String?,
        user: Address? = nil
    ) -> String {
        let partner = remote.flatMap { self.rules(forDomain: $0) }
        let whose = self.name(of: partner, remote)
        switch reason {
        case .unknownPartner:
            if let remote, self.isLocal(remote) { return "domain \(remote): one of our own" }
            return "settings: open-federation=\(self.settings.openFederation), and no partner has \(remote ?? "it")"
        case .partnerDisabled: return "\(whose): enabled=false"
        case .domainBlocked: return self.domainRule(remote)
        case .userNotEnabled: return self.accessRule(user)
        case .userOnSurvivableBranchAppliance:
            return "user \(user?.description ?? ""): survivable-branch-appliance=true"
        case .contactNotApproved: return "\(whose): partner-type=\(partner?.kind.rawValue ?? "")"
        case .unknownUser: return "domain \(local ?? ""): the user is not in its directory"
        case .notOurDomain: return "domains: \(local.map { $0.isEmpty ? "no name given" : $0 } ?? "") is none of them"
        case .tlsRequired: return "\(whose): tls=\(partner?.tls.rawValue ?? "")"
        case .tlsNotSupported: return "\(whose): tls=\(partner?.tls.rawValue ?? "")"
        case .dialbackDisabled: return "\(whose): dialback=\(partner?.dialback ?? false)"
        case .certificateRejected, .authenticationFailed, .dialbackFailed, .noCommonMethod:
            guard let partner else { return "" }
            return "\(whose): tls=\(partner.tls.rawValue), sasl=\(partner.sasl.rawValue), dialback=\(partner.dialback)"
        case .connectionLimit:
            guard let partner else { return "settings: connection-limit=\(self.settings.connectionLimit)" }
            return self.settings.partnerConnectionLimit < partner.connectionLimit
                ? "settings: partner-connection-limit=\(self.settings.partnerConnectionLimit)"
                : "\(whose): connection-limit=\(partner.connectionLimit)"
        case .hostNotAuthorized: return "hosts: the peer is none of them"
        case .hostOutboundOnly: return "host: outbound-only=true"
        case .fromNotBoundToPeer where user.map { self.isPartitioned($0.domain, $0.domain) } == true:
            return "users: the sender is at home on the other side"
        case .fromNotBoundToPeer: return "the sender's domain must be one that the peer has proven"
        case .noRoute: return "routes: none leads to \(local ?? "the domain")"
        case .dnsFailed, .connectionFailed: return partner?.proxyFQDN.map { "\(whose): proxy-fqdn=\($0)" } ?? ""
        case .loop, .streamError, .streamClosed, .queueFull, .rateLimit, .sizeLimit, .malformed, .notTranslatable,
            .notSupported, .peerRefused, .nextHopUnreachable, .nextHopTimeout, .edgeUnavailable, .deadlineExceeded,
            .shuttingDown, .internalError:
            return ""
        }
    }

    private func name(of partner: Partner?, _ remote: String?) -> String {
        guard let remote, let known = self.partner(ofDomain: remote) else {
            return partner == nil ? "partner \(remote ?? "")" : "settings: default-partner"
        }
        return "partner \(known.domain)"
    }

    private func domainRule(_ remote: String?) -> String {
        let domain = remote?.caseFolded ?? ""
        if let pattern = self.blocked.pattern(for: domain) { return "settings: blocked-domains has \(pattern)" }
        return "settings: allowed-domains does not have \(domain)"
    }

    /// The narrowest scope that says something decides (SPEC §1).
    private func accessRule(_ user: Address?) -> String {
        guard let user else { return "settings: xmpp-access=\(self.settings.xmppAccess)" }
        if let access = self.user(user)?.xmppAccess { return "user \(user): xmpp-access=\(access)" }
        if let access = self.localDomain(user.domain)?.xmppAccess {
            return "domain \(user.domain): xmpp-access=\(access)"
        }
        return "settings: xmpp-access=\(self.settings.xmppAccess)"
    }
}
