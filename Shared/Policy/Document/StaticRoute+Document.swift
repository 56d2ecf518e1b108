extension StaticRoute: PolicyObject {
    public static let kind = "route"
    public static let keyField = "id"
    public var key: String { self.id }

    public var document: DocumentValue {
        [
            "id": .text(self.id),
            "user": .text(self.user),
            "domain": .text(self.domain),
            "phone-uri-only": .flag(self.phoneURIOnly),
            "next-hop": .text(self.nextHop),
            "port": .integer(self.port),
            "transport": .text(self.transport.rawValue),
            "replace-host-in-request-uri": .flag(self.replaceHostInRequestURI),
            "priority": .integer(self.priority),
            "enabled": .flag(self.isEnabled),
            "dialect": .text(self.dialect.rawValue),
            "identity": .text(self.identity),
            "legacy-tls": .flag(self.allowsLegacyTLS),
        ]
    }

    /// A destination pattern of Cisco's (`.com.example`) may stand for the domain.
    ///
    /// An `id` need not be given: policy-service then finds the route by what it matches, or makes a new one.
    ///
    /// Without a port it is the transport's own; 0 stands for what DNS says.
    public init(reading reader: inout DocumentReader) {
        let id = reader.text("id", default: "")
        let user = reader.text("user", default: "*").caseFolded
        let domain = CiscoPattern.domain(DomainName.normalized(reader.text("domain", default: nil)))
        let phoneURIOnly = reader.flag("phone-uri-only", default: false)
        let nextHop = HostName.normalized(reader.text("next-hop", default: nil))
        let transport = reader.choice("transport", default: Transport.tls)
        self.init(
            id: id,
            user: user,
            domain: domain,
            phoneURIOnly: phoneURIOnly,
            nextHop: nextHop,
            port: reader.integer("port", default: transport.defaultPort),
            transport: transport,
            replaceHostInRequestURI: reader.flag("replace-host-in-request-uri", default: false),
            priority: reader.integer("priority", default: 1),
            isEnabled: reader.flag("enabled", default: true),
            dialect: reader.choice("dialect", default: .auto),
            identity: DomainName.normalized(reader.text("identity", default: "")),
            allowsLegacyTLS: reader.flag("legacy-tls", default: false)
        )
    }
}

extension StaticRoute.Transport {
    /// [RFC 3261 §19.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-19.1.2).
    public var defaultPort: Int {
        switch self {
        case .tcp, .udp: 5060
        case .tls: 5061
        case .auto: 0
        }
    }
}

/// A host by name or by address.
package enum HostName {
    package static func normalized(_ text: String) -> String {
        IPAddress(text)?.description ?? DomainName.normalized(text)
    }
}
