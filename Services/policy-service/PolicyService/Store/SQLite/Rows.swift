import GRDB
import Policy

/// The columns of a row, the key first.
typealias Columns = [(name: String, value: (any DatabaseValueConvertible)?)]

extension Row {
    /// The value of a column that holds one of a set of words.
    func word<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        let text: String = self[column]
        guard let word = Word(rawValue: text) else {
            throw StoreError.unreadable("the column \(column) holds “\(text)”, which this release does not know")
        }
        return word
    }
}

extension Partner {
    init(row: Row, additionalDomains: [String]) throws {
        self.init(
            domain: row["domain"],
            description: row["description"],
            additionalDomains: additionalDomains,
            kind: try row.word("kind"),
            tls: try row.word("tls"),
            sasl: try row.word("sasl"),
            dialback: row["dialback"],
            keepAlive: row["keep_alive"],
            connectionLimit: row["connection_limit"],
            proxyFQDN: row["proxy_fqdn"],
            requiresClientAuth: row["requires_client_auth"],
            isEnabled: row["is_enabled"]
        )
    }

    /// Without the additional domains, which have a table of their own.
    var columns: Columns {
        [
            ("domain", self.domain), ("description", self.description), ("kind", self.kind.rawValue),
            ("tls", self.tls.rawValue), ("sasl", self.sasl.rawValue), ("dialback", self.dialback),
            ("keep_alive", self.keepAlive), ("connection_limit", self.connectionLimit),
            ("proxy_fqdn", self.proxyFQDN), ("requires_client_auth", self.requiresClientAuth),
            ("is_enabled", self.isEnabled),
        ]
    }
}

extension LocalDomain {
    init(row: Row) throws {
        self.init(
            domain: row["domain"],
            description: row["description"],
            xmppAccess: row["xmpp_access"],
            isDirectoryComplete: row["is_directory_complete"],
            partition: try row.word("partition")
        )
    }

    var columns: Columns {
        [
            ("domain", self.domain), ("description", self.description), ("xmpp_access", self.xmppAccess),
            ("is_directory_complete", self.isDirectoryComplete), ("partition", self.partition.rawValue),
        ]
    }
}

extension UserRecord {
    init(row: Row) throws {
        self.init(
            address: row["address"],
            displayName: row["display_name"],
            home: try row.word("home"),
            xmppAccess: row["xmpp_access"],
            isOnSurvivableBranchAppliance: row["is_on_sba"]
        )
    }

    var columns: Columns {
        [
            ("address", self.address), ("display_name", self.displayName), ("home", self.home.rawValue),
            ("xmpp_access", self.xmppAccess), ("is_on_sba", self.isOnSurvivableBranchAppliance),
        ]
    }
}

extension StaticRoute {
    init(row: Row) throws {
        self.init(
            id: row["id"],
            user: row["user"],
            domain: row["domain"],
            phoneURIOnly: row["phone_uri_only"],
            nextHop: row["next_hop"],
            port: row["port"],
            transport: try row.word("transport"),
            replaceHostInRequestURI: row["replace_host"],
            priority: row["priority"],
            isEnabled: row["is_enabled"],
            dialect: try row.word("dialect"),
            identity: row["identity"],
            allowsLegacyTLS: row["legacy_tls"]
        )
    }

    var columns: Columns {
        [
            ("id", self.id), ("user", self.user), ("domain", self.domain), ("phone_uri_only", self.phoneURIOnly),
            ("next_hop", self.nextHop), ("port", self.port), ("transport", self.transport.rawValue),
            ("replace_host", self.replaceHostInRequestURI), ("priority", self.priority),
            ("is_enabled", self.isEnabled), ("dialect", self.dialect.rawValue),
            ("identity", self.identity), ("legacy_tls", self.allowsLegacyTLS),
        ]
    }
}

extension HostAuthorization {
    init(row: Row) throws {
        self.init(
            host: row["host"],
            outboundOnly: row["outbound_only"],
            throttleAsServer: row["throttle_as_server"],
            treatAsAuthenticated: row["treat_as_authenticated"]
        )
    }

    var columns: Columns {
        [
            ("host", self.host), ("outbound_only", self.outboundOnly), ("throttle_as_server", self.throttleAsServer),
            ("treat_as_authenticated", self.treatAsAuthenticated),
        ]
    }
}

extension EdgeRecord {
    init(row: Row) throws {
        self.init(
            kind: try row.word("kind"),
            instance: row["instance"],
            endpoint: row["endpoint"],
            publicAddresses: (row["public_addresses"] as String).split(separator: " ").map(String.init),
            isDraining: row["is_draining"],
            attachedDomains: (row["attached_domains"] as String).split(separator: " ").map(String.init)
        )
    }

    var columns: Columns {
        [
            ("instance", self.instance), ("kind", self.kind.rawValue), ("endpoint", self.endpoint),
            ("public_addresses", self.publicAddresses.joined(separator: " ")), ("is_draining", self.isDraining),
            ("attached_domains", self.attachedDomains.joined(separator: " ")),
        ]
    }
}

extension TokenRecord {
    init(row: Row) throws {
        self.init(
            name: row["name"],
            role: try row.word("role"),
            hash: row["hash"],
            createdAt: row["created_at"]
        )
    }

    var columns: Columns {
        [
            ("name", self.name), ("role", self.role.rawValue), ("hash", self.hash), ("created_at", self.createdAt),
        ]
    }
}
