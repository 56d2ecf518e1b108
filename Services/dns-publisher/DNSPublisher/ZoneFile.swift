import DNS

/// The records of one zone as a fragment for `$INCLUDE`
/// ([RFC 1035 §5.1](https://www.rfc-editor.org/rfc/rfc1035#section-5.1)): no SOA, no NS, absolute names.
enum ZoneFile {
    static func text(zone: String, records: [UpdateRecord]) -> String {
        let lines = records.sorted(by: RecordSet.order).map(\.description)
        return (["; \(zone): records of the messaging gateway, written by dns-publisher"] + lines)
            .joined(separator: "\n") + "\n"
    }

    /// The records of a file that ``text(zone:records:)`` wrote.
    static func records(of text: String) -> [UpdateRecord] {
        text.split(separator: "\n").filter { !$0.hasPrefix(";") }.compactMap { UpdateRecord(line: $0) }
    }
}
