/// Reads one JSON text ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)), members in their order.
///
/// Stricter than the standard where it leaves a choice: a member may not be there twice (§4), for then each reader takes another one;
/// numbers are whole (§6); nothing is nested deeper than ``maximumDepth`` (§9).
struct JSONReader {
    /// Far more than any of our documents has.
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() throws(JSONProblem) -> DocumentValue {
        // RFC 8259 §8.1: who reads may ignore a byte order mark.
        if self.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { self.index = 3 }
        let value = try self.value(depth: 0)
        self.skipSpace()
        guard self.index == self.bytes.count else { throw self.problem("there is more after the end of the value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> DocumentValue {
        guard depth <= Self.maximumDepth else { throw self.problem("it is nested too deeply") }
        self.skipSpace()
        guard let byte = self.next else {
            throw self.problem(self.bytes.isEmpty ? "it is empty" : "it ends too early")
        }
        switch byte {
        case UInt8(ascii: "{"): return try self.object(depth)
        case UInt8(ascii: "["): return try self.list(depth)
        case UInt8(ascii: "\""): return .text(try self.text())
        case UInt8(ascii: "t"): return try self.word("true", .flag(true))
        case UInt8(ascii: "f"): return try self.word("false", .flag(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.number()
        default: throw self.problem("there is no value; a text stands in double quotes")
        }
    }

    // MARK: Structures

    private mutating func object(_ depth: Int) throws(JSONProblem) -> DocumentValue {
        self.index += 1
        var members: [DocumentValue.Member] = []
        var names: Set<String> = []
        self.skipSpace()
        if self.take("}") { return .object([]) }
        repeat {
            self.skipSpace()
            let start = self.index
            guard self.next == UInt8(ascii: "\"") else {
                throw self.problem("there is no name of a member; it stands in double quotes")
            }
            let name = try self.text()
            guard names.insert(name).inserted else { throw self.problem("“\(name)” is there twice", at: start) }
            self.skipSpace()
            guard self.take(":") else { throw self.problem("the colon after “\(name)” is missing") }
            members.append(DocumentValue.Member(name, try self.value(depth: depth + 1)))
            self.skipSpace()
        } while self.take(",")
        guard self.take("}") else { throw self.problem("a comma or the closing } is missing") }
        return .object(members)
    }

    private mutating func list(_ depth: Int) throws(JSONProblem) -> DocumentValue {
        self.index += 1
        var elements: [DocumentValue] = []
        self.skipSpace()
        if self.take("]") { return .list([]) }
        repeat {
            elements.append(try self.value(depth: depth + 1))
            self.skipSpace()
        } while self.take(",")
        guard self.take("]") else { throw self.problem("a comma or the closing ] is missing") }
        return .list(elements)
    }

    // MARK: Words and numbers

    private mutating func word(_ word: StaticString, _ value: DocumentValue) throws(JSONProblem) -> DocumentValue {
        let text = "\(word)".utf8
        guard self.bytes[self.index...].starts(with: text) else {
            throw self.problem("there is no value; a text stands in double quotes")
        }
        self.index += text.count
        return value
    }

    /// A whole number; `-0` is 0.
    private mutating func number() throws(JSONProblem) -> DocumentValue {
        let start = self.index
        _ = self.take("-")
        let digits = self.index
        while let byte = self.next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.index += 1 }
        let count = self.index - digits
        if let byte = self.next, ".eE".utf8.contains(byte) {
            throw self.problem("a number has a fraction or an exponent; write a whole number", at: start)
        }
        guard count > 0, count == 1 || self.bytes[digits] != UInt8(ascii: "0") else {
            throw self.problem("a number is a 0, or digits that do not begin with one", at: start)
        }
        guard let number = Int(String(decoding: self.bytes[start..<self.index], as: UTF8.self)) else {
            throw self.problem("the number is too large", at: start)
        }
        return .integer(number)
    }

    // MARK: Bytes

    private var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.next == UInt8(ascii: character) else { return false }
        self.index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.index += 1 }
    }

    private func problem(_ reason: String, at place: Int? = nil) -> JSONProblem {
        let before = self.bytes[..<(place ?? self.index)]
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONProblem(line: line, column: before.count - start + 1, reason: reason)
    }
}

// MARK: - Texts

extension JSONReader {
    /// A text in its quotes ([RFC 8259 §7](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
    private mutating func text() throws(JSONProblem) -> String {
        let start = self.index
        self.index += 1
        var scalars = String.UnicodeScalarView()
        var run = self.index
        while true {
            guard let byte = self.next else { throw self.problem("the text that begins here does not end", at: start) }
            guard byte >= 0x20 else {
                throw self.problem("a control character stands in a text; write it as \\n or \\u000a")
            }
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                self.index += 1
                continue
            }
            guard let plain = String(validating: self.bytes[run..<self.index], as: UTF8.self) else {
                throw self.problem("the text is not UTF-8", at: start)
            }
            self.index += 1
            // Nearly every text has no escapes.
            if byte == UInt8(ascii: "\""), scalars.isEmpty { return plain }
            scalars.append(contentsOf: plain.unicodeScalars)
            if byte == UInt8(ascii: "\"") { return String(scalars) }
            scalars.append(try self.escape())
            run = self.index
        }
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONProblem) -> Unicode.Scalar {
        let start = self.index - 1
        let byte = self.next
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try self.scalar(start)
        default: throw self.problem("there is no such escape", at: start)
        }
    }

    /// `\uXXXX`, or two of them that are one character outside the basic plane.
    private mutating func scalar(_ start: Int) throws(JSONProblem) -> Unicode.Scalar {
        let first = try self.unit(start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(first)), self.take("\\"), self.take("u") else {
            throw self.problem("half a character is escaped", at: start)
        }
        let second = try self.unit(start)
        guard UTF16.isTrailSurrogate(UInt16(second)),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw self.problem("half a character is escaped", at: start) }
        return scalar
    }

    private mutating func unit(_ start: Int) throws(JSONProblem) -> UInt32 {
        let digits = self.bytes[self.index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw self.problem("four hexadecimal digits belong after \\u", at: start) }
        self.index += 4
        return value
    }
}

extension DocumentValue {
    /// Reads JSON, strictly: what is there twice, or is no whole number, is refused by its place.
    public init(parsingJSON bytes: [UInt8]) throws(JSONProblem) {
        var reader = JSONReader(bytes)
        self = try reader.read()
    }
}
