import Foundation
import GRDB

/// Revocation lists rest beside the trust roots, so that a restart does not depend on the authorities' servers.
extension CertificateStore {
    static func makeRevocationLists(_ database: Database) throws {
        try database.create(table: "revocationList") { table in
            table.primaryKey("scope", .text)
            table.column("der", .blob).notNull()
            table.column("thisUpdate", .integer).notNull()
            table.column("nextUpdate", .integer)
            table.column("source", .text).notNull()
        }
    }

    func revocationLists() throws -> [StoredRevocationList] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM revocationList ORDER BY scope").map { row in
                StoredRevocationList(
                    scope: row["scope"],
                    der: [UInt8](row["der"] as Data? ?? Data()),
                    thisUpdate: row["thisUpdate"],
                    nextUpdate: row["nextUpdate"],
                    source: row["source"]
                )
            }
        }
    }

    /// Puts lists in, in place of those of the same scope; the version rises.
    func save(revocationLists lists: [StoredRevocationList]) throws {
        try self.database.write { database in
            for list in lists {
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO revocationList (scope, der, thisUpdate, nextUpdate, source)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [list.scope, Data(list.der), list.thisUpdate, list.nextUpdate, list.source]
                )
            }
            try database.execute(sql: "UPDATE state SET version = version + 1")
        }
    }

    /// Drops lists; the version rises.
    func removeRevocationLists(_ scopes: [String]) throws {
        try self.database.write { database in
            for scope in scopes {
                try database.execute(sql: "DELETE FROM revocationList WHERE scope = ?", arguments: [scope])
            }
            try database.execute(sql: "UPDATE state SET version = version + 1")
        }
    }
}
