extension GatewaySettings: PolicyObject {
    public static let kind = "settings"
    public static let keyField = "scope"
    /// There is one.
    public var key: String { "global" }
    public var label: String { Self.kind }

    public var document: DocumentValue {
        [
            "connection-limit": .integer(self.connectionLimit),
            "partner-connection-limit": .integer(self.partnerConnectionLimit),
            "keep-alive-interval": .integer(self.keepAliveInterval),
            "stream-establishment-timeout": .integer(self.streamEstablishmentTimeout),
            "stream-inactivity-timeout": .integer(self.streamInactivityTimeout),
            "subscription-refresh-interval": .integer(self.subscriptionRefreshInterval),
            "log-message-bodies": .flag(self.logMessageBodies),
            "open-federation": .flag(self.openFederation),
            "default-partner": self.defaultPartner.document,
            "blocked-domains": .list(self.blockedDomains.map(\.document)),
            "allowed-domains": .list(self.allowedDomains.map(\.document)),
            "xmpp-access": .flag(self.xmppAccess),
        ]
    }

    public init(reading reader: inout DocumentReader) {
        let standard = GatewaySettings()
        self.init(
            connectionLimit: reader.integer("connection-limit", default: standard.connectionLimit),
            partnerConnectionLimit: reader.integer(
                "partner-connection-limit",
                default: standard.partnerConnectionLimit
            ),
            keepAliveInterval: reader.integer("keep-alive-interval", default: standard.keepAliveInterval),
            streamEstablishmentTimeout: reader.integer(
                "stream-establishment-timeout",
                default: standard.streamEstablishmentTimeout
            ),
            streamInactivityTimeout: reader.integer(
                "stream-inactivity-timeout",
                default: standard.streamInactivityTimeout
            ),
            subscriptionRefreshInterval: reader.integer(
                "subscription-refresh-interval",
                default: standard.subscriptionRefreshInterval
            ),
            logMessageBodies: reader.flag("log-message-bodies", default: standard.logMessageBodies),
            openFederation: reader.flag("open-federation", default: standard.openFederation),
            defaultPartner: reader.object("default-partner", default: standard.defaultPartner),
            blockedDomains: reader.objects("blocked-domains", of: DomainRule.self),
            allowedDomains: reader.objects("allowed-domains", of: DomainRule.self),
            xmppAccess: reader.flag("xmpp-access", default: standard.xmppAccess)
        )
    }
}

extension DomainRule: PolicyObject {
    public static let kind = "domain rule"
    public static let keyField = "pattern"
    public var key: String { self.pattern }

    public var document: DocumentValue {
        ["pattern": .text(self.pattern), "direction": .text(self.direction.rawValue)]
    }

    public init(reading reader: inout DocumentReader) {
        self.init(
            pattern: DomainName.normalized(reader.text("pattern", default: nil)),
            direction: reader.choice("direction", default: .both)
        )
    }
}
