import ArgumentParser
import Policy

/// A SIP domain of ours.
struct DomainFields: FieldOptions {
    @Option(help: "A note.")
    var description: String?

    @Option(
        help: ArgumentHelp(
            "Whether its users may federate: true, false, or inherit (the default): as the settings say.",
            valueName: "access"
        )
    )
    var xmppAccess: Access?

    @Option(
        help: ArgumentHelp(
            "Whether only users in the directory exist: true or false (the default: the SIP server is asked).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var directoryComplete: Bool?

    @Option(
        help: ArgumentHelp(
            "Whether users live on an XMPP server too: off (the default), basic (all others on the SIP server), advanced (only who is known).",
            valueName: "mode"
        ),
        completion: .list(["off", "basic", "advanced"])
    )
    var partition: String?

    @Option(
        help: ArgumentHelp(
            "By which table presence is translated: rfc8048 (the default), cisco-intradomain or cisco-interdomain.",
            valueName: "profile"
        ),
        completion: .list(["rfc8048", "cisco-intradomain", "cisco-interdomain"])
    )
    var presenceProfile: String?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("description", self.description)
        members.add("xmpp-access", self.xmppAccess)
        members.add("directory-complete", self.directoryComplete)
        members.add("partition", self.partition)
        members.add("presence-profile", self.presenceProfile)
        return members.members
    }
}

/// A user of one of our domains.
struct UserFields: FieldOptions {
    @Option(help: "The name people know.")
    var displayName: String?

    @Option(
        help: ArgumentHelp("Where the user lives: sip (the default) or xmpp.", valueName: "side"),
        completion: .list(["sip", "xmpp"])
    )
    var home: String?

    @Option(
        help: ArgumentHelp(
            "Whether the user may federate: true, false, or inherit (the default): as the domain says.",
            valueName: "access"
        )
    )
    var xmppAccess: Access?

    @Option(
        help: ArgumentHelp(
            "Whether the user is homed on a survivable branch appliance and so never federated.",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var survivableBranchAppliance: Bool?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("display-name", self.displayName)
        members.add("home", self.home)
        members.add("xmpp-access", self.xmppAccess)
        members.add("survivable-branch-appliance", self.survivableBranchAppliance)
        return members.members
    }
}

/// The fields of LCS's Routing tab and of `New-CsStaticRoute`, but for the domain.
struct RouteFields: FieldOptions {
    @Option(help: ArgumentHelp("One user's name, or * (the default) for everybody.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("The SIP server: an FQDN, or for tcp and udp an IP address.", valueName: "host"))
    var nextHop: String?

    @Option(help: "The port (5061 for tls, 5060 for tcp and udp); 0: what the SRV records of the next hop say.")
    var port: Int?

    @Option(
        help: ArgumentHelp("tls (the default), tcp, udp, or auto: what DNS says.", valueName: "transport"),
        completion: .list(["tls", "tcp", "udp", "auto"])
    )
    var transport: String?

    @Option(help: ArgumentHelp("Lower is tried first (1).", valueName: "number"))
    var priority: Int?

    @Option(
        name: .customLong("phone-uri-only"),
        help: ArgumentHelp("Only URIs with user=phone: true or false (the default).", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var phoneURIOnly: Bool?

    @Option(
        name: .customLong("replace-host-in-request-uri"),
        help: ArgumentHelp(
            "Whether the Request-URI gets the next hop's name: true or false (the default).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var replaceHostInRequestURI: Bool?

    @Option(
        help: ArgumentHelp(
            "How the servers there take messages: auto (the default), rfc, lcs2005, ocs2007 or lync.",
            valueName: "dialect"
        ),
        completion: .list(["auto", "rfc", "lcs2005", "ocs2007", "lync"])
    )
    var dialect: String?

    @Option(
        help: ArgumentHelp(
            "Which certificate of ours the next hop is shown, by a name in it; by default the edge chooses.",
            valueName: "name"
        )
    )
    var identity: String?

    @Option(
        name: .customLong("legacy-tls"),
        help: ArgumentHelp(
            "Whether TLS 1.0 and 1.1 are good enough, for a server that knows nothing better: true or false (the default).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var legacyTLS: Bool?

    @Option(
        help: ArgumentHelp("Whether the route is in force: true (the default) or false.", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var enabled: Bool?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("user", self.user)
        members.add("next-hop", self.nextHop)
        members.add("port", self.port)
        members.add("transport", self.transport)
        members.add("priority", self.priority)
        members.add("phone-uri-only", self.phoneURIOnly)
        members.add("replace-host-in-request-uri", self.replaceHostInRequestURI)
        members.add("dialect", self.dialect)
        members.add("identity", self.identity)
        members.add("legacy-tls", self.legacyTLS)
        members.add("enabled", self.enabled)
        return members.members
    }
}

/// The options of LCS's Host Authorization tab and of `New-CsTrustedApplicationPool`.
struct HostFields: FieldOptions {
    @Option(
        help: ArgumentHelp("Whether requests from it are refused: true or false (the default).", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var outboundOnly: Bool?

    @Option(
        help: ArgumentHelp(
            "Whether it has a server's limits: true (the default) or false: a client's.",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var throttleAsServer: Bool?

    @Option(
        help: ArgumentHelp("Whether its word on who sends is taken: true (the default) or false.", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var treatAsAuthenticated: Bool?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("outbound-only", self.outboundOnly)
        members.add("throttle-as-server", self.throttleAsServer)
        members.add("treat-as-authenticated", self.treatAsAuthenticated)
        return members.members
    }
}
