import Foundation
import Policy
import TLS

/// What a backup file says of itself, and whether it is whole: without asking anybody.
struct BackupSummary {
    var createdAt: String
    var program: String
    var configurationVersion: String
    /// How many rows of each table.
    var rows: [(table: String, count: Int)]

    /// - Throws: ``ClientError/badFile(path:reason:)``.
    init(path: String) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ClientError.unreadable(path: path, reason: error.localizedDescription)
        }
        try self.init(data, path: path)
    }

    init(_ data: Data, path: String) throws {
        func bad(_ reason: String) -> ClientError { .badFile(path: path, reason: reason) }
        let lineBreak = UInt8(ascii: "\n")
        let bytes = data.last == lineBreak ? data.dropLast() : data[...]
        guard let end = bytes.lastIndex(of: lineBreak),
            let header = Self.line(bytes.prefix { $0 != lineBreak }), header["format"] as? String == "isthmus-backup"
        else { throw bad("it is no backup of policy-service") }
        guard let last = Self.line(bytes[bytes.index(after: end)...]), let hash = last["sha256"] as? String,
            let count = last["rows"] as? Int
        else { throw bad("it ends too early: its last line, with the checksum, is missing") }
        let content = data[...end]
        guard SHA256Hash.hexadecimal(of: Array(content)) == hash else {
            throw bad("it is damaged: its checksum is another one")
        }
        var rows: [(table: String, count: Int)] = []
        for line in content.split(separator: lineBreak).dropFirst() {
            let table = Self.line(line)?["table"] as? String ?? "?"
            if rows.last?.table == table { rows[rows.count - 1].count += 1 } else { rows.append((table, 1)) }
        }
        guard rows.reduce(0, { $0 + $1.count }) == count else { throw bad("it is damaged: rows are missing") }
        self.createdAt = header["created-at"] as? String ?? "?"
        self.program = header["program"] as? String ?? "?"
        self.configurationVersion = (header["configuration-version"] as? Int).map { String($0) } ?? "?"
        self.rows = rows
    }

    var text: String {
        ([
            "Whole. Taken \(self.createdAt) by release \(self.program), configuration version \(self.configurationVersion)."
        ]
            + self.rows.map { "  \($0.table): \($0.count)" }).joined(separator: "\n")
    }

    var document: DocumentValue {
        [
            "created-at": .text(self.createdAt), "program": .text(self.program),
            "version": .text(self.configurationVersion),
            "rows": .object(self.rows.map { DocumentValue.Member($0.table, .integer($0.count)) }),
        ]
    }

    private static func line(_ data: Data) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(data))) as? [String: Any]
    }
}
