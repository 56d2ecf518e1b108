import Foundation
import GRDB

/// Accounts and orders at ACME CAs.
extension CertificateStore {
    static func makeOrders(_ database: Database) throws {
        try database.create(table: "acmeAccount") { table in
            table.primaryKey("directory", .text)
            table.column("sealedKey", .blob).notNull()
        }
        try database.create(table: "acmeOrder") { table in
            table.primaryKey("id", .text)
            table.column("state", .blob).notNull()
        }
    }

    /// The encrypted keys of our accounts, by the address of the CA's directory.
    func accounts() throws -> [(directory: String, sealedKey: [UInt8])] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM acmeAccount ORDER BY directory").map { row in
                (row["directory"], [UInt8](row["sealedKey"] as Data? ?? Data()))
            }
        }
    }

    func save(account directory: String, sealedKey: [UInt8]) throws {
        try self.database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO acmeAccount (directory, sealedKey) VALUES (?, ?)",
                arguments: [directory, Data(sealedKey)]
            )
        }
    }

    func orders() throws -> [StoredOrder] {
        try self.database.read { database in
            try Data.fetchAll(database, sql: "SELECT state FROM acmeOrder ORDER BY id").map {
                try JSONDecoder().decode(StoredOrder.self, from: $0)
            }
        }
    }

    /// - Returns: Whether there is a certificate or request for it still; else nothing is kept.
    @discardableResult
    func save(order: StoredOrder) throws -> Bool {
        let state = try JSONEncoder().encode(order)
        return try self.database.write { database in
            let isThere = try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM certificate WHERE id = ?)",
                arguments: [order.id]
            )
            guard isThere == true else { return false }
            try database.execute(
                sql: "INSERT OR REPLACE INTO acmeOrder (id, state) VALUES (?, ?)",
                arguments: [order.id, state]
            )
            return true
        }
    }
}
