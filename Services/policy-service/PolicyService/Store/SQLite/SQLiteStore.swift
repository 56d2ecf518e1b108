import GRDB
import Policy

/// The embedded store: one SQLite file in WAL mode.
///
/// Readers never wait for a writer. `synchronous = FULL` makes every commit wait for the disk, so that what was
/// acknowledged is there after a power cut; a gateway's configuration changes seldom enough for that.
struct SQLiteStore: PolicyStore {
    /// How long a connection waits for another process that has the file locked (a backup, for instance).
    private static let busyTimeout = 5.0

    let database: DatabasePool

    /// Opens the file, makes it if need be, and brings it to the present schema.
    ///
    /// - Throws: ``StoreError/unreadable(_:)`` when a later release has written it.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "isthmus.policy"
        configuration.busyMode = .timeout(Self.busyTimeout)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
        self.database = try DatabasePool(path: path, configuration: configuration)
        // GRDB sets NORMAL when it turns WAL on, after `prepareDatabase`; there is one writing connection for the pool's life.
        try self.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let migrator = Schema.migrator
        if try self.database.read(migrator.hasBeenSuperseded) {
            throw StoreError.unreadable(
                "\(path) was written by a later release of policy-service; start that one, or restore a backup"
            )
        }
        try migrator.migrate(self.database)
    }
}
