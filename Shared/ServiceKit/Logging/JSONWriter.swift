/// Writes JSON text into bytes ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
    }

    mutating func member(_ key: String, first: Bool = false) {
        if !first { self.bytes.append(UInt8(ascii: ",")) }
        self.string(key)
        self.bytes.append(UInt8(ascii: ":"))
    }

    mutating func string(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Nearly every text is plain: one copy.
            if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
                self.bytes.append(contentsOf: utf8)
            } else {
                for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars { self.append(scalar) }
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x22: self.raw("\\\"")
        case 0x5C: self.raw("\\\\")
        case 0x0A: self.raw("\\n")
        case 0x0D: self.raw("\\r")
        case 0x09: self.raw("\\t")
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: self.escape(UInt16(scalar.value))
        default: self.bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// What a terminal would obey, and what turns text around: a peer's bytes must not forge or hide a line.
    private mutating func escape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        self.raw("\\u")
        for _ in digits.utf8.count..<4 { self.bytes.append(UInt8(ascii: "0")) }
        self.bytes.append(contentsOf: digits.utf8)
    }
}
