import Messaging
import Policy

extension Partner {
    init(row: any SQLRow, additionalDomains: [String]) throws {
        self.init(
            domain: try row.text("domain"),
            description: try row.text("description"),
            additionalDomains: additionalDomains,
            kind: try row.word("kind"),
            tls: try row.word("tls"),
            sasl: try row.word("sasl"),
            dialback: try row.flag("dialback"),
            keepAlive: try row.flag("keep_alive"),
            connectionLimit: try row.number("connection_limit"),
            proxyFQDN: row.optionalText("proxy_fqdn"),
            requiresClientAuth: try row.flag("requires_client_auth"),
            isEnabled: try row.flag("is_enabled")
        )
    }

    /// Without the additional domains, which have a table of their own.
    var columns: Columns {
        [
            ("domain", SQLValue(self.domain)), ("description", SQLValue(self.description)),
            ("kind", SQLValue(self.kind.rawValue)),
            ("tls", SQLValue(self.tls.rawValue)), ("sasl", SQLValue(self.sasl.rawValue)),
            ("dialback", SQLValue(self.dialback)),
            ("keep_alive", SQLValue(self.keepAlive)), ("connection_limit", SQLValue(self.connectionLimit)),
            ("proxy_fqdn", SQLValue(self.proxyFQDN)), ("requires_client_auth", SQLValue(self.requiresClientAuth)),
            ("is_enabled", SQLValue(self.isEnabled)),
        ]
    }
}

extension LocalDomain {
    init(row: any SQLRow) throws {
        self.init(
            domain: try row.text("domain"),
            description: try row.text("description"),
            xmppAccess: row.optionalFlag("xmpp_access"),
            isDirectoryComplete: try row.flag("is_directory_complete"),
            partition: try row.word("partition"),
            presenceProfile: try row.word("presence_profile")
        )
    }

    var columns: Columns {
        [
            ("domain", SQLValue(self.domain)), ("description", SQLValue(self.description)),
            ("xmpp_access", SQLValue(self.xmppAccess)),
            ("is_directory_complete", SQLValue(self.isDirectoryComplete)),
            ("partition", SQLValue(self.partition.rawValue)),
            ("presence_profile", SQLValue(self.presenceProfile.rawValue)),
        ]
    }
}

extension UserRecord {
    init(row: any SQLRow) throws {
        self.init(
            address: try row.text("address"),
            displayName: try row.text("display_name"),
            home: try row.word("home"),
            xmppAccess: row.optionalFlag("xmpp_access"),
            isOnSurvivableBranchAppliance: try row.flag("is_on_sba")
        )
    }

    var columns: Columns {
        [
            ("address", SQLValue(self.address)), ("display_name", SQLValue(self.displayName)),
            ("home", SQLValue(self.home.rawValue)),
            ("xmpp_access", SQLValue(self.xmppAccess)), ("is_on_sba", SQLValue(self.isOnSurvivableBranchAppliance)),
        ]
    }
}

extension StaticRoute {
    init(row: any SQLRow) throws {
        self.init(
            id: try row.text("id"),
            user: try row.text("user"),
            domain: try row.text("domain"),
            phoneURIOnly: try row.flag("phone_uri_only"),
            nextHop: try row.text("next_hop"),
            port: try row.number("port"),
            transport: try row.word("transport"),
            replaceHostInRequestURI: try row.flag("replace_host"),
            priority: try row.number("priority"),
            isEnabled: try row.flag("is_enabled"),
            dialect: try row.word("dialect"),
            identity: try row.text("identity"),
            allowsLegacyTLS: try row.flag("legacy_tls")
        )
    }

    var columns: Columns {
        [
            ("id", SQLValue(self.id)), ("user", SQLValue(self.user)), ("domain", SQLValue(self.domain)),
            ("phone_uri_only", SQLValue(self.phoneURIOnly)),
            ("next_hop", SQLValue(self.nextHop)), ("port", SQLValue(self.port)),
            ("transport", SQLValue(self.transport.rawValue)),
            ("replace_host", SQLValue(self.replaceHostInRequestURI)), ("priority", SQLValue(self.priority)),
            ("is_enabled", SQLValue(self.isEnabled)), ("dialect", SQLValue(self.dialect.rawValue)),
            ("identity", SQLValue(self.identity)), ("legacy_tls", SQLValue(self.allowsLegacyTLS)),
        ]
    }
}

extension HostAuthorization {
    init(row: any SQLRow) throws {
        self.init(
            host: try row.text("host"),
            outboundOnly: try row.flag("outbound_only"),
            throttleAsServer: try row.flag("throttle_as_server"),
            treatAsAuthenticated: try row.flag("treat_as_authenticated")
        )
    }

    var columns: Columns {
        [
            ("host", SQLValue(self.host)), ("outbound_only", SQLValue(self.outboundOnly)),
            ("throttle_as_server", SQLValue(self.throttleAsServer)),
            ("treat_as_authenticated", SQLValue(self.treatAsAuthenticated)),
        ]
    }
}

extension EdgeRecord {
    init(row: any SQLRow) throws {
        self.init(
            kind: try row.word("kind"),
            instance: try row.text("instance"),
            endpoint: try row.text("endpoint"),
            publicAddresses: try row.text("public_addresses").split(separator: " ").map(String.init),
            isDraining: try row.flag("is_draining"),
            attachedDomains: try row.text("attached_domains").split(separator: " ").map(String.init)
        )
    }

    var columns: Columns {
        [
            ("instance", SQLValue(self.instance)), ("kind", SQLValue(self.kind.rawValue)),
            ("endpoint", SQLValue(self.endpoint)),
            ("public_addresses", SQLValue(self.publicAddresses.joined(separator: " "))),
            ("is_draining", SQLValue(self.isDraining)),
            ("attached_domains", SQLValue(self.attachedDomains.joined(separator: " "))),
        ]
    }
}

extension TokenRecord {
    init(row: any SQLRow) throws {
        self.init(
            name: try row.text("name"),
            role: try row.word("role"),
            hash: try row.text("hash"),
            createdAt: try row.integer("created_at")
        )
    }

    var columns: Columns {
        [
            ("name", SQLValue(self.name)), ("role", SQLValue(self.role.rawValue)), ("hash", SQLValue(self.hash)),
            ("created_at", SQLValue(self.createdAt)),
        ]
    }
}
