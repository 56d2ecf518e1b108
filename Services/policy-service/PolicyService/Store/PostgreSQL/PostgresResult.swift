import CPostgres

/// The answer to a statement.
final class PostgresResult {
    private let handle: OpaquePointer
    private let columns: [String: Int32]

    init(handle: OpaquePointer) {
        self.handle = handle
        let named = (0..<PQnfields(handle)).compactMap { index in
            PQfname(handle, index).map { (String(cString: $0), index) }
        }
        self.columns = Dictionary(named) { first, _ in first }
    }

    deinit { PQclear(self.handle) }

    /// How many rows a statement has touched.
    var touched: Int { PQcmdTuples(self.handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// The code of an error.
    var state: String {
        // PG_DIAG_SQLSTATE, a macro that Swift does not see.
        PQresultErrorField(self.handle, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
    }

    var message: String {
        Self.oneLine(PQresultErrorMessage(self.handle).map { String(cString: $0) } ?? "")
    }

    var rows: [any SQLRow] { (0..<PQntuples(self.handle)).map { PostgresRow(result: self, index: $0) } }

    func text(_ row: Int32, _ column: String) -> String? {
        guard let index = self.columns[column], PQgetisnull(self.handle, row, index) == 0 else { return nil }
        return PQgetvalue(self.handle, row, index).map { String(cString: $0) }
    }

    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
    }
}

private struct PostgresRow: SQLRow {
    let result: PostgresResult
    let index: Int32

    func optionalText(_ column: String) -> String? { self.result.text(self.index, column) }
    func optionalInteger(_ column: String) -> Int64? { self.optionalText(column).flatMap { Int64($0) } }
    func optionalFlag(_ column: String) -> Bool? { self.optionalText(column).map { $0 == "t" } }
}

/// A transaction of PostgreSQL.
struct PostgresSession: SQLSession {
    let connection: PostgresConnection

    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int { try self.connection.run(sql, values).touched }
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [any SQLRow] { try self.connection.run(sql, values).rows }
}
