import HTTPTypes
import Policy

/// One kind of object, or one part of the settings, as the console shows it: what the API calls it, and what people call it.
struct ConsoleCollection: Sendable {
    /// Below `/console`.
    let path: String
    let title: String
    let singular: String
    /// What the page is for, in a sentence.
    let introduction: String
    /// Said when there is none: what to do.
    var empty = ""
    /// The fields of the list, the key first; none for settings.
    var columns: [String] = []
    /// An object with all fields at their defaults.
    let blank: DocumentValue
    /// The fields of the form, under what they have in common.
    let groups: [(title: String, fields: [String])]
    /// Whether policy-service gives the key.
    var hasGivenKey = false
    /// What the API calls it, where that is something else.
    var resource: String?
    /// A test that an administrator may start of one of them.
    var hasTest = false

    var apiPath: String { self.resource ?? self.path }
    /// Whether there is only one of it.
    var isSettings: Bool { self.apiPath == "settings" }
    var keyField: String { self.columns.first ?? "" }
    var href: String { "\(ConsoleRoutes.root)/\(self.path)" }

    /// What a token must be to change it.
    var writer: TokenRecord.Role {
        APICatalogue.role(for: .patch, self.isSettings ? "/v1/settings" : "/v1/\(self.apiPath)/{key}")
    }

    static let everything = Self.all + Self.settings

    static func named(_ path: String) -> ConsoleCollection? { self.everything.first { $0.path == path } }

    static let all: [ConsoleCollection] = [
        ConsoleCollection(
            path: "partners",
            title: "XMPP federated partners",
            singular: "partner",
            introduction: "Remote XMPP organisations, and how streams with them are secured.",
            empty: "There is no partner yet, so no other domain can be reached. Add the first one.",
            columns: ["domain", "description", "partner-type", "tls", "sasl", "dialback", "enabled"],
            blank: Partner(domain: "").document,
            groups: [
                ("Who", ["domain", "description", "additional-domains", "partner-type", "enabled"]),
                ("How streams are secured", ["tls", "sasl", "dialback"]),
                ("Connections", ["proxy-fqdn", "connection-limit", "keep-alive", "require-client-auth"]),
            ],
            hasTest: true
        ),
        ConsoleCollection(
            path: "domains",
            title: "SIP domains",
            singular: "domain",
            introduction: "The domains whose users live on a SIP server, and whose XMPP face this gateway is.",
            empty: "There is no SIP domain yet. Add the domain of your users first; all else builds on it.",
            columns: ["domain", "description", "xmpp-access", "directory-complete", "partition"],
            blank: LocalDomain(domain: "").document,
            groups: [
                (
                    "The domain",
                    ["domain", "description", "xmpp-access", "directory-complete", "partition", "presence-profile"]
                )
            ]
        ),
        ConsoleCollection(
            path: "routes",
            title: "Static routes",
            singular: "route",
            introduction: "Which SIP server gets what is for which users.",
            empty: "There is no route yet, so nothing can reach a SIP server. Add one for each SIP domain.",
            columns: ["id", "user", "domain", "next-hop", "port", "transport", "priority", "enabled"],
            blank: StaticRoute(id: "", domain: "", nextHop: "", port: 5061, transport: .tls).document,
            groups: [
                ("For whom", ["user", "domain", "phone-uri-only"]),
                ("Where to", ["next-hop", "port", "transport", "replace-host-in-request-uri"]),
                ("How", ["priority", "dialect", "identity", "legacy-tls", "enabled"]),
            ],
            hasGivenKey: true,
            hasTest: true
        ),
        ConsoleCollection(
            path: "hosts",
            title: "Host authorization",
            singular: "host",
            introduction: "The SIP servers that may send requests here; all others are refused with 403.",
            empty: "No SIP server may send requests here yet. Add the servers that the routes lead to.",
            columns: ["host", "outbound-only", "throttle-as-server", "treat-as-authenticated"],
            blank: HostAuthorization(host: "").document,
            groups: [("The host", ["host", "outbound-only", "throttle-as-server", "treat-as-authenticated"])]
        ),
        ConsoleCollection(
            path: "users",
            title: "Users",
            singular: "user",
            introduction: "The directory: who may federate, and where each user lives.",
            empty: "The directory is empty. Users need to be here only if they differ from what their domain says.",
            columns: ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"],
            blank: UserRecord(address: "").document,
            groups: [("The user", ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"])]
        ),
    ]

    /// The settings, in two pages: whom to federate with, and how much of it.
    static let settings: [ConsoleCollection] = [
        ConsoleCollection(
            path: "external-access",
            title: "External access",
            singular: "external access",
            introduction:
                "Whether users may federate at all, and with whom; a SIP domain or a user may say otherwise.",
            blank: GatewaySettings().document,
            groups: [
                ("All users", ["xmpp-access"]),
                ("Domains", ["blocked-domains", "allowed-domains"]),
                ("Domains that are nobody's partner", ["open-federation", "default-partner.partner-type"]),
                (
                    "How streams with them are secured",
                    ["default-partner.tls", "default-partner.sasl", "default-partner.dialback"]
                ),
                (
                    "Connections with them",
                    [
                        "default-partner.connection-limit", "default-partner.keep-alive",
                        "default-partner.require-client-auth",
                    ]
                ),
            ],
            resource: "settings"
        ),
        ConsoleCollection(
            path: "settings",
            title: "Limits and times",
            singular: "limits and times",
            introduction: "What holds for the whole gateway.",
            blank: GatewaySettings().document,
            groups: [
                ("Connections", ["connection-limit", "partner-connection-limit"]),
                (
                    "Times",
                    [
                        "keep-alive-interval", "stream-establishment-timeout", "stream-inactivity-timeout",
                        "subscription-refresh-interval",
                    ]
                ),
                ("Logs", ["log-message-bodies"]),
            ]
        ),
    ]
}
