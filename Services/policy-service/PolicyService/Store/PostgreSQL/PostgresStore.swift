import Logging
import Policy
import Wire

/// The store in PostgreSQL, for several replicas of policy-service.
///
/// ```
///   transactions ──▶ one connection that writes, one that reads ──▶ PostgreSQL
///   wakes ◀───────── one connection that listens ◀── NOTIFY ──────────┘
/// ```
///
/// With `synchronous_commit` as the server has it (on, by default) a commit that was acknowledged is on its disk.
struct PostgresStore: SQLStore {
    /// What the replicas tell each other on; a constant, for it becomes part of statements.
    static let channel: StaticString = "policy_change"
    /// Changes in one row, and so in one delta of the bus.
    static let changesOfARow = 1_000
    /// Changes kept: a replica that was away for longer reads the whole instead.
    static let changesKept: Int64 = 50_000
    /// Rows of changes that are read at a time.
    private static let page = 64

    private let writer: PostgresLink
    private let reader: PostgresLink
    private let listener: PostgresListener

    /// Connects to nothing yet; ``open()`` does.
    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.writer = PostgresLink(configuration, logger: logger)
        self.reader = PostgresLink(configuration, logger: logger)
        self.listener = PostgresListener(configuration, channel: Self.channel, logger: logger)
    }

    /// Brings the database to the present schema.
    func open() async throws { try await self.writer.run(.writing) { try PostgresSchema.migrate($0) } }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.reader.run(.reading, body)
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.writer.run(.writing, body)
    }

    func recorded(_ changes: [PolicyChange]) -> [RecordedChanges] {
        stride(from: 0, to: changes.count, by: Self.changesOfARow).map { start in
            let part = changes[start..<min(start + Self.changesOfARow, changes.count)]
            return RecordedChanges(count: part.count, text: DocumentValue.list(part.map(\.document)).json())
        }
    }

    func record(_ changes: [RecordedChanges], _ session: any SQLSession) throws {
        // The row is locked until the end of the transaction: numbers are given in the order of the commits.
        let row = try session.row(
            "UPDATE configuration SET sequence = sequence + $1 RETURNING sequence, version",
            [SQLValue(changes.reduce(0) { $0 + $1.count })]
        )
        guard let row else { throw StoreError.unreadable("the table “configuration” is empty") }
        let last = try row.integer("sequence")
        var first = last - changes.reduce(0) { $0 + Int64($1.count) } + 1
        for part in changes {
            try session.insert(
                "change",
                [
                    ("first_sequence", SQLValue(first)), ("last_sequence", SQLValue(first + Int64(part.count) - 1)),
                    ("version", SQLValue(try row.integer("version"))), ("changes", .text(part.text)),
                ]
            )
            first += Int64(part.count)
        }
        try session.execute("DELETE FROM change WHERE last_sequence <= $1", [SQLValue(last - Self.changesKept)])
        try self.announce(session)
    }

    func renumber(_ session: any SQLSession) throws {
        try session.execute("UPDATE configuration SET sequence = 0, epoch = gen_random_uuid()::text")
        try session.execute("DELETE FROM change")
        for (table, column) in [("audit", "number"), ("subscription", "id"), ("refusal", "number")] {
            _ = try session.rows(
                """
                SELECT setval(pg_get_serial_sequence('\(table)', '\(column)'),
                    (SELECT coalesce(max(\(column)), 0) + 1 FROM \(table)), false)
                """
            )
        }
        try self.announce(session)
    }

    func announce(_ session: any SQLSession) throws {
        _ = try session.rows("SELECT pg_notify($1, '')", [.text("\(Self.channel)")])
    }
}

extension PostgresStore: SharedStore {
    var wakes: AsyncStream<Void> { self.listener.wakes }

    func whole() async throws -> PolicyMoment {
        try await self.read { session in
            let stored = try Self.configuration(session)
            guard let row = try session.row("SELECT epoch, sequence FROM configuration") else {
                throw StoreError.unreadable("the table “configuration” is empty")
            }
            var policy = stored.policy
            policy.edges = try Self.edges(session)
            policy.epoch = try row.text("epoch")
            policy.sequence = UInt64(clamping: try row.integer("sequence"))
            return PolicyMoment(version: stored.version, policy: policy)
        }
    }

    func changes(after sequence: UInt64, of epoch: String) async throws -> SharedChanges {
        try await self.read { session in
            guard let row = try session.row("SELECT epoch, sequence FROM configuration") else {
                throw StoreError.unreadable("the table “configuration” is empty")
            }
            let last = UInt64(clamping: try row.integer("sequence"))
            guard try row.text("epoch") == epoch, last >= sequence else { return .unknown }
            if last == sequence { return .next([]) }
            let rows = try session.rows(
                "SELECT * FROM change WHERE last_sequence > $1 ORDER BY first_sequence LIMIT $2",
                [SQLValue(Int64(sequence)), SQLValue(Self.page)]
            )
            let changes = try rows.map(SharedChange.init(row:))
            guard let first = changes.first, first.firstSequence <= sequence + 1 else { return .unknown }
            return .next(changes)
        }
    }
}

extension SharedChange {
    fileprivate init(row: any SQLRow) throws {
        let documents = try DocumentValue(json: row.text("changes")).elements ?? []
        let changes = documents.compactMap(PolicyChange.init(document:))
        guard changes.count == documents.count else {
            throw StoreError.unreadable("a change was written by another release of policy-service")
        }
        self.init(
            firstSequence: UInt64(clamping: try row.integer("first_sequence")),
            version: try row.number("version"),
            changes: changes
        )
    }
}
