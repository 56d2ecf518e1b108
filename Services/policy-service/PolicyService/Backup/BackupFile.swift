import Foundation
import Policy
import TLS

/// A backup as a file: a line of JSON that says what it is, one for each row, and one that ends it.
///
/// ```
/// {"format":"isthmus-backup","format-version":1,"program":"1.3.0","created-at":"…","configuration-version":7}
/// {"table":"partner","row":{"domain":"example.org",…}}
/// {"rows":1,"sha256":"…of all bytes before this line"}
/// ```
///
/// The hash tells a damaged or shortened file from a whole one; it does not tell who has written it.
struct BackupFile: Equatable, Sendable {
    static let format = "isthmus-backup"
    /// A release reads the files of those before it, never of a later one.
    static let version = 1
    /// About 300 000 users with a long audit log.
    static let largest = 512 << 20

    struct Row: Equatable, Sendable {
        var table: String
        var values: DocumentValue
    }

    var header: DocumentValue
    var rows: [Row]

    init(program: String, time: Int64, rows: [Row]) {
        let configuration = rows.first { $0.table == "configuration" }
        self.header = [
            "format": .text(Self.format), "format-version": .integer(Self.version), "program": .text(program),
            "created-at": DocumentValue(milliseconds: time),
            "configuration-version": configuration?.values["version"] ?? .integer(0),
        ]
        self.rows = rows
    }

    var data: Data {
        var data = Data()
        func add(_ document: DocumentValue) {
            data.append(Data(document.json().utf8))
            data.append(UInt8(ascii: "\n"))
        }
        add(self.header)
        for row in self.rows { add(["table": .text(row.table), "row": row.values]) }
        let hash = SHA256Hash.hexadecimal(of: Array(data))
        add(["rows": .integer(self.rows.count), "sha256": .text(hash)])
        return data
    }

    /// - Throws: ``BackupError`` with what is wrong.
    init(_ data: Data) throws(BackupError) {
        let bytes = data.last == UInt8(ascii: "\n") ? data.dropLast() : data[...]
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { throw .notABackup }
        let content = data[...end]
        let lines = content.split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first, let header = try? DocumentValue(json: Data(first)),
            header["format"]?.text == Self.format
        else { throw .notABackup }
        let version = header["format-version"]?.integer ?? 0
        guard version <= Self.version else { throw .later(version: version, program: header["program"]?.text ?? "?") }
        guard let last = try? DocumentValue(json: Data(bytes[bytes.index(after: end)...])),
            let count = last["rows"]?.integer, let hash = last["sha256"]?.text
        else { throw .incomplete }
        guard count == lines.count - 1, SHA256Hash.hexadecimal(of: Array(content)) == hash else { throw .damaged }
        self.header = header
        var rows: [Row] = []
        rows.reserveCapacity(count)
        for line in lines.dropFirst() {
            guard let document = try? DocumentValue(json: Data(line)), let table = document["table"]?.text,
                let values = document["row"]
            else { throw .damaged }
            rows.append(Row(table: table, values: values))
        }
        self.rows = rows
    }
}

/// Why a file cannot be restored.
enum BackupError: Error, Equatable, CustomStringConvertible {
    case notABackup
    case incomplete
    case damaged
    case later(version: Int, program: String)
    case unknown(String)

    var description: String {
        switch self {
        case .notABackup: "this is no backup of policy-service"
        case .incomplete: "the file ends too early: its last line, with the checksum, is missing"
        case .damaged: "the file is damaged: its checksum is another one"
        case .later(let version, let program):
            "the file has format \(version) and was written by release \(program); this release reads up to \(BackupFile.version)"
        case .unknown(let what): "the file holds \(what), which this release does not know"
        }
    }
}
