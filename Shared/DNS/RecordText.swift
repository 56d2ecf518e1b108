internal import Glibc

/// Readers of record data.
enum RecordText {
    /// The address of an A or AAAA record.
    static func address(_ data: RecordData) -> String? {
        let family: CInt
        switch data.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(family, data, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) }
        }
    }

    /// The strings of a TXT record, joined ([RFC 7208 §3.3](https://www.rfc-editor.org/rfc/rfc7208#section-3.3) does so too).
    static func text(_ data: RecordData) -> String? {
        var rest = data[...]
        var text: [UInt8] = []
        while let count = rest.popFirst() {
            guard rest.count >= Int(count) else { return nil }
            text += rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
        }
        return String(validating: text, as: UTF8.self)
    }
}
