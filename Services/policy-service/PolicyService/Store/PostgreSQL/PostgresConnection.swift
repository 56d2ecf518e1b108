import CPostgres

/// A connection to PostgreSQL through libpq; it belongs to one thread, which waits in its calls.
///
/// Every statement goes through `PQexecParams`: values travel beside it and never become part of it.
final class PostgresConnection {
    private let handle: OpaquePointer

    /// - Throws: ``StoreError/unavailable(_:)`` with what libpq says; it never names the password.
    init(_ configuration: PostgresConfiguration) throws {
        let parameters = configuration.parameters
        let handle = Self.withCStrings(parameters.map(\.name)) { names in
            Self.withCStrings(parameters.map(\.value)) { values in PQconnectdbParams(names, values, 0) }
        }
        guard let handle else { throw StoreError.unavailable("no memory for a connection") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else { throw StoreError.unavailable(self.message) }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit { PQfinish(self.handle) }

    /// Whether it was lost.
    var isBroken: Bool { PQstatus(self.handle) != CONNECTION_OK }

    /// The socket, to wait for notifications.
    var socket: Int32 { PQsocket(self.handle) }

    /// - Throws: ``PostgresError`` when the server refuses it, ``StoreError/unavailable(_:)`` when the connection is lost.
    func run(_ sql: String, _ values: [SQLValue] = []) throws -> PostgresResult {
        let texts = values.map(Self.text(of:))
        let result = Self.withCStrings(texts) { pointers in
            PQexecParams(self.handle, sql, Int32(texts.count), nil, pointers, nil, nil, 0)
        }
        guard let result else { throw StoreError.unavailable(self.message) }
        let answer = PostgresResult(handle: result)
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return answer
        default:
            if self.isBroken { throw StoreError.unavailable(self.message) }
            throw PostgresError(state: answer.state, text: answer.message)
        }
    }

    /// Takes in what has come.
    ///
    /// - Returns: How many notifications it brought; `nil` when the connection is lost.
    func notifications() -> Int? {
        guard PQconsumeInput(self.handle) == 1 else { return nil }
        var count = 0
        while let notification = PQnotifies(self.handle) {
            PQfreemem(notification)
            count += 1
        }
        return self.isBroken ? nil : count
    }

    private var message: String {
        PostgresResult.oneLine(PQerrorMessage(self.handle).map { String(cString: $0) } ?? "no reason given")
    }

    /// The text form of a value.
    ///
    /// PostgreSQL's texts cannot hold U+0000, which would end them here.
    private static func text(of value: SQLValue) -> String? {
        switch value {
        case .null: nil
        case .integer(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .text(let text):
            text.utf8.contains(0)
                ? String(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : Character($0) }) : text
        }
    }

    /// A C array of C strings, `nil` at its end.
    private static func withCStrings<Value>(
        _ texts: [String?],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        // One buffer for all texts, so that many parameters cost one allocation.
        var bytes: [CChar] = []
        var offsets: [Int?] = []
        for text in texts {
            offsets.append(text == nil ? nil : bytes.count)
            guard let text else { continue }
            bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            var pointers = offsets.map { offset in
                offset.flatMap { offset in buffer.baseAddress.map { UnsafePointer($0 + offset) } }
            }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}

/// What the server refuses.
struct PostgresError: Error, CustomStringConvertible {
    /// The [SQLSTATE](https://www.postgresql.org/docs/15/errcodes-appendix.html).
    let state: String
    let text: String

    /// Whether the same transaction, tried again, may succeed: a deadlock, or a conflict of two transactions.
    var isPassing: Bool { self.state == "40001" || self.state == "40P01" }

    var description: String { "\(self.text) (SQLSTATE \(self.state))" }
}
