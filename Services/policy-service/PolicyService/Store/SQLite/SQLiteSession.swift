import GRDB

/// A transaction of SQLite.
struct SQLiteSession: SQLSession {
    let database: Database

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try self.database.cachedStatement(sql: Self.numbered(sql)).execute(arguments: Self.arguments(values))
        return self.database.changesCount
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [any SQLRow] {
        let statement = try self.database.cachedStatement(sql: Self.numbered(sql))
        return try Row.fetchAll(statement, arguments: Self.arguments(values))
    }

    /// SQLite writes `?1` where the statements here have `$1`, which it would take for a name.
    private static func numbered(_ sql: String) -> String {
        String(decoding: sql.utf8.map { $0 == UInt8(ascii: "$") ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }

    private static func arguments(_ values: [SQLValue]) -> StatementArguments {
        StatementArguments(
            values.map { value -> (any DatabaseValueConvertible)? in
                switch value {
                case .null: nil
                case .integer(let number): number
                case .text(let text): text
                case .flag(let flag): flag
                }
            }
        )
    }
}

extension Row: SQLRow {
    func optionalText(_ column: String) -> String? { self[column] }
    func optionalInteger(_ column: String) -> Int64? { self[column] }
    func optionalFlag(_ column: String) -> Bool? { self[column] }
}
