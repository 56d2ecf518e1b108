import Policy

extension SQLStore {
    func load() async throws -> StoredConfiguration { try await self.read { try Self.configuration($0) } }

    static func configuration(_ session: any SQLSession) throws -> StoredConfiguration {
        guard let row = try session.row("SELECT version, settings FROM configuration") else {
            throw StoreError.unreadable("the table “configuration” is empty")
        }
        var additional: [String: [String]] = [:]
        for row in try session.rows("SELECT partner, domain FROM partner_domain ORDER BY partner, position") {
            additional[try row.text("partner"), default: []].append(try row.text("domain"))
        }
        let policy = PolicySnapshot(
            settings: try self.settings(row.text("settings")),
            partners: try session.rows("SELECT * FROM partner ORDER BY domain").map { row in
                try Partner(row: row, additionalDomains: additional[row.text("domain")] ?? [])
            },
            domains: try session.rows("SELECT * FROM local_domain ORDER BY domain").map(LocalDomain.init(row:)),
            users: try session.rows(#"SELECT * FROM "user" ORDER BY address"#).map(UserRecord.init(row:)),
            routes: try session.rows("SELECT * FROM route ORDER BY id").map(StaticRoute.init(row:)),
            hosts: try session.rows("SELECT * FROM host ORDER BY host").map(HostAuthorization.init(row:))
        )
        return StoredConfiguration(version: try row.number("version"), policy: policy)
    }

    func commit(_ commit: StoredCommit) async throws {
        try await self.write { session in
            // Of two who commit at the same time one waits here for the other, and then finds another version.
            let isNext =
                try session.execute(
                    "UPDATE configuration SET version = $1 WHERE version = $2",
                    [SQLValue(commit.version), SQLValue(commit.version - 1)]
                ) == 1
            guard isNext else {
                let current = try session.row("SELECT version FROM configuration")?.number("version")
                throw StoreError.versionConflict(current: current ?? 0)
            }
            try Self.apply(commit.changes, session)
            try Self.insert(commit.audit, session)
            try self.record(commit.changes, version: commit.version, session)
        }
    }

    private static func settings(_ json: String) throws -> GatewaySettings {
        let (settings, findings) = GatewaySettings.read(try DocumentValue(json: json))
        guard let settings else {
            throw StoreError.unreadable(
                "the settings on the disk: \(findings.map(\.description).joined(separator: "; "))"
            )
        }
        return settings
    }

    /// Users come by the thousand, so those that follow each other are written together.
    private static func apply(_ changes: [PolicyChange], _ session: any SQLSession) throws {
        var users: [String: UserRecord] = [:]
        for change in changes {
            if case .user(let user) = change {
                users[user.address] = user
                if users.count < SQLLimits.rowsOfAStatement { continue }
                try session.put(#""user""#, users.values.map(\.columns))
                users = [:]
            } else {
                try session.put(#""user""#, users.values.map(\.columns))
                users = [:]
                try self.apply(change, session)
            }
        }
        try session.put(#""user""#, users.values.map(\.columns))
    }

    private static func apply(_ change: PolicyChange, _ session: any SQLSession) throws {
        switch change {
        case .settings(let settings):
            try session.execute("UPDATE configuration SET settings = $1", [.text(settings.document.json())])
        case .partner(let partner): try self.put(partner, session)
        case .partnerRemoved(let domain): try session.execute("DELETE FROM partner WHERE domain = $1", [.text(domain)])
        case .domain(let domain): try session.put("local_domain", [domain.columns])
        case .domainRemoved(let domain):
            try session.execute("DELETE FROM local_domain WHERE domain = $1", [.text(domain)])
        case .user(let user): try session.put(#""user""#, [user.columns])
        case .userRemoved(let address):
            try session.execute(#"DELETE FROM "user" WHERE address = $1"#, [.text(address)])
        case .route(let route): try session.put("route", [route.columns])
        case .routeRemoved(let id): try session.execute("DELETE FROM route WHERE id = $1", [.text(id)])
        case .host(let host): try session.put("host", [host.columns])
        case .hostRemoved(let host): try session.execute("DELETE FROM host WHERE host = $1", [.text(host)])
        case .edge, .edgeRemoved:
            assertionFailure("the edge directory is no part of the configuration")
        }
    }

    private static func put(_ partner: Partner, _ session: any SQLSession) throws {
        try session.put("partner", [partner.columns])
        try session.execute("DELETE FROM partner_domain WHERE partner = $1", [.text(partner.domain)])
        for (position, domain) in partner.additionalDomains.enumerated() {
            try session.insert(
                "partner_domain",
                [
                    ("partner", .text(partner.domain)), ("position", SQLValue(position)), ("domain", .text(domain)),
                ]
            )
        }
    }
}

enum SQLLimits {
    /// A statement has at most 32 766 values in SQLite and 65 535 in PostgreSQL; a row has at most 20.
    static let rowsOfAStatement = 500
}
