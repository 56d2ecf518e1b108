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
