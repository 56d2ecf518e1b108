/// A statement and the values for its places: made before a transaction begins, so that who else writes waits for the store alone.
struct SQLStatement: Sendable {
    let sql: String
    var values: [SQLValue] = []

    /// Inserts rows, or replaces those of the same key, which is the first columns; `table` and the names of the columns are constants.
    ///
    /// The rows have the same columns and different keys.
    ///
    /// - Returns: `nil` without rows.
    static func put(_ table: String, _ rows: [Columns], keyLength: Int = 1) -> SQLStatement? {
        guard let names = rows.first?.map(\.name), let insertion = self.insert(table, rows) else { return nil }
        let key = names.prefix(keyLength).map(self.quoted).joined(separator: ", ")
        let columns = names.dropFirst(keyLength).map { "\(self.quoted($0)) = excluded.\(self.quoted($0))" }
        return SQLStatement(
            sql: insertion.sql + " ON CONFLICT (\(key)) DO UPDATE SET \(columns.joined(separator: ", "))",
            values: insertion.values
        )
    }

    /// Inserts rows, which have the same columns.
    static func insert(_ table: String, _ rows: [Columns]) -> SQLStatement? {
        guard let names = rows.first?.map(\.name) else { return nil }
        let (places, values) = self.places(rows)
        let columns = names.map(self.quoted).joined(separator: ", ")
        return SQLStatement(sql: "INSERT INTO \(table) (\(columns)) VALUES \(places)", values: values)
    }

    /// `($1, $2), ($3, $4)` and the values.
    private static func places(_ rows: [Columns]) -> (String, [SQLValue]) {
        var (values, places) = ([SQLValue](), [String]())
        for row in rows {
            let numbers = row.indices.map { "$\(values.count + $0 + 1)" }
            places.append("(\(numbers.joined(separator: ", ")))")
            values += row.map(\.value)
        }
        return (places.joined(separator: ", "), values)
    }

    /// Some names are words of SQL: `user`.
    private static func quoted(_ name: String) -> String { "\"\(name)\"" }
}

extension SQLSession {
    /// - Returns: How many rows were touched.
    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int { try self.execute(statement.sql, statement.values) }

    /// Inserts rows, or replaces those of the same key.
    func put(_ table: String, _ rows: [Columns], keyLength: Int = 1) throws {
        if let statement = SQLStatement.put(table, rows, keyLength: keyLength) { try self.execute(statement) }
    }

    /// Inserts one row.
    func insert(_ table: String, _ columns: Columns) throws { try self.insert(table, [columns]) }

    /// Inserts rows, which have the same columns.
    func insert(_ table: String, _ rows: [Columns]) throws {
        if let statement = SQLStatement.insert(table, rows) { try self.execute(statement) }
    }
}
