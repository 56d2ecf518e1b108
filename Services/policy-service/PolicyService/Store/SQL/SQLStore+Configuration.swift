import Policy
import ServiceKit

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
        // Put into words before the transaction begins: whoever else writes waits for its end.
        let statements = await Aside.run {
            CommitStatements.of(commit.changes)
                + [SQLStatement.insert("audit", [commit.audit.columns])].compactMap(\.self)
        }
        let changes = await Aside.run { self.recorded(commit.changes) }
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
            for statement in statements { try session.execute(statement) }
            try self.record(changes, session)
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
}
