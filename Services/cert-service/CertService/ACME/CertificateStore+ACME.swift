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

    /// An account, with its keys encrypted.
    struct Account {
        /// The address of the CA's directory.
        var directory: String
        var sealedKey: [UInt8]
        /// The key that the CA was asked to take in place of the other, while it is not known whether it has.
        var sealedNextKey: [UInt8]?
    }

    static func makeNextKeys(_ database: Database) throws {
        try database.alter(table: "acmeAccount") { $0.add(column: "sealedNextKey", .blob) }
    }

    /// Our accounts, by the address of the CA's directory.
    func accounts() throws -> [Account] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM acmeAccount ORDER BY directory").map { row in
                Account(
                    directory: row["directory"],
                    sealedKey: [UInt8](row["sealedKey"] as Data? ?? Data()),
                    sealedNextKey: (row["sealedNextKey"] as Data?).map { [UInt8]($0) }
                )
            }
        }
    }

    func save(account: Account) throws {
        try self.database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO acmeAccount (directory, sealedKey, sealedNextKey) VALUES (?, ?, ?)",
                arguments: [account.directory, Data(account.sealedKey), account.sealedNextKey.map { Data($0) }]
            )
        }
    }

    func removeAccount(directory: String) throws {
        try self.database.write { database in
            try database.execute(sql: "DELETE FROM acmeAccount WHERE directory = ?", arguments: [directory])
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
