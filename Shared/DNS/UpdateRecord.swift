/// One resource record, as it is compared, added and deleted.
///
/// Name and data are in canonical form, so that equal records are equal values: see ``init(name:type:ttl:data:)``.
public struct UpdateRecord: Equatable, Hashable, Sendable {
    /// The owner name, lower case, without the last dot.
    public let name: String
    /// The type in its mnemonic: `A`, `AAAA`, `SRV`, `TXT`, `TLSA`.
    public let type: String
    public let ttl: UInt32
    /// The data in presentation format ([RFC 1035 §5](https://www.rfc-editor.org/rfc/rfc1035#section-5)); names in
    /// it are absolute, with their last dot.
    public let data: String

    /// Makes a record; everything but text (TXT) is folded to lower case.
    public init(name: String, type: String, ttl: UInt32, data: String) {
        self.name = Self.withoutLastDot(name.lowercased())
        self.type = type.uppercased()
        self.ttl = ttl
        self.data = self.type == "TXT" ? data : data.lowercased()
    }

    /// The same record with another time to live, to compare records by what they say.
    public func with(ttl: UInt32) -> UpdateRecord {
        UpdateRecord(name: self.name, type: self.type, ttl: ttl, data: self.data)
    }

    static func withoutLastDot(_ name: String) -> String {
        name.hasSuffix(".") && name != "." ? String(name.dropLast()) : name
    }
}

extension UpdateRecord: CustomStringConvertible {
    /// The record as a line of a zone file.
    public var description: String { "\(self.name). \(self.ttl) IN \(self.type) \(self.data)" }
}

extension UpdateRecord {
    /// A quoted character string of a TXT record ([RFC 1035 §5.1](https://www.rfc-editor.org/rfc/rfc1035#section-5.1)).
    ///
    /// What is not printable ASCII is written as `\DDD`.
    public static func quoted(_ text: String) -> String {
        var quoted = "\""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += "\\" + String(UnicodeScalar(byte))
            case 0x20..<0x7F: quoted += String(UnicodeScalar(byte))
            default: quoted += "\\" + String(repeating: "0", count: byte < 10 ? 2 : byte < 100 ? 1 : 0) + "\(byte)"
            }
        }
        return quoted + "\""
    }
}

extension UpdateRecord {
    /// Reads a line of a zone file as ``description`` writes it; nil for anything else.
    public init?(line: some StringProtocol) {
        let fields = line.split(separator: " ", maxSplits: 4).map { String($0) }
        guard fields.count == 5, let ttl = UInt32(fields[1]), fields[2] == "IN", fields[0].hasSuffix(".") else {
            return nil
        }
        self.init(name: fields[0], type: fields[3], ttl: ttl, data: fields[4])
    }
}
