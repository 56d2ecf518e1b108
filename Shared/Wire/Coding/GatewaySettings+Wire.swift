internal import CIsthmusProto
internal import Policy

extension DomainRule.Direction: WireEnumeration {
    var number: Isthmus__V1__DomainRule__Direction {
        switch self {
        case .both: ISTHMUS__V1__DOMAIN_RULE__DIRECTION__DIRECTION_BOTH
        case .inbound: ISTHMUS__V1__DOMAIN_RULE__DIRECTION__DIRECTION_INBOUND
        case .outbound: ISTHMUS__V1__DOMAIN_RULE__DIRECTION__DIRECTION_OUTBOUND
        }
    }
}

extension DomainRule: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DomainRule>) {
        isthmus__v1__domain_rule__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DomainRule, in arena: Arena) {
        message.pattern = arena.text(self.pattern)
        message.direction = self.direction.number
    }

    init(_ message: Isthmus__V1__DomainRule) throws(WireError) {
        self.init(pattern: try String(message.pattern), direction: try Direction(message.direction))
    }
}

extension GatewaySettings: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__GatewaySettings>) {
        isthmus__v1__gateway_settings__init(message)
    }

    func fill(_ message: inout Isthmus__V1__GatewaySettings, in arena: Arena) {
        message.connection_limit = UInt32(clamping: self.connectionLimit)
        message.partner_connection_limit = UInt32(clamping: self.partnerConnectionLimit)
        message.keep_alive_interval = UInt32(clamping: self.keepAliveInterval)
        message.stream_establishment_timeout = UInt32(clamping: self.streamEstablishmentTimeout)
        message.stream_inactivity_timeout = UInt32(clamping: self.streamInactivityTimeout)
        message.subscription_refresh_interval = UInt32(clamping: self.subscriptionRefreshInterval)
        message.log_message_bodies = self.logMessageBodies ? 1 : 0
        message.open_federation = self.openFederation ? 1 : 0
        message.default_partner = arena.message(self.defaultPartner)
        (message.n_blocked_domains, message.blocked_domains) = arena.messages(self.blockedDomains)
        (message.n_allowed_domains, message.allowed_domains) = arena.messages(self.allowedDomains)
        message.xmpp_access = self.xmppAccess ? 1 : 0
    }

    init(_ message: Isthmus__V1__GatewaySettings) throws(WireError) {
        self.init(
            connectionLimit: Int(message.connection_limit),
            partnerConnectionLimit: Int(message.partner_connection_limit),
            keepAliveInterval: Int(message.keep_alive_interval),
            streamEstablishmentTimeout: Int(message.stream_establishment_timeout),
            streamInactivityTimeout: Int(message.stream_inactivity_timeout),
            subscriptionRefreshInterval: Int(message.subscription_refresh_interval),
            logMessageBodies: message.log_message_bodies != 0,
            openFederation: message.open_federation != 0,
            defaultPartner: try value(message.default_partner),
            blockedDomains: try values(message.n_blocked_domains, message.blocked_domains),
            allowedDomains: try values(message.n_allowed_domains, message.allowed_domains),
            xmppAccess: message.xmpp_access != 0
        )
    }
}
