import Foundation
import GRDB
import Wire

/// What is on its way into use, and what is on its way out.
extension CertificateStore {
    static func makeStaging(_ database: Database) throws {
        try database.create(table: "staged") { table in
            table.autoIncrementedPrimaryKey("number")
            table.column("certificate", .text).notNull().unique()
            table.column("uses", .text).notNull()
            table.column("chain", .blob).notNull()
            table.column("replaces", .text)
            table.column("isNow", .boolean).notNull()
            table.column("stagedAt", .integer).notNull()
            table.column("publishedAt", .integer)
            table.column("refusal", .text).notNull()
        }
        try database.create(table: "retiring") { table in
            table.column("digest", .text).notNull()
            table.column("use", .text).notNull()
            table.column("names", .text).notNull()
            table.column("version", .integer).notNull()
            table.column("until", .integer).notNull()
            table.primaryKey(["digest", "use"])
        }
        try database.alter(table: "state") { $0.add(column: "publishedUses", .text).notNull().defaults(to: "") }
    }

    /// All, the oldest first; those that were rolled back as well.
    func stagedAssignments() throws -> [StagedAssignment] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM staged ORDER BY number").map { row in
                StagedAssignment(
                    number: row["number"],
                    id: row["certificate"],
                    uses: Set(uses: row["uses"]),
                    chain: [UInt8](row["chain"] as Data? ?? Data()),
                    replaces: row["replaces"],
                    isNow: row["isNow"],
                    stagedAt: row["stagedAt"],
                    publishedAt: row["publishedAt"],
                    refusal: row["refusal"]
                )
            }
        }
    }

    /// Keeps it in place of any other of the same certificate, and gives it a number that none had before.
    func save(staged: StagedAssignment) throws -> StagedAssignment {
        try self.database.write { database in
            try database.execute(sql: "DELETE FROM staged WHERE certificate = ?", arguments: [staged.id])
            try database.execute(
                sql: """
                    INSERT INTO staged (certificate, uses, chain, replaces, isNow, stagedAt, publishedAt, refusal)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    staged.id, staged.uses.text, Data(staged.chain), staged.replaces, staged.isNow, staged.stagedAt,
                    staged.publishedAt, staged.refusal,
                ]
            )
            var kept = staged
            kept.number = database.lastInsertedRowID
            return kept
        }
    }

    func set(publishedAt: Int64?, of number: Int64) throws {
        try self.database.write { database in
            let arguments: StatementArguments = [publishedAt, number]
            try database.execute(sql: "UPDATE staged SET publishedAt = ? WHERE number = ?", arguments: arguments)
        }
    }

    func set(refusal: String, of number: Int64) throws {
        try self.database.write { database in
            let arguments: StatementArguments = [refusal, number]
            try database.execute(sql: "UPDATE staged SET refusal = ? WHERE number = ?", arguments: arguments)
        }
    }

    /// Puts it to use: in one step with the certificate that it is about.
    func commit(_ staged: StagedAssignment, _ certificate: StoredCertificate) throws {
        try self.database.write { database in
            if let replaces = staged.replaces, replaces != staged.id {
                try Self.delete(replaces, in: database)
            }
            try certificate.save(in: database)
            try database.execute(sql: "DELETE FROM staged WHERE number = ?", arguments: [staged.number])
            try database.execute(sql: "UPDATE state SET version = version + 1")
        }
    }

    func removeStaged(of certificate: String) throws {
        try self.database.write { database in
            try database.execute(sql: "DELETE FROM staged WHERE certificate = ?", arguments: [certificate])
        }
    }

    // MARK: Keys in DNS

    /// The uses that had TLSA records when dns-publisher was heard last.
    func publishedUses() throws -> Set<CertificateUse> {
        try self.database.read { Set(uses: try String.fetchOne($0, sql: "SELECT publishedUses FROM state") ?? "") }
    }

    func set(publishedUses uses: Set<CertificateUse>) throws {
        try self.database.write { try $0.execute(sql: "UPDATE state SET publishedUses = ?", arguments: [uses.text]) }
    }

    func retiringKeys() throws -> [RetiringKey] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM retiring ORDER BY digest, use").compactMap { row in
                guard let use = CertificateUse(rawValue: row["use"]) else { return nil }
                let names = (row["names"] as String).split(separator: ",").map(String.init)
                return RetiringKey(
                    association: DNSAssociation(use, names: names, digest: row["digest"]),
                    version: row["version"],
                    until: row["until"]
                )
            }
        }
    }

    /// Keeps exactly these.
    func save(retiring keys: [RetiringKey]) throws {
        try self.database.write { database in
            try database.execute(sql: "DELETE FROM retiring")
            for key in keys {
                try database.execute(
                    sql: "INSERT INTO retiring (digest, use, names, version, until) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        key.association.digest, key.association.use.rawValue,
                        key.association.names.joined(separator: ","), key.version, key.until,
                    ]
                )
            }
        }
    }
}
