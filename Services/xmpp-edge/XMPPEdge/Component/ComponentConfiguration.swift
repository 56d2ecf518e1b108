public import ServiceKit
import TLS
import XMPPCore

/// How this edge is attached to the XMPP server of split domains: as an external component
/// ([XEP-0114](https://xmpp.org/extensions/xep-0114.html)).
public struct ComponentConfiguration: Sendable {
    /// The server's port for components.
    public var server: Endpoint
    /// The component's JID, as the server knows it.
    public var name: String
    /// The split domains whose XMPP users the server has.
    public var domains: [String]
    public var secret: Secret

    public init(server: Endpoint, name: String, domains: [String], secret: Secret) {
        self.server = server
        self.name = name
        self.domains = domains
        self.secret = secret
    }

    /// Reads the settings `xmpp.component.*`; `nil` where there is no server to attach to.
    public init?(_ settings: inout SettingsReader) {
        let server: Endpoint? = settings.optionalValue(
            "xmpp.component.server",
            kind: "HOST:PORT",
            hint: "the port for components (XEP-0114) of the XMPP server of split domains; empty for none"
        ) { Endpoint($0) }
        let name = settings.optionalString(
            "xmpp.component.name",
            hint: "the component's name, as it is configured at the XMPP server, for example isthmus.example.com"
        )
        let domains = settings.list(
            "xmpp.component.domains",
            hint: "the split domains whose XMPP users that server has"
        )
        let secret = settings.secret(
            "xmpp.component.secret",
            hint: "a file with the secret that the XMPP server and this component share"
        )
        guard let server else { return nil }
        if name == nil { Self.reject("name", "isthmus.example.com", &settings) }
        if domains.isEmpty { Self.reject("domains", "example.com", &settings) }
        if secret == nil { Self.reject("secret-file", "/run/secrets/component", &settings) }
        let names = Self.prepared("name", [name ?? ""], &settings)
        let prepared = Self.prepared("domains", domains, &settings)
        if let name = names.first, prepared.contains(name) {
            settings.reject(
                "xmpp.component.name",
                problem: "the component cannot have the name of a domain of the server",
                hint: "take a name of its own, for example isthmus.\(name)"
            )
        }
        guard let name = names.first, !prepared.isEmpty, let secret else { return nil }
        self.init(server: server, name: name, domains: prepared, secret: secret)
    }

    private static func reject(_ key: String, _ example: String, _ settings: inout SettingsReader) {
        settings.reject(
            "xmpp.component.\(key)",
            problem: "missing, though xmpp.component.server is set",
            hint: "for example \(example)"
        )
    }

    private static func prepared(_ key: String, _ domains: [String], _ settings: inout SettingsReader) -> [String] {
        var prepared: [String] = []
        for domain in domains where !domain.isEmpty {
            if let domain = try? Domainpart.prepare(domain) {
                prepared.append(domain)
            } else {
                settings.reject(
                    "xmpp.component.\(key)",
                    problem: "“\(domain)” is no domain",
                    hint: "for example example.com"
                )
            }
        }
        return prepared
    }

    /// What proves us to the server on the stream `id` (XEP-0114 §3): the hash of the id and the secret.
    func proof(forStream id: String) -> String { SHA1Hash.hexadecimal(of: Array(id.utf8) + self.secret.bytes) }
}
