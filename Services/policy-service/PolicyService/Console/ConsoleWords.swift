import Policy

/// How the console names what the API names: fields and their values, in the words of the dialogs that administrators know.
enum ConsoleWords {
    /// What a field is called.
    static func label(_ field: String) -> String {
        if let words = self.labels[field] { return words }
        return self.spoken(field).capitalizedFirst
    }

    /// What to know before one fills it in.
    static func hint(_ field: String) -> String? { self.hints[field] }

    /// A value of a choice or of a column.
    static func value(_ text: String, of field: String) -> String {
        switch (field, text) {
        case ("transport", "auto"): "as DNS says"
        case ("transport", _), ("security", "tcp"): text.uppercased()
        case ("home", "sip"): "SIP server"
        case ("home", "xmpp"): "XMPP server"
        case ("xmpp-access", ""), ("xmpp-access", "null"): "as the wider scope says"
        case ("dialect", "auto"): "found out"
        case ("dialect", "rfc"): "RFC 3428"
        case ("dialect", "lcs2005"): "LCS 2005"
        case ("dialect", "ocs2007"): "OCS 2007"
        case ("dialect", "lync"): "Lync, Skype for Business"
        case ("partition", "off"): "no"
        case ("presence-profile", "rfc8048"): "RFC 8048"
        case ("presence-profile", "cisco-intradomain"): "Cisco, intradomain"
        case ("presence-profile", "cisco-interdomain"): "Cisco, interdomain"
        case ("direction", "sip-to-xmpp"): "SIP → XMPP"
        case ("direction", "xmpp-to-sip"): "XMPP → SIP"
        case (_, "true"): "yes"
        case (_, "false"): "no"
        case (_, "not-supported"): "not supported"
        case (_, "public-verified"): "public, verified"
        case (_, "public-unverified"): "public, unverified"
        case (_, "instant-message"): "instant message"
        case (_, _): text
        }
    }

    /// What the values of a choice mean (SPEC §§ 2, 7).
    static func explanations(_ field: String) -> [(value: String, text: String)] {
        switch field {
        case "partner-type":
            [
                ("federated", "Its users may add yours and write to them at once, and see their status notes."),
                ("public-verified", "Its users may add yours and write to them at once. They see no status notes."),
                (
                    "public-unverified",
                    "Its users see and reach only those of yours who have added them. They see no status notes."
                ),
            ]
        case "partition":
            [
                ("off", "All users of the domain live on the SIP server."),
                ("basic", "Who is not known as an XMPP user lives on the SIP server."),
                ("advanced", "Who is not known to have a SIP address is nobody."),
            ]
        default: []
        }
    }

    /// All values that are explained, for the style sheet.
    static let explained = ["partner-type", "partition"].flatMap { Self.explanations($0).map(\.value) }

    /// A name of the API as one says it.
    static func spoken(_ name: String) -> String { name.replacing("-", with: " ") }

    static func columns(_ fields: [String]) -> [String] { fields.map(self.label) }

    /// All fields that have words of their own, for the test that none is forgotten.
    static var known: Set<String> { Set(self.labels.keys) }

    private static let labels = [
        "domain": "Domain", "description": "Description", "additional-domains": "Additional domains",
        "partner-type": "Partner type", "tls": "TLS", "sasl": "SASL", "dialback": "Dialback",
        "keep-alive": "Keep-alive", "connection-limit": "Connection limit", "proxy-fqdn": "Proxy",
        "require-client-auth": "Require client certificates", "enabled": "Enabled",
        "xmpp-access": "XMPP access", "directory-complete": "Directory complete",
        "partition": "Split with an XMPP server", "presence-profile": "Presence by the table of",
        "id": "Id", "user": "User", "phone-uri-only": "Phone URIs only", "next-hop": "Next hop", "port": "Port",
        "transport": "Transport", "replace-host-in-request-uri": "Replace the host in the request URI",
        "priority": "Priority", "dialect": "Instant messages",
        "identity": "Certificate", "legacy-tls": "Old TLS", "host": "Host", "outbound-only": "Outbound only",
        "throttle-as-server": "Throttle as server", "treat-as-authenticated": "Treat as authenticated",
        "address": "Address", "display-name": "Display name", "home": "Home",
        "survivable-branch-appliance": "On a branch appliance",
        "partner-connection-limit": "Connection limit of a partner", "keep-alive-interval": "Keep-alive interval",
        "stream-establishment-timeout": "Stream establishment timeout",
        "stream-inactivity-timeout": "Stream inactivity timeout",
        "subscription-refresh-interval": "Subscription refresh interval", "log-message-bodies": "Log message bodies",
        "open-federation": "Open federation", "default-partner": "Unknown domains",
        "blocked-domains": "Blocked domains",
        "allowed-domains": "Allowed domains",
        "domains": "From → to", "messages": "Messages", "not-after": "Valid until",
        "not-before": "Valid from", "friendly-name": "Name", "message-id": "Message id", "authentication": "Proven by",
        "refreshed-at": "Refreshed",
        "established-at": "Since", "last-heard": "Last heard", "uses": "Used for",
        "staged-uses": "About to be used for", "made-for": "Made and renewed by itself for",
        "xmpp-domains": "Shown to XMPP partners for", "sip-domains": "Shown to SIP servers for", "progress": "Order",
        "renewal": "Renewed by itself", "next-attempt": "Next attempt", "revoked": "Revoked by its CA",
        "explanation": "About the renewal",
    ]

    private static let hints = [
        "domain": "Such as example.org.",
        "additional-domains": "Further domains of the same organisation, one a line. No subdomain is implied.",
        "keep-alive": "Sends and expects white space on quiet streams.",
        "connection-limit": "Streams at the same time, 1 or more.",
        "proxy-fqdn": "Connect to this host or host:port instead of asking DNS.",
        "require-client-auth":
            "The partner's certificate must be one for TLS clients. Public authorities no longer issue such.",
        "xmpp-access": "Whether users may federate with XMPP, unless a narrower scope says otherwise.",
        "directory-complete": "Only users in the directory exist. Otherwise the SIP server is asked.",
        "presence-profile": "How a state such as busy is said on the other side.",
        "identity": "The name of the certificate to show there; empty for the one of the domain.",
        "legacy-tls": "TLS 1.0 and 1.1 for servers of 2003 to 2008. Others can read and change what is said.",
        "user": "* for all users of the domain, or one user's name.",
        "next-hop": "A host name; for TCP and UDP also an IP address.",
        "port": "5061 for TLS, 5060 for TCP and UDP; 0 to ask DNS.",
        "priority": "Lower is asked first.",
        "dialect": "How the servers there take instant messages. Leave it to be found out, unless that fails.",
        "host": "A host name, compared with the certificate, or an IP address. TLS servers need both entries.",
        "address": "user@domain, of one of the SIP domains.",
        "home": "Where the user lives, when a domain is split between two servers.",
        "survivable-branch-appliance": "Users there are never federated.",
        "blocked-domains":
            "One a line: example.org, or *.example.org for all below it; then both, inbound or outbound.",
        "allowed-domains": "One a line, as above. When there is any, only these are federated with.",
        "open-federation": "Domains that are nobody's partner are taken, by the rules below.",
        "keep-alive-interval": "Seconds.", "stream-establishment-timeout": "Seconds.",
        "stream-inactivity-timeout": "Seconds.", "subscription-refresh-interval": "Seconds.",
        "log-message-bodies": "What users write then stands in the logs. Mind the law.",
    ]
}

extension String {
    var capitalizedFirst: String { self.prefix(1).uppercased() + self.dropFirst() }
}
