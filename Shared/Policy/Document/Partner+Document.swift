extension Partner: PolicyObject {
    public static let kind = "partner"
    public static let keyField = "domain"
    public var key: String { self.domain }

    public var document: DocumentValue {
        [
            "domain": .text(self.domain),
            "description": .text(self.description),
            "additional-domains": DocumentValue(texts: self.additionalDomains),
            "partner-type": .text(self.kind.rawValue),
            "tls": .text(self.tls.rawValue),
            "sasl": .text(self.sasl.rawValue),
            "dialback": .flag(self.dialback),
            "keep-alive": .flag(self.keepAlive),
            "connection-limit": .integer(self.connectionLimit),
            "proxy-fqdn": DocumentValue(optional: self.proxyFQDN),
            "require-client-auth": .flag(self.requiresClientAuth),
            "enabled": .flag(self.isEnabled),
        ]
    }

    public init(reading reader: inout DocumentReader) {
        self.init(
            domain: DomainName.normalized(reader.text("domain", default: nil)),
            description: reader.text("description", default: ""),
            additionalDomains: reader.texts("additional-domains").map(DomainName.normalized),
            kind: reader.choice("partner-type", default: .publicUnverified),
            tls: reader.choice("tls", default: .required),
            sasl: reader.choice("sasl", default: .required),
            dialback: reader.flag("dialback", default: true),
            keepAlive: reader.flag("keep-alive", default: true),
            connectionLimit: reader.integer("connection-limit", default: 20),
            proxyFQDN: reader.optionalText("proxy-fqdn").map(DomainName.normalized).flatMap { $0.isEmpty ? nil : $0 },
            requiresClientAuth: reader.flag("require-client-auth", default: false),
            isEnabled: reader.flag("enabled", default: true)
        )
    }
}
