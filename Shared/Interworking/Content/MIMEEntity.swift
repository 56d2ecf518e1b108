/// Header fields and a body: a part of a multipart, the content of a message/cpim.
struct MIMEEntity {
    var headers: [(name: String, value: String)]
    var body: ArraySlice<UInt8>

    /// The value of the first field of that name, whatever its case.
    subscript(_ name: String) -> String? {
        let name = name.lowercased()
        return self.headers.first { $0.name.lowercased() == name }?.value
    }
}

extension MIMEEntity {
    /// Fields of one entity; more are an attack, not a message.
    static let maximumHeaders = 32

    /// Splits at the first empty line.
    ///
    /// Lines may end in CRLF or LF; a line that begins with white space continues the one before it. `nil` where a line
    /// is no field.
    init?(parsing bytes: ArraySlice<UInt8>) {
        var rest = bytes
        var headers: [(name: String, value: String)] = []
        while !rest.isEmpty {
            let line = rest.takeLine()
            if line.isEmpty { break }
            guard let text = String(validating: line, as: UTF8.self) else { return nil }
            if text.first == " " || text.first == "\t" {
                guard !headers.isEmpty else { return nil }
                headers[headers.count - 1].value += " " + text.trimmed
                continue
            }
            guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), headers.count < Self.maximumHeaders
            else { return nil }
            let name = text[..<colon].trimmed
            guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte) else { return nil }
            headers.append((String(name), String(text[text.utf8.index(after: colon)...].trimmed)))
        }
        self.init(headers: headers, body: rest)
    }
}

extension ArraySlice<UInt8> {
    /// Takes the bytes up to the next line end off the front, and the line end with them.
    mutating func takeLine() -> ArraySlice<UInt8> {
        guard let end = self.firstIndex(of: 0x0A) else {
            defer { self = self[self.endIndex...] }
            return self
        }
        defer { self = self[(end + 1)...] }
        return end > self.startIndex && self[end - 1] == 0x0D
            ? self[self.startIndex..<(end - 1)] : self[self.startIndex..<end]
    }
}

extension UInt8 {
    /// `token` of [RFC 2045 §5.1](https://www.rfc-editor.org/rfc/rfc2045#section-5.1), near enough the same as SIP's.
    var isTokenByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}
