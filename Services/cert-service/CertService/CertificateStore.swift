import Foundation
import GRDB
import Wire

/// Where keys and certificates rest: one SQLite file, readable by its owner alone, every private key in it encrypted.
///
/// A change is one transaction: after a crash it was made, or it was not.
struct CertificateStore: Sendable {
    let database: DatabaseQueue

    /// Opens the store in a folder, which is made if need be.
    init(directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let path = URL(filePath: directory).appending(path: "certificates.sqlite").path
        // SQLite gives its journal the mode of the database, and would give the database the one of umask.
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        var configuration = GRDB.Configuration()
        // What is deleted or replaced is overwritten: a private key, or what an old master key opens, is not to be found later.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        self.database = try DatabaseQueue(path: path, configuration: configuration)
        try Self.migrator.migrate(self.database)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.create(table: "state") { table in
                table.primaryKey("id", .integer).check { $0 == 1 }
                table.column("version", .integer).notNull()
                table.column("rootCertificate", .blob)
                table.column("rootKey", .blob)
            }
            try database.execute(sql: "INSERT INTO state (id, version) VALUES (1, 1)")
            try database.create(table: "certificate") { table in
                table.primaryKey("id", .text)
                for column in ["friendlyName", "origin", "uses", "keyKind", "publicKey", "requestedNames", "names"] {
                    table.column(column, .text).notNull()
                }
                table.column("domain", .text)
                table.column("isExportable", .boolean).notNull()
                for column in ["sealedKey", "request", "chain"] { table.column(column, .blob).notNull() }
                for column in ["notBefore", "notAfter", "assignedAt"] { table.column(column, .integer).notNull() }
            }
            try database.create(table: "trustRoot") { table in
                table.primaryKey("id", .text)
                table.column("certificate", .blob).notNull()
                table.column("uses", .text).notNull()
            }
        }
        migrator.registerMigration("2: revocation lists", migrate: Self.makeRevocationLists)
        migrator.registerMigration("3: accounts and orders at ACME CAs", migrate: Self.makeOrders)
        migrator.registerMigration("4: staged assignments", migrate: Self.makeStaging)
        migrator.registerMigration("5: the next keys of accounts", migrate: Self.makeNextKeys)
        return migrator
    }

    // MARK: The internal CA

    /// The root and its encrypted key; nil before the first start.
    func authority() throws -> (certificate: [UInt8], sealedKey: [UInt8])? {
        try self.database.read { database in
            let row = try Row.fetchOne(database, sql: "SELECT rootCertificate, rootKey FROM state")
            guard let row, let certificate: Data = row["rootCertificate"], let key: Data = row["rootKey"] else {
                return nil
            }
            return ([UInt8](certificate), [UInt8](key))
        }
    }

    func setAuthority(certificate: [UInt8], sealedKey: [UInt8]) throws {
        try self.database.write { database in
            try database.execute(
                sql: "UPDATE state SET rootCertificate = ?, rootKey = ?, version = version + 1",
                arguments: [Data(certificate), Data(sealedKey)]
            )
        }
    }

    /// The same keys, encrypted anew: nothing that the edges are given changes, and the version stays.
    func save(sealedKeys: [(id: String, sealedKey: [UInt8])]) throws {
        try self.database.write { database in
            for (id, sealedKey) in sealedKeys {
                try database.execute(
                    sql: "UPDATE certificate SET sealedKey = ? WHERE id = ?",
                    arguments: [Data(sealedKey), id]
                )
            }
        }
    }

    func save(authorityKey sealedKey: [UInt8]) throws {
        try self.database.write { database in
            try database.execute(sql: "UPDATE state SET rootKey = ?", arguments: [Data(sealedKey)])
        }
    }

    // MARK: Certificates

    /// The version of what the edges are given: rises with every change.
    func version() throws -> UInt64 {
        try self.database.read { try UInt64.fetchOne($0, sql: "SELECT version FROM state") ?? 0 }
    }

    func certificates() throws -> [StoredCertificate] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM certificate ORDER BY id").map { StoredCertificate($0) }
        }
    }

    /// Puts certificates in, in place of others of the same id, and takes others out.
    ///
    /// The version rises when it `isDelivered`: when what the edges are given changes by it.
    func save(_ certificates: [StoredCertificate], removing removed: [String] = [], isDelivered: Bool) throws {
        try self.database.write { database in
            for id in removed {
                try Self.delete(id, in: database)
            }
            for certificate in certificates { try certificate.save(in: database) }
            if isDelivered { try database.execute(sql: "UPDATE state SET version = version + 1") }
        }
    }

    /// A certificate, and what belongs to it alone.
    static func delete(_ id: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM certificate WHERE id = ?", arguments: [id])
        try database.execute(sql: "DELETE FROM acmeOrder WHERE id = ?", arguments: [id])
    }

    // MARK: Trust

    func trustRoots() throws -> [(id: String, certificate: [UInt8], uses: Set<CertificateUse>)] {
        try self.database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM trustRoot ORDER BY id").map { row in
                let certificate: Data = row["certificate"]
                return (row["id"], [UInt8](certificate), Set(uses: row["uses"]))
            }
        }
    }

    func save(trustRoots: [(id: String, certificate: [UInt8])], uses: Set<CertificateUse>) throws {
        try self.database.write { database in
            for root in trustRoots {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO trustRoot (id, certificate, uses) VALUES (?, ?, ?)",
                    arguments: [root.id, Data(root.certificate), uses.text]
                )
            }
            try database.execute(sql: "UPDATE state SET version = version + 1")
        }
    }

    /// - Returns: Whether there was such a root.
    func removeTrustRoot(id: String) throws -> Bool {
        try self.database.write { database in
            try database.execute(sql: "DELETE FROM trustRoot WHERE id = ?", arguments: [id])
            guard database.changesCount > 0 else { return false }
            try database.execute(sql: "UPDATE state SET version = version + 1")
            return true
        }
    }
}

