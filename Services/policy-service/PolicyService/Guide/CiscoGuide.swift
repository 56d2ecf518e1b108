import Policy

/// Cisco IM and Presence beside us: its dialogs under Presence and System > Security.
struct CiscoGuide: Sendable {
    let facts: GuideFacts

    var sections: [Guide.Section] {
        self.routes + self.accessList + [self.listeners, self.peers, self.certificates]
    }

    /// `domaina.com` as Cisco's routes have it: `.com.domaina`.
    static func reversed(_ domain: String) -> String {
        "." + domain.split(separator: ".").reversed().joined(separator: ".")
    }

    private var routes: [Guide.Section] {
        self.facts.remoteDomains.map { domain in
            Guide.Section(
                title: "Presence > Routing > Static Routes: \(domain)",
                fields: [
                    Guide.Field("Destination Pattern", Self.reversed(domain)),
                    Guide.Field("Next Hop", self.facts.usesTLS ? self.facts.name : self.facts.shownAddresses[0]),
                    Guide.Field("Route Type", "domain"),
                    Guide.Field("Next Hop Port", String(self.facts.usesTLS ? GuideFacts.tlsPort : GuideFacts.tcpPort)),
                    Guide.Field("Protocol Type", self.facts.usesTLS ? "TLS" : "TCP"),
                    Guide.Field("Priority", "1"),
                ]
            )
        }
    }

    /// Two entries per server, by address and by name.
    private var accessList: [Guide.Section] {
        (self.facts.shownAddresses + [self.facts.name]).map { server in
            Guide.Section(
                title: "System > Security > Incoming ACL: \(server)",
                fields: [Guide.Field("Description", "Isthmus"), Guide.Field("Address Pattern", server)]
            )
        }
    }

    private var listeners: Guide.Section {
        Guide.Section(
            title: "System > Application Listeners",
            notes: ["The two change places; go through 5063 so that none is taken."],
            fields: [
                Guide.Field("Default Cisco SIP Proxy TLS Listener - Peer Auth", "5061"),
                Guide.Field("Default Cisco SIP Proxy TLS Listener - Server Auth", "5062"),
            ]
        )
    }

    private var peers: Guide.Section {
        Guide.Section(
            title: "System > Security > TLS Peer Subjects, and TLS Context Configuration",
            notes: [
                "Map the subject to Default_Cisco_SIP_Proxy_Peer_Auth_TLS_Context, with Disable Empty TLS Fragments checked and all ciphers selected."
            ],
            fields: [Guide.Field("Peer Subject Name", self.facts.name)]
        )
    }

    private var certificates: Guide.Section {
        Guide.Section(
            title: "Certificates",
            notes: [
                "Upload the root of the gateway's CA to cup-trust, and restart the SIP Proxy.",
                "The reverse DNS of \(self.facts.shownAddresses.joined(separator: ", ")) should be \(self.facts.name): Cisco asks for it, and waits about 20 s when nobody answers.",
            ]
        )
    }
}

/// Kamailio as the SIP server of our users.
struct KamailioGuide: Sendable {
    let facts: GuideFacts

    var sections: [Guide.Section] {
        let transport = self.facts.usesTLS ? "tls" : "tcp"
        let port = self.facts.usesTLS ? GuideFacts.tlsPort : GuideFacts.tcpPort
        let host = self.facts.usesTLS ? self.facts.name : self.facts.shownAddresses[0]
        let domains = self.facts.remoteDomains.map { "$rd == \"\($0)\"" }.joined(separator: " || ")
        let sources = self.facts.shownAddresses.map { "$si == \"\($0)\"" }.joined(separator: " || ")
        return [
            Guide.Section(
                title: "kamailio.cfg: what goes to the gateway",
                notes: ["Put it before the lookup of local users, in the route of MESSAGE, SUBSCRIBE and NOTIFY."],
                lines: [
                    "if (\(domains.isEmpty ? "$rd == \"PARTNER\"" : domains)) {",
                    "    $du = \"sip:\(host):\(port);transport=\(transport)\";",
                    "    t_relay();",
                    "    exit;",
                    "}",
                ]
            ),
            Guide.Section(
                title: "kamailio.cfg: what comes from the gateway is not asked for a password",
                lines: ["if (\(sources)) {", "    route(RELAY);", "    exit;", "}"]
            ),
            Guide.Section(
                title: "tls.cfg: both sides prove who they are",
                lines: self.facts.usesTLS
                    ? [
                        "[server:default]", "method = TLSv1.2+", "verify_certificate = yes",
                        "require_certificate = yes", "ca_list = /etc/kamailio/isthmus-ca.pem",
                        "[client:default]", "method = TLSv1.2+", "verify_certificate = yes",
                        "server_name = \(self.facts.name)",
                    ] : []
            ),
        ]
    }
}
