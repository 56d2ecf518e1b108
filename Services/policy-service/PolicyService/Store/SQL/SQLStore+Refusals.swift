import Messaging
import Policy

extension SQLStore {
    func add(_ refusals: [RefusalRecord], keeping limit: Int) async throws {
        try await self.write { session in
            for refusal in refusals { try session.insert("refusal", refusal.columns) }
            try session.execute(
                "DELETE FROM refusal WHERE number <= (SELECT max(number) FROM refusal) - $1",
                [SQLValue(limit)]
            )
        }
    }

    func refusals(_ filter: RefusalFilter, _ page: PageRequest) async throws -> [StoredRefusal] {
        let (condition, values) = Self.condition(filter, page)
        return try await self.read { session in
            try session.rows(
                "SELECT * FROM refusal WHERE \(condition) ORDER BY number DESC LIMIT $\(values.count + 1)",
                values + [SQLValue(page.limit)]
            ).map(StoredRefusal.init(row:))
        }
    }

    func refusal(_ number: Int) async throws -> StoredRefusal? {
        try await self.read { session in
            try session.row("SELECT * FROM refusal WHERE number = $1", [SQLValue(number)])
                .map(StoredRefusal.init(row:))
        }
    }

    /// Only what is asked for is in it; `?` in these texts stands for the value.
    private static func condition(_ filter: RefusalFilter, _ page: PageRequest) -> (sql: String, [SQLValue]) {
        var conditions = ["number < $1"]
        var values = [SQLValue(page.before ?? Int.max)]
        func add(_ condition: String, _ value: SQLValue) {
            guard value != .null else { return }
            values.append(value)
            conditions.append(
                condition.split(separator: "?", omittingEmptySubsequences: false)
                    .joined(separator: "$\(values.count)")
            )
        }
        add("time >= ?", filter.since.map { SQLValue($0) } ?? .null)
        add("time < ?", filter.until.map { SQLValue($0) } ?? .null)
        add("reason = ?", SQLValue(filter.reason?.rawValue))
        add("message_id = ?", SQLValue(filter.messageID?.rawValue))
        add("direction = ?", SQLValue(filter.direction?.rawValue))
        add("partner = ?", SQLValue(filter.partner))
        add("(local_domain = ? OR remote_domain = ?)", SQLValue(filter.domain))
        // Without the wildcards of LIKE, and the same in all stores: what is left when the text is taken out is shorter.
        let party = ["sender", "recipient", "peer"].map { "replace(\($0), ?, '') <> \($0)" }
        add("(\(party.joined(separator: " OR ")))", SQLValue(filter.party.flatMap { $0.isEmpty ? nil : $0 }))
        return (conditions.joined(separator: " AND "), values)
    }
}

extension RefusalRecord {
    fileprivate var columns: Columns {
        [
            ("time", SQLValue(self.time)), ("service", .text(self.service)),
            ("message_id", SQLValue(self.messageID?.rawValue)), ("subject", .text(self.subject)),
            ("sender", .text(self.from)), ("recipient", .text(self.to)), ("peer", .text(self.peer)),
            ("reason", .text(self.reason.rawValue)), ("answer", .text(self.answer)), ("text", .text(self.text)),
            ("direction", .text(self.direction?.rawValue ?? "")), ("partner", .text(self.partner)),
            ("local_domain", .text(self.localDomain)), ("remote_domain", .text(self.remoteDomain)),
            ("peer_port", SQLValue(self.peerPort)), ("step", .text(self.step?.rawValue ?? "")),
            ("rule", .text(self.rule)), ("certificate", SQLValue(self.certificate?.document.json())),
        ]
    }
}

extension StoredRefusal {
    init(row: any SQLRow) throws {
        var record = RefusalRecord(
            time: try row.integer("time"),
            service: try row.text("service"),
            messageID: row.optionalText("message_id").map { MessageID($0) },
            subject: try row.text("subject"),
            from: try row.text("sender"),
            to: try row.text("recipient"),
            peer: try row.text("peer"),
            // A later release may have written a word that this one does not know.
            reason: RefusalReason(rawValue: try row.text("reason")) ?? .internalError,
            answer: try row.text("answer"),
            text: try row.text("text")
        )
        record.direction = RefusalRecord.Direction(rawValue: try row.text("direction"))
        record.partner = try row.text("partner")
        record.localDomain = try row.text("local_domain")
        record.remoteDomain = try row.text("remote_domain")
        record.peerPort = row.optionalInteger("peer_port").map { Int($0) }
        record.step = RefusalRecord.Step(rawValue: try row.text("step"))
        record.rule = try row.text("rule")
        record.certificate = try row.optionalText("certificate").map {
            RefusalCertificate(try DocumentValue(json: $0))
        }
        self.init(number: try row.number("number"), record: record)
    }
}
