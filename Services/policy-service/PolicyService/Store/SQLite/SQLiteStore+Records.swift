import GRDB
import Policy

/// Audit, edges and tokens.
extension SQLiteStore {
    // MARK: Audit

    func note(_ entry: AuditEntry) async throws {
        try await self.database.write { try Self.insert(entry, $0) }
    }

    func audit(_ page: PageRequest) async throws -> [AuditEntry] {
        try await self.database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
                arguments: [page.before ?? Int.max, page.limit]
            ).map(AuditEntry.init(row:))
        }
    }

    func commits(_ versions: ClosedRange<Int>, limit: Int) async throws -> [AuditEntry] {
        try await self.database.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM audit WHERE version BETWEEN ? AND ? ORDER BY version DESC LIMIT ?",
                arguments: [versions.lowerBound, versions.upperBound, limit]
            ).map(AuditEntry.init(row:))
        }
    }

    static func insert(_ entry: AuditEntry, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO audit (time, author, action, version, reason, changes) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                entry.time, entry.author, entry.action, entry.version, entry.reason,
                DocumentValue.list(entry.changes.map(\.document)).json(),
            ]
        )
    }

    // MARK: Edges

    func edges() async throws -> [EdgeRecord] {
        try await self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM edge ORDER BY instance").map(EdgeRecord.init(row:))
        }
    }

    func put(_ edge: EdgeRecord) async throws {
        try await self.database.write { try Self.put("edge", edge.columns, $0) }
    }

    func removeEdge(instance: String) async throws {
        try await self.database.write { database in
            try database.execute(sql: "DELETE FROM edge WHERE instance = ?", arguments: [instance])
        }
    }

    // MARK: Tokens

    func tokens() async throws -> [TokenRecord] {
        try await self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM token ORDER BY name").map(TokenRecord.init(row:))
        }
    }

    func put(_ token: TokenRecord) async throws {
        try await self.database.write { try Self.put("token", token.columns, $0) }
    }

    func removeToken(name: String) async throws {
        try await self.database.write { database in
            try database.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [name])
        }
    }
}

extension AuditEntry {
    init(row: Row) throws {
        self.init(
            number: row["number"],
            time: row["time"],
            author: row["author"],
            action: row["action"],
            version: row["version"],
            reason: row["reason"],
            changes: try ObjectChange.list(in: DocumentValue(json: row["changes"] as String))
        )
    }
}
