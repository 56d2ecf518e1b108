import Policy

/// Audit, edges and tokens.
extension SQLStore {
    // MARK: Audit

    func note(_ entry: AuditEntry) async throws {
        try await self.write { try $0.insert("audit", entry.columns) }
    }

    func audit(_ page: PageRequest) async throws -> [AuditEntry] {
        try await self.read { session in
            try session.rows(
                "SELECT * FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2",
                [SQLValue(page.before ?? Int.max), SQLValue(page.limit)]
            ).map(AuditEntry.init(row:))
        }
    }

    func commits(_ versions: ClosedRange<Int>, limit: Int) async throws -> [AuditEntry] {
        try await self.read { session in
            try session.rows(
                "SELECT * FROM audit WHERE version BETWEEN $1 AND $2 ORDER BY version DESC LIMIT $3",
                [SQLValue(versions.lowerBound), SQLValue(versions.upperBound), SQLValue(limit)]
            ).map(AuditEntry.init(row:))
        }
    }

    // MARK: Edges

    func edges() async throws -> [EdgeRecord] { try await self.read { try Self.edges($0) } }

    static func edges(_ session: any SQLSession) throws -> [EdgeRecord] {
        try session.rows("SELECT * FROM edge ORDER BY instance").map(EdgeRecord.init(row:))
    }

    func put(_ edge: EdgeRecord) async throws {
        try await self.write { session in
            try session.put("edge", [edge.columns])
            try self.record(self.recorded([.edge(edge)]), session)
        }
    }

    func removeEdge(instance: String) async throws {
        try await self.write { session in
            let known = try session.execute("DELETE FROM edge WHERE instance = $1", [.text(instance)])
            if known > 0 { try self.record(self.recorded([.edgeRemoved(instance: instance)]), session) }
        }
    }

    // MARK: Tokens

    func tokens() async throws -> [TokenRecord] {
        try await self.read { try $0.rows("SELECT * FROM token ORDER BY name").map(TokenRecord.init(row:)) }
    }

    func put(_ token: TokenRecord) async throws {
        try await self.write { session in
            try session.put("token", [token.columns])
            try self.announce(session)
        }
    }

    func putFirst(_ token: TokenRecord) async throws -> Bool {
        try await self.write { session in
            let columns = token.columns
            let isFirst =
                try session.execute(
                    """
                    INSERT INTO token (\(columns.map(\.name).joined(separator: ", ")))
                    SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT)
                    WHERE NOT EXISTS (SELECT 1 FROM token) ON CONFLICT DO NOTHING
                    """,
                    columns.map(\.value)
                ) == 1
            if isFirst { try self.announce(session) }
            return isFirst
        }
    }

    func removeToken(name: String) async throws {
        try await self.write { session in
            try session.execute("DELETE FROM token WHERE name = $1", [.text(name)])
            try self.announce(session)
        }
    }
}

extension AuditEntry {
    /// All but the number, which the store gives.
    var columns: Columns {
        [
            ("time", SQLValue(self.time)), ("author", .text(self.author)), ("action", .text(self.action)),
            ("version", SQLValue(self.version)), ("reason", .text(self.reason)),
            ("changes", .text(DocumentValue.list(self.changes.map(\.document)).json())),
        ]
    }

    init(row: any SQLRow) throws {
        self.init(
            number: try row.number("number"),
            time: try row.integer("time"),
            author: try row.text("author"),
            action: try row.text("action"),
            version: row.optionalInteger("version").map { Int($0) },
            reason: try row.text("reason"),
            changes: try ObjectChange.list(in: DocumentValue(json: row.text("changes")))
        )
    }
}
