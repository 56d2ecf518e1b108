import Policy

/// What a partner's administrator enters so that a server federates with us.
struct XMPPServerGuide: Sendable {
    let facts: GuideFacts

    /// Whether all partners' rules ask for TLS; the guide is for whichever of them reads it.
    private var requiresTLS: Bool { !self.facts.partners.contains { $0.negotiation.allowsPlaintext } }
    private var allowsDialback: Bool {
        self.facts.partners.contains { !Set($0.negotiation.methods).isDisjoint(with: [.tlsDialback, .tcpDialback]) }
    }
    /// Whether the certificate is what proves the other side.
    private var needsCertificate: Bool { !self.allowsDialback }

    private var domains: [String] { self.facts.domains.isEmpty ? ["YOUR-DOMAIN"] : self.facts.domains }

    private var rules: Guide.Section {
        Guide.Section(
            title: "What the gateway asks of each partner",
            notes: self.facts.partners.map { partner in
                let methods = partner.negotiation.methods.map(\.words).joined(separator: ", or ")
                return "\(partner.domains.joined(separator: ", ")): \(methods)"
            }
        )
    }

    private var reach: Guide.Section {
        Guide.Section(
            title: "DNS and the firewall",
            notes: [
                "Your server finds ours by these records, and connects to the ports they name (5269, 5270); ours connects to yours likewise."
            ],
            lines: self.domains.flatMap { ["_xmpp-server._tcp.\($0)", "_xmpps-server._tcp.\($0)"] }
        )
    }

    /// Where the secret of a component is, at our end.
    private static let secretNote =
        "SECRET is what the file of ISTHMUS_XMPP_COMPONENT_SECRET_FILE holds; xmpp-edge connects to this server with ISTHMUS_XMPP_COMPONENT_SERVER, …_NAME and …_DOMAINS."

    /// A domain whose users live partly on this Prosody: it takes the gateway as a component.
    private var splitProsody: [Guide.Section] {
        self.facts.partitioned.map { domain in
            Guide.Section(
                title: "prosody.cfg.lua, where \(domain) is split with this server",
                notes: [
                    "mod_isthmus_partition.lua (Services/xmpp-edge/ServerModules/prosody) goes into one of the plugin_paths.",
                    Self.secretNote,
                ],
                lines: [
                    "VirtualHost \"\(domain)\"", "    modules_enabled = { \"isthmus_partition\" }",
                    "    isthmus_component = \"isthmus.\(domain)\"", "Component \"isthmus.\(domain)\"",
                    "    component_secret = \"SECRET\"", "    validate_from_addresses = false",
                ]
            )
        }
    }

    var prosody: [Guide.Section] {
        [
            self.rules,
            Guide.Section(
                title: "prosody.cfg.lua",
                lines: [
                    "modules_enabled = { \"s2s\"; \"tls\"; \"saslauth\"; \(self.allowsDialback ? "\"dialback\"; " : "")}",
                    "s2s_require_encryption = \(self.requiresTLS)",
                    "s2s_secure_auth = \(self.needsCertificate)",
                ]
                    + (self.needsCertificate
                        ? ["s2s_secure_domains = { \(self.domains.map { "\"\($0)\"" }.joined(separator: "; ")) }"] : [])
            ),
            self.reach,
        ] + self.splitProsody
    }

    /// The same for ejabberd.
    private var splitEjabberd: [Guide.Section] {
        self.facts.partitioned.map { domain in
            Guide.Section(
                title: "ejabberd.yml, where \(domain) is split with this server",
                notes: [
                    "mod_isthmus_partition.erl (Services/xmpp-edge/ServerModules/ejabberd) is compiled with erlc and put beside ejabberd's own modules.",
                    Self.secretNote,
                ],
                lines: [
                    "listen:", "  - port: 5347", "    module: ejabberd_service", "    access: all",
                    "    check_from: false",
                    "    global_routes: false", "    hosts:", "      isthmus.\(domain): { password: \"SECRET\" }",
                    "host_config:", "  \(domain):", "    modules:",
                    "      mod_isthmus_partition: { component: isthmus.\(domain) }",
                ]
            )
        }
    }

    var ejabberd: [Guide.Section] {
        [
            self.rules,
            Guide.Section(
                title: "ejabberd.yml",
                notes: [
                    "s2s_use_starttls holds for all your partners. Without mod_s2s_dialback a certificate that your server trusts is the only proof.",
                    "ejabberd 23.01 breaks off when a certificate has an xmppAddr: leave it to dNSName (ISTHMUS_CERTIFICATES_XMPP_ADDRESS=false).",
                ],
                lines: ["s2s_use_starttls: \(self.requiresTLS ? "required" : "optional")", "s2s_access: s2s"]
                    + (self.allowsDialback ? ["modules:", "  mod_s2s_dialback: {}"] : [])
                    + ["access_rules:", "  s2s:", "    allow: all"]
            ),
            self.reach,
        ] + self.splitEjabberd
    }
}
