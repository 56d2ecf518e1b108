import GRDB
import Messaging
import Policy

/// Audit, refusals, edges and tokens.
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
            ).map { row in
                AuditEntry(
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

    // MARK: Refusals

    func add(_ refusals: [RefusalRecord], keeping limit: Int) async throws {
        try await self.database.write { database in
            for refusal in refusals {
                try database.cachedStatement(
                    sql: """
                        INSERT INTO refusal
                            (time, service, message_id, subject, sender, recipient, peer, reason, answer, text)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """
                ).execute(arguments: [
                    refusal.time, refusal.service, refusal.messageID?.rawValue, refusal.subject, refusal.from,
                    refusal.to, refusal.peer, refusal.reason.rawValue, refusal.answer, refusal.text,
                ])
            }
            try database.execute(
                sql: "DELETE FROM refusal WHERE number <= (SELECT max(number) FROM refusal) - ?",
                arguments: [limit]
            )
        }
    }

    func refusals(_ filter: RefusalFilter, _ page: PageRequest) async throws -> [StoredRefusal] {
        try await self.database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM refusal
                    WHERE number < :before
                        AND (:reason IS NULL OR reason = :reason)
                        AND (:message IS NULL OR message_id = :message)
                        AND (:party IS NULL OR instr(sender, :party) OR instr(recipient, :party) OR instr(peer, :party))
                    ORDER BY number DESC LIMIT :limit
                    """,
                arguments: [
                    "before": page.before ?? Int.max, "reason": filter.reason?.rawValue,
                    "message": filter.messageID?.rawValue, "party": filter.party, "limit": page.limit,
                ]
            ).map(StoredRefusal.init(row:))
        }
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

extension StoredRefusal {
    init(row: Row) throws {
        self.init(
            number: row["number"],
            record: RefusalRecord(
                time: row["time"],
                service: row["service"],
                messageID: (row["message_id"] as String?).map { MessageID($0) },
                subject: row["subject"],
                from: row["sender"],
                to: row["recipient"],
                peer: row["peer"],
                // A later release may have written a reason that this one does not know.
                reason: RefusalReason(rawValue: row["reason"]) ?? .internalError,
                answer: row["answer"],
                text: row["text"]
            )
        )
    }
}
