import Policy

/// One kind of object as the console shows it: what the API calls it, and what people call it.
struct ConsoleCollection: Sendable {
    /// The path, of the API as of the console.
    let path: String
    let title: String
    let singular: String
    /// What the page is for, in a sentence.
    let introduction: String
    /// The fields of the list, the key first.
    let columns: [String]
    /// An object with all fields at their defaults.
    let blank: DocumentValue
    /// Whether policy-service gives the key.
    var hasGivenKey = false

    static let all: [ConsoleCollection] = [
        ConsoleCollection(
            path: "partners",
            title: "XMPP federated partners",
            singular: "partner",
            introduction: "Remote XMPP organisations, and how streams with them are secured.",
            columns: ["domain", "description", "partner-type", "tls", "sasl", "dialback", "enabled"],
            blank: Partner(domain: "").document
        ),
        ConsoleCollection(
            path: "domains",
            title: "SIP domains",
            singular: "domain",
            introduction: "The domains whose users live on a SIP server, and whose XMPP face this gateway is.",
            columns: ["domain", "description", "xmpp-access", "directory-complete", "partition"],
            blank: LocalDomain(domain: "").document
        ),
        ConsoleCollection(
            path: "routes",
            title: "Static routes",
            singular: "route",
            introduction: "Which SIP server gets what is for which users.",
            columns: ["id", "user", "domain", "next-hop", "port", "transport", "priority", "enabled"],
            blank: StaticRoute(id: "", domain: "", nextHop: "", port: 5061, transport: .tls).document,
            hasGivenKey: true
        ),
        ConsoleCollection(
            path: "hosts",
            title: "Host authorization",
            singular: "host",
            introduction: "The SIP servers that may send requests here; all others are refused with 403.",
            columns: ["host", "outbound-only", "throttle-as-server", "treat-as-authenticated"],
            blank: HostAuthorization(host: "").document
        ),
        ConsoleCollection(
            path: "users",
            title: "Users",
            singular: "user",
            introduction: "The directory: who may federate, and where each user lives.",
            columns: ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"],
            blank: UserRecord(address: "").document
        ),
    ]

    var keyField: String { self.columns.first ?? "" }
}
