import GRDB
import Messaging
import Policy

extension SQLiteStore {
    func add(_ refusals: [RefusalRecord], keeping limit: Int) async throws {
        try await self.database.write { database in
            for refusal in refusals {
                let columns = refusal.columns
                let names = columns.map(\.name).joined(separator: ", ")
                let places = columns.map { _ in "?" }.joined(separator: ", ")
                try database.cachedStatement(sql: "INSERT INTO refusal (\(names)) VALUES (\(places))")
                    .execute(arguments: StatementArguments(columns.map(\.value)))
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
                        AND (:since IS NULL OR time >= :since)
                        AND (:until IS NULL OR time < :until)
                        AND (:reason IS NULL OR reason = :reason)
                        AND (:message IS NULL OR message_id = :message)
                        AND (:direction IS NULL OR direction = :direction)
                        AND (:partner IS NULL OR partner = :partner)
                        AND (:domain IS NULL OR local_domain = :domain OR remote_domain = :domain)
                        AND (:party IS NULL OR instr(sender, :party) OR instr(recipient, :party) OR instr(peer, :party))
                    ORDER BY number DESC LIMIT :limit
                    """,
                arguments: [
                    "before": page.before ?? Int.max, "since": filter.since, "until": filter.until,
                    "reason": filter.reason?.rawValue, "message": filter.messageID?.rawValue,
                    "direction": filter.direction?.rawValue, "partner": filter.partner, "domain": filter.domain,
                    "party": filter.party, "limit": page.limit,
                ]
            ).map(StoredRefusal.init(row:))
        }
    }

    func refusal(_ number: Int) async throws -> StoredRefusal? {
        try await self.database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM refusal WHERE number = ?", arguments: [number])
                .map(StoredRefusal.init(row:))
        }
    }
}

extension RefusalRecord {
    fileprivate var columns: Columns {
        [
            ("time", self.time), ("service", self.service), ("message_id", self.messageID?.rawValue),
            ("subject", self.subject), ("sender", self.from), ("recipient", self.to), ("peer", self.peer),
            ("reason", self.reason.rawValue), ("answer", self.answer), ("text", self.text),
            ("direction", self.direction?.rawValue ?? ""), ("partner", self.partner),
            ("local_domain", self.localDomain), ("remote_domain", self.remoteDomain), ("peer_port", self.peerPort),
            ("step", self.step?.rawValue ?? ""), ("rule", self.rule),
            ("certificate", self.certificate?.document.json()),
        ]
    }
}

extension StoredRefusal {
    init(row: Row) throws {
        var record = RefusalRecord(
            time: row["time"],
            service: row["service"],
            messageID: (row["message_id"] as String?).map { MessageID($0) },
            subject: row["subject"],
            from: row["sender"],
            to: row["recipient"],
            peer: row["peer"],
            // A later release may have written a word that this one does not know.
            reason: RefusalReason(rawValue: row["reason"]) ?? .internalError,
            answer: row["answer"],
            text: row["text"]
        )
        record.direction = RefusalRecord.Direction(rawValue: row["direction"])
        record.partner = row["partner"]
        record.localDomain = row["local_domain"]
        record.remoteDomain = row["remote_domain"]
        record.peerPort = row["peer_port"]
        record.step = RefusalRecord.Step(rawValue: row["step"])
        record.rule = row["rule"]
        record.certificate = try (row["certificate"] as String?).map {
            RefusalCertificate(try DocumentValue(json: $0))
        }
        self.init(number: row["number"], record: record)
    }
}
