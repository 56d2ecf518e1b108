import DNS

/// Which records of a zone are ours: TXT records at `_isthmus.<zone>`, one for each.
///
/// They are in DNS and not in a file of ours, so that a lost disk or a second publisher cannot make us touch what is
/// somebody else's, or forget what is ours.
struct Ownership: Equatable, Sendable {
    /// Tells several gateways apart that publish into one zone.
    let owner: String
    let zone: String

    /// Where the ownership records are.
    var set: RecordSet { RecordSet(name: "_isthmus.\(self.zone)", type: "TXT") }

    private static let version = "v=isthmus1"
    /// The longest character string of a TXT record ([RFC 1035 §3.3](https://www.rfc-editor.org/rfc/rfc1035#section-3.3)).
    private static let longestString = 255

    /// The TXT record that says that `record` is ours.
    func mark(for record: UpdateRecord, ttl: UInt32) -> UpdateRecord {
        let text = Array("\(Self.version) owner=\(self.owner) \(record.name) \(record.type) \(record.data)".utf8)
        let strings = stride(from: 0, to: text.count, by: Self.longestString).map { start in
            UpdateRecord.quoted(
                String(decoding: text[start..<min(start + Self.longestString, text.count)], as: UTF8.self)
            )
        }
        return UpdateRecord(
            name: self.set.name,
            type: self.set.type,
            ttl: ttl,
            data: strings.joined(separator: " ")
        )
    }

    /// The record that a TXT record marks as ours; nil when it is another's, or something else altogether.
    func owned(by mark: UpdateRecord) -> UpdateRecord? {
        let fields = Self.text(of: mark.data).split(separator: " ", maxSplits: 4).map(String.init)
        guard fields.count == 5, fields[0] == Self.version, fields[1] == "owner=\(self.owner)" else { return nil }
        return UpdateRecord(name: fields[2], type: fields[3], ttl: 0, data: fields[4])
    }

    /// The character strings of a TXT record, one after the other, without quotes and escapes.
    private static func text(of data: String) -> String {
        var bytes: [UInt8] = []
        var isQuoted = false
        var rest = Array(data.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\"):
                if rest.count >= 3, let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self)) {
                    bytes.append(code)
                    rest = rest.dropFirst(3)
                } else if let escaped = rest.popFirst() {
                    bytes.append(escaped)
                }
            default:
                if isQuoted { bytes.append(byte) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
