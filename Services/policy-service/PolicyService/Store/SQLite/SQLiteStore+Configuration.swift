import GRDB
import Policy

extension SQLiteStore {
    func load() async throws -> StoredConfiguration {
        try await self.database.read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT version, settings FROM configuration") else {
                throw StoreError.unreadable("the table “configuration” is empty")
            }
            let additional = try Dictionary(
                grouping: Row.fetchAll(
                    database,
                    sql: "SELECT partner, domain FROM partner_domain ORDER BY partner, position"
                )
            ) { $0["partner"] as String }.mapValues { $0.map { $0["domain"] as String } }
            let policy = PolicySnapshot(
                settings: try Self.settings(row["settings"]),
                partners: try Row.fetchAll(database, sql: "SELECT * FROM partner ORDER BY domain").map { row in
                    try Partner(row: row, additionalDomains: additional[row["domain"]] ?? [])
                },
                domains: try Row.fetchAll(database, sql: "SELECT * FROM local_domain ORDER BY domain")
                    .map(LocalDomain.init(row:)),
                users: try Row.fetchAll(database, sql: "SELECT * FROM user ORDER BY address").map(
                    UserRecord.init(row:)
                ),
                routes: try Row.fetchAll(database, sql: "SELECT * FROM route ORDER BY id").map(StaticRoute.init(row:)),
                hosts: try Row.fetchAll(database, sql: "SELECT * FROM host ORDER BY host")
                    .map(HostAuthorization.init(row:))
            )
            return StoredConfiguration(version: row["version"], policy: policy)
        }
    }

    func commit(_ commit: StoredCommit) async throws {
        try await self.database.write { database in
            let current = try Int.fetchOne(database, sql: "SELECT version FROM configuration") ?? 0
            guard commit.version == current + 1 else { throw StoreError.versionConflict(current: current) }
            try database.execute(sql: "UPDATE configuration SET version = ?", arguments: [commit.version])
            for change in commit.changes { try Self.apply(change, database) }
            try Self.insert(commit.audit, database)
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

    private static func apply(_ change: PolicyChange, _ database: Database) throws {
        switch change {
        case .settings(let settings):
            try database.execute(sql: "UPDATE configuration SET settings = ?", arguments: [settings.document.json()])
        case .partner(let partner): try self.put(partner, database)
        case .partnerRemoved(let domain):
            try database.execute(sql: "DELETE FROM partner WHERE domain = ?", arguments: [domain])
        case .domain(let domain):
            try self.put("local_domain", domain.columns, database)
        case .domainRemoved(let domain):
            try database.execute(sql: "DELETE FROM local_domain WHERE domain = ?", arguments: [domain])
        case .user(let user):
            try self.put("user", user.columns, database)
        case .userRemoved(let address):
            try database.execute(sql: "DELETE FROM user WHERE address = ?", arguments: [address])
        case .route(let route):
            try self.put("route", route.columns, database)
        case .routeRemoved(let id):
            try database.execute(sql: "DELETE FROM route WHERE id = ?", arguments: [id])
        case .host(let host):
            try self.put("host", host.columns, database)
        case .hostRemoved(let host):
            try database.execute(sql: "DELETE FROM host WHERE host = ?", arguments: [host])
        case .edge, .edgeRemoved:
            assertionFailure("the edge directory is no part of the configuration")
        }
    }

    private static func put(_ partner: Partner, _ database: Database) throws {
        try self.put("partner", partner.columns, database)
        try database.execute(sql: "DELETE FROM partner_domain WHERE partner = ?", arguments: [partner.domain])
        for (position, domain) in partner.additionalDomains.enumerated() {
            try database.execute(
                sql: "INSERT INTO partner_domain (partner, position, domain) VALUES (?, ?, ?)",
                arguments: [partner.domain, position, domain]
            )
        }
    }

    /// Inserts a row or replaces the one of the same key; `table` and the names of the columns are constants of this file
    /// and the next.
    static func put(
        _ table: String,
        _ columns: [(name: String, value: (any DatabaseValueConvertible)?)],
        _ database: Database
    ) throws {
        let names = columns.map(\.name)
        let updates = names.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        try database.cachedStatement(
            sql: """
                INSERT INTO \(table) (\(names.joined(separator: ", ")))
                VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
                ON CONFLICT (\(names[0])) DO UPDATE SET \(updates)
                """
        ).execute(arguments: StatementArguments(columns.map(\.value)))
    }
}
