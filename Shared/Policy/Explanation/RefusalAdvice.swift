public import Messaging

/// What to do about a refusal, by its reason.
public enum RefusalAdvice {
    /// One or two sentences with the command that helps.
    ///
    /// - Parameters:
    ///   - reason: Why it was refused.
    ///   - partner: The partner's primary domain, empty when it is nobody's.
    ///   - remote: The other side's domain, empty when unknown.
    ///   - local: Our domain, empty when unknown.
    ///   - service: Which service refused it, empty when unknown: the same reason has other cures at a SIP server.
    /// - Returns: the advice.
    public static func text(
        for reason: RefusalReason,
        partner: String,
        remote: String,
        local: String,
        service: String = ""
    ) -> String {
        let remote = remote.isEmpty ? "DOMAIN" : remote
        let partner = partner.isEmpty ? remote : partner
        let local = local.isEmpty ? "DOMAIN" : local
        return switch reason {
        case .unknownPartner:
            "If you federate with them: isthmusctl partner add \(remote). If not, nothing: this is the gateway doing its work. A domain of your own can be no partner; what comes in its name from outside is forged."
        case .partnerDisabled: "To federate with them again: isthmusctl partner set \(partner) --enabled true"
        case .domainBlocked:
            "If you do federate with them, “Rule that decided” names the list: isthmusctl settings set --remove-blocked-domain PATTERN, or isthmusctl settings set --add-allowed-domain \(remote). If not, nothing."
        case .userNotEnabled:
            "To let the user federate: isthmusctl policy set ADDRESS --xmpp-access true; for all of the domain: isthmusctl policy set \(local) --xmpp-access true"
        case .userOnSurvivableBranchAppliance:
            "A user on a survivable branch appliance is never federated; isthmusctl user show ADDRESS says whether that is still so."
        case .contactNotApproved:
            "The local user adds the contact first; or trust the partner more: isthmusctl partner set \(partner) --partner-type public-verified"
        case .unknownUser:
            "If the user exists: isthmusctl user add ADDRESS. If not everybody is in the directory: isthmusctl domain set \(local) --directory-complete false, and the SIP server is asked."
        case .notOurDomain:
            "If the domain is ours: isthmusctl domain add \(local). If not, somebody's DNS leads here by mistake."
        case .hostNotAuthorized:
            "If the host may send to us: isthmusctl host add HOST, twice for TLS: by name and by address. Over TLS it also has to show its certificate as a client does; isthmusctl guide lync says how each server is told to."
        case .hostOutboundOnly: "If the host may send to us: isthmusctl host set HOST --outbound-only false"
        case .fromNotBoundToPeer:
            service == "sip-edge"
                ? Self.unprovenSIP(local) : Self.unprovenXMPP(partner, remote)
        case .noRoute: "Say where the domain's users live: isthmusctl route add \(local) --next-hop HOST"
        case .loop: "A message came back to where it came from: isthmusctl route list, and the same at the SIP server."
        case .tlsRequired:
            "The peer offers no TLS that works; “refused” above says which. Only if both sides agree to do without: isthmusctl partner set \(partner) --tls optional"
        case .tlsNotSupported:
            "The peer insists on TLS and our rule excludes it: isthmusctl partner set \(partner) --tls required"
        case .certificateRejected:
            "The partner renews its certificate, or it needs a name; if its authority is not known here: isthmusctl certificate trust add FILE --use xmpp"
        case .authenticationFailed:
            "If we called: they do not take our certificate, which isthmusctl certificate list shows; ask them whether they trust its issuer. If they called: their certificate does not prove the domain they say they are, and they have to get one that does."
        case .dialbackFailed:
            "If they called: their DNS has to lead to the server that calls, or to one that shares its dialback secret; dig SRV _xmpp-server._tcp.\(remote) shows it. If we called: our DNS has to lead to our edges, which isthmusctl test dns looks at."
        case .dialbackDisabled:
            "The peer relies on dialback and our rule excludes it: it needs a certificate, or isthmusctl partner set \(partner) --dialback true"
        case .noCommonMethod:
            "Our rules and the partner's exclude each other: isthmusctl partner show \(partner), and agree with them on one row of the negotiation table."
        case .dnsFailed:
            "dig SRV _xmpp-server._tcp.\(remote); if they have no records, name the host: isthmusctl partner set \(partner) --proxy-fqdn HOST"
        case .connectionFailed:
            "The server was found and does not answer: their firewall or ours, ports 5269 and 5270. isthmusctl test partner \(remote) tries every address."
        case .streamError, .streamClosed:
            "The other side ended the stream; its words are above. Ask them for their log of that moment."
        case .connectionLimit:
            "Look at what there is: isthmusctl stream list. If it is right, raise the limit that “Rule that decided” names; if not, it is a flood, and this is the gateway doing its work."
        case .queueFull:
            "The other side is slower than what is sent to it: isthmusctl stream list, then that side's load."
        case .rateLimit:
            "Somebody is faster than they may be. If they are right, raise the setting that “Rule that decided” names; if not, nothing."
        case .sizeLimit:
            "It is larger than the setting that “Rule that decided” names allows; the sender can send a link instead."
        case .malformed: "What came does not follow its standard. Ask the other side; if it is a known server, tell us."
        case .notTranslatable, .notSupported: "The other world has nothing like it; nothing is to be done."
        case .peerRefused: "The other side said no; its words are above."
        case .nextHopUnreachable, .nextHopTimeout:
            "The SIP server does not answer: isthmusctl route status shows since when, isthmusctl test route ID tries it now; then look at that server."
        case .edgeUnavailable: "No edge of the other side is there: isthmusctl edge list"
        case .deadlineExceeded:
            "The other side was too slow. Once is chance; often is load, or a firewall that swallows packets."
        case .shuttingDown: "An edge was being stopped; the sender tries again."
        case .internalError: "The gateway made a mistake; its log at that moment says which. Please tell us."
        }
    }

    /// What a SIP server must not do: write in the name of a domain that it has not proven.
    private static func unprovenSIP(_ local: String) -> String {
        """
        If \(local) is a domain of yours that is missing here: isthmusctl domain add \(local). If it is there, the server's \
        certificate has to name \(local), sip.\(local) or the host of a route: isthmusctl route add \(local) --next-hop HOST. A \
        server without TLS is believed by isthmusctl host set HOST --treat-as-authenticated true. In a split domain the sender may \
        live on the other side: isthmusctl user show ADDRESS.
        """
    }

    private static func unprovenXMPP(_ partner: String, _ remote: String) -> String {
        """
        Their server wrote in the name of a domain that its stream has not proven. If that domain is theirs too: isthmusctl partner \
        set \(partner) --add-additional-domain DOMAIN, and they authenticate it, by a certificate that names it or by dialback. If \
        \(remote) is a split domain of yours, the sender lives on the other side: isthmusctl user show ADDRESS.
        """
    }
}
