import GRDB
import Glibc
import Policy

/// The embedded store: one SQLite file in WAL mode.
///
/// Readers never wait for a writer. `synchronous = FULL` makes every commit wait for the disk, so that what was
/// acknowledged is there after a power cut; a gateway's configuration changes seldom enough for that.
struct SQLiteStore: SQLStore {
    /// How long a connection waits for another process that has the file locked (a backup, for instance).
    private static let busyTimeout = 5.0

    let database: DatabasePool

    /// Opens the file, makes it if need be, and brings it to the present schema.
    ///
    /// - Throws: ``StoreError/unreadable(_:)`` when it cannot be opened, or a later release has written it.
    init(path: String) throws {
        do {
            Self.makeFile(path)
            self.database = try Self.open(path)
            let migrator = Schema.migrator
            if try self.database.read(migrator.hasBeenSuperseded) {
                throw StoreError.unreadable(
                    "\(path) was written by a later release of policy-service; start that one, or restore a backup"
                )
            }
            try migrator.migrate(self.database)
        } catch let error as DatabaseError {
            throw StoreError.unreadable("\(path): \(error.message ?? error.description)")
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.database.read { try body(SQLiteSession(database: $0)) }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.database.write { try body(SQLiteSession(database: $0)) }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "isthmus.policy"
        configuration.busyMode = .timeout(self.busyTimeout)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA foreign_keys = ON") }
        let database = try DatabasePool(path: path, configuration: configuration)
        // GRDB sets NORMAL when it turns WAL on, after `prepareDatabase`; one connection writes for the pool's life.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return database
    }

    /// Makes an empty file for the owner alone; SQLite gives its other files the same mode.
    ///
    /// It holds the names of users. What goes wrong here is said by SQLite, which opens the file next.
    private static func makeFile(_ path: String) {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if file >= 0 { close(file) }
    }
}