extension Set<CertificateUse> {
    /// The uses as they are stored: `sip,xmpp`.
    var text: String { self.map(\.rawValue).sorted().joined(separator: ",") }

    init(uses text: String) {
        self = Set(text.split(separator: ",").compactMap { CertificateUse(rawValue: String($0)) })
    }
}

extension StoredCertificate {
    fileprivate init(_ row: Row) {
        func bytes(_ column: String) -> [UInt8] { [UInt8](row[column] as Data? ?? Data()) }
        func list(_ column: String) -> [String] { (row[column] as String).split(separator: ",").map(String.init) }
        self.init(
            id: row["id"],
            friendlyName: row["friendlyName"],
            origin: Origin(rawValue: row["origin"]) ?? .imported,
            domain: row["domain"],
            uses: Set(uses: row["uses"]),
            keyKind: row["keyKind"],
            isExportable: row["isExportable"],
            sealedKey: bytes("sealedKey"),
            publicKey: row["publicKey"],
            request: bytes("request"),
            requestedNames: list("requestedNames"),
            chain: bytes("chain"),
            names: list("names"),
            notBefore: row["notBefore"],
            notAfter: row["notAfter"],
            assignedAt: row["assignedAt"]
        )
    }

    func save(in database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO certificate (id, friendlyName, origin, domain, uses, keyKind, isExportable,
                    sealedKey, publicKey, request, requestedNames, chain, names, notBefore, notAfter, assignedAt)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                self.id, self.friendlyName, self.origin.rawValue, self.domain, self.uses.text, self.keyKind,
                self.isExportable, Data(self.sealedKey), self.publicKey, Data(self.request),
                self.requestedNames.joined(separator: ","), Data(self.chain), self.names.joined(separator: ","),
                self.notBefore, self.notAfter, self.assignedAt,
            ]
        )
    }
}
