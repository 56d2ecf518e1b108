internal import XML

/// What stands before the root element of Microsoft's documents, and what is wrong with it.
enum DocumentProlog {
    /// How far a prolog may reach, in bytes.
    private static let longest = 1024

    /// The root of a document, whose prolog may have two faults that the XML layer rightly refuses elsewhere.
    ///
    /// COMPAT(LCS 2005): XPIDF names a DTD, which is never loaded: a declaration without a subset is skipped; one with a subset is refused.
    /// COMPAT(OCS 2007): a declaration may claim UTF-16 in a text that is UTF-8.
    static func root(of bytes: [UInt8]) throws(PIDFError) -> XMLElement {
        do {
            return try XMLDocument.parse(self.cleaned(bytes), limits: .document)
        } catch {
            throw .notXML
        }
    }

    /// The same bytes with spaces where those faults were.
    static func cleaned(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let end = min(bytes.count, self.longest)
        var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let start = index
        while index < end {
            if self.isSpace(bytes[index]) {
                index += 1
            } else if self.begins("<?xml ", bytes, at: index), index == start {
                guard let close = self.close(bytes, from: index, below: end) else { return bytes }
                if self.saysUTF16(bytes[index...close]) { self.blank(&bytes, index...close) }
                index = close + 1
            } else if self.begins("<!DOCTYPE", bytes, at: index) {
                guard let close = self.close(bytes, from: index, below: end) else { return bytes }
                self.blank(&bytes, index...close)
                return bytes
            } else {
                return bytes
            }
        }
        return bytes
    }

    /// Where the tag that begins at `start` ends; `nil` if it does not, or has a subset.
    private static func close(_ bytes: [UInt8], from start: Int, below end: Int) -> Int? {
        var quote: UInt8?
        for index in start..<end {
            let byte = bytes[index]
            if let open = quote {
                if byte == open { quote = nil }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = byte
            case UInt8(ascii: "["): return nil
            case UInt8(ascii: ">"): return index
            default: break
            }
        }
        return nil
    }

    private static func saysUTF16(_ declaration: ArraySlice<UInt8>) -> Bool {
        let mark = Array("encoding=".utf8)
        let text = declaration.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        guard let found = text.firstRange(of: mark) else { return false }
        return text[found.upperBound...].dropFirst().starts(with: "utf-16".utf8)
    }

    private static func begins(_ mark: StaticString, _ bytes: [UInt8], at index: Int) -> Bool {
        mark.withUTF8Buffer { bytes[index...].starts(with: $0) }
    }

    private static func blank(_ bytes: inout [UInt8], _ range: ClosedRange<Int>) {
        for index in range { bytes[index] = UInt8(ascii: " ") }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}

extension XMLElement {
    /// The first element of that name directly inside, in whatever namespace: Microsoft's samples and its schema have two.
    func first(_ name: String) -> XMLElement? { self.elements.first { $0.name == name } }
}
