/// The character encodings that a SIP body may declare and we can read.
enum Charset: Equatable, CaseIterable {
    case utf8, ascii, latin1, utf16

    /// By its IANA name; `nil` declared means UTF-8
    /// ([RFC 3261 §7.4.1](https://www.rfc-editor.org/rfc/rfc3261#section-7.4.1)), an unknown name is not an encoding.
    init?(declared name: String?) {
        guard let name else { self = .utf8; return }
        switch name.lowercased() {
        case "utf-8", "utf8": self = .utf8
        case "us-ascii", "ascii", "iso646-us": self = .ascii
        case "iso-8859-1", "iso8859-1", "latin1", "l1": self = .latin1
        case "utf-16", "utf-16le", "utf-16be": self = .utf16
        default: return nil
        }
    }

    /// The text that the bytes spell in this encoding; `nil` where they spell none.
    ///
    /// Nothing is replaced or guessed.
    func decode(_ bytes: some Collection<UInt8>, name: String? = nil) -> String? {
        switch self {
        case .utf8:
            return String(validating: bytes, as: UTF8.self)
        case .ascii:
            return bytes.allSatisfy { $0 < 0x80 } ? String(decoding: bytes, as: UTF8.self) : nil
        case .latin1:
            return String(String.UnicodeScalarView(bytes.lazy.map { Unicode.Scalar($0) }))
        case .utf16:
            return Self.decodeUTF16(bytes, declared: name)
        }
    }

    /// Big-endian unless a byte order mark or the name says otherwise
    /// ([RFC 2781 §4.3](https://www.rfc-editor.org/rfc/rfc2781#section-4.3)).
    private static func decodeUTF16(_ bytes: some Collection<UInt8>, declared name: String?) -> String? {
        var bytes = Array(bytes)
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var isLittle = name?.lowercased() == "utf-16le"
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            isLittle = bytes[0] == 0xFF
            bytes.removeFirst(2)
        }
        let units = stride(from: 0, to: bytes.count, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        return String(validating: units, as: UTF16.self)
    }
}
