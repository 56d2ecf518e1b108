/// Reads a text byte by byte.
struct Scanner {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var position = 0

    init(_ text: String) {
        self.bytes = Array(text.utf8)
        self.end = self.bytes.count
    }

    /// Reads a part of what `other` reads, without a copy; positions are those of `other`.
    init(_ other: Scanner, from start: Int, to end: Int) {
        self.bytes = other.bytes
        self.end = min(end, other.end)
        self.position = start
    }

    var isAtEnd: Bool { self.position >= self.end }
    var peek: UInt8? { self.position < self.end ? self.bytes[self.position] : nil }

    /// Whether a whole percent escape stands here.
    var isEscape: Bool {
        self.position + 2 < self.end && self.bytes[self.position + 1].isSIPHexDigit
            && self.bytes[self.position + 2].isSIPHexDigit
    }

    mutating func advance(_ count: Int) { self.position = min(self.position + count, self.end) }
    mutating func move(to position: Int) { self.position = min(position, self.end) }

    func text(from start: Int, to end: Int) -> String { String(decoding: self.bytes[start..<end], as: UTF8.self) }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.position += 1
        return true
    }

    mutating func skip(caseInsensitive text: StaticString) -> Bool {
        guard self.position + text.utf8CodeUnitCount <= self.end else { return false }
        let matches = text.withUTF8Buffer { expected in
            expected.indices.allSatisfy { index in
                let byte = self.bytes[self.position + index]
                return (byte.isSIPAlpha ? byte | 0x20 : byte) == expected[index]
            }
        }
        if matches { self.position += text.utf8CodeUnitCount }
        return matches
    }

    mutating func skipSpace() {
        while let byte = self.peek, byte.isSIPSpace { self.position += 1 }
    }

    /// Takes as many bytes as satisfy `belongs`.
    mutating func take(while belongs: (UInt8) -> Bool) -> String {
        let start = self.position
        self.skip(while: belongs)
        return self.text(from: start, to: self.position)
    }

    /// Passes as many bytes as satisfy `belongs`.
    mutating func skip(while belongs: (UInt8) -> Bool) {
        while let byte = self.peek, belongs(byte) { self.position += 1 }
    }

    /// Where `byte` stands next, unless a byte for which `isEnd` holds comes first.
    func offset(of byte: UInt8, before isEnd: (UInt8) -> Bool) -> Int? {
        for index in self.position..<self.end {
            if self.bytes[index] == byte { return index }
            if isEnd(self.bytes[index]) { return nil }
        }
        return nil
    }

    /// A `quoted-string` with its escapes undone; `nil` when it does not end.
    mutating func quotedString() -> String? {
        guard self.skip(UInt8(ascii: "\"")) else { return nil }
        var text: [UInt8] = []
        while let byte = self.peek {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let next = self.peek else { return nil }
                self.position += 1
                text.append(next)
            default: text.append(byte)
            }
        }
        return nil
    }
}

extension String {
    var asciiUppercased: String {
        if self.utf8.allSatisfy({ $0 < 0x61 || $0 > 0x7A }) { return self }
        return String(decoding: self.utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & ~0x20 : $0 }, as: UTF8.self)
    }

    var asciiLowercased: String {
        if self.utf8.allSatisfy({ $0 < 0x41 || $0 > 0x5A }) { return self }
        return String(decoding: self.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
