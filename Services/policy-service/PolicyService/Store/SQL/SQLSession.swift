/// One transaction of a store: the statements of `SQLStore` run in it.
///
/// The statements are the same for all stores. `$1`, `$2` … stand for the values, which never become part of a statement's
/// text; what text there is comes from constants.
protocol SQLSession {
    /// - Returns: How many rows were touched.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [any SQLRow]
}

extension SQLSession {
    @discardableResult
    func execute(_ sql: String) throws -> Int { try self.execute(sql, []) }
    func rows(_ sql: String) throws -> [any SQLRow] { try self.rows(sql, []) }
    func row(_ sql: String, _ values: [SQLValue] = []) throws -> (any SQLRow)? { try self.rows(sql, values).first }

    /// Inserts rows, or replaces those of the same key, which is the first columns; `table` and the names of the columns are constants.
    ///
    /// The rows have the same columns and different keys.
    func put(_ table: String, _ rows: [Columns], keyLength: Int = 1) throws {
        guard let names = rows.first?.map(\.name) else { return }
        let key = names.prefix(keyLength).map(Self.quoted).joined(separator: ", ")
        let (places, values) = Self.places(rows)
        try self.execute(
            """
            INSERT INTO \(table) (\(names.map(Self.quoted).joined(separator: ", ")))
            VALUES \(places)
            ON CONFLICT (\(key)) DO UPDATE
            SET \(names.dropFirst(keyLength).map { "\(Self.quoted($0)) = excluded.\(Self.quoted($0))" }.joined(separator: ", "))
            """,
            values
        )
    }

    /// Inserts one row.
    func insert(_ table: String, _ columns: Columns) throws { try self.insert(table, [columns]) }

    /// Inserts rows, which have the same columns.
    func insert(_ table: String, _ rows: [Columns]) throws {
        guard let names = rows.first?.map(\.name) else { return }
        let (places, values) = Self.places(rows)
        try self.execute(
            "INSERT INTO \(table) (\(names.map(Self.quoted).joined(separator: ", "))) VALUES \(places)",
            values
        )
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

/// A row of an answer.
protocol SQLRow {
    func optionalText(_ column: String) -> String?
    func optionalInteger(_ column: String) -> Int64?
    func optionalFlag(_ column: String) -> Bool?
}

extension SQLRow {
    func text(_ column: String) throws -> String { try Self.present(self.optionalText(column), column) }
    func number(_ column: String) throws -> Int { Int(try self.integer(column)) }
    func integer(_ column: String) throws -> Int64 { try Self.present(self.optionalInteger(column), column) }
    func flag(_ column: String) throws -> Bool { try Self.present(self.optionalFlag(column), column) }

    /// The value of a column that holds one of a set of words.
    func word<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        let text = try self.text(column)
        guard let word = Word(rawValue: text) else {
            throw StoreError.unreadable("the column \(column) holds “\(text)”, which this release does not know")
        }
        return word
    }

    private static func present<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw StoreError.unreadable("the column \(column) is empty") }
        return value
    }
}
