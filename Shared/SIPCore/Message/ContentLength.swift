/// Content-Length, found before the message is read: what it says decides where the next message begins, so it is read
/// strictly. Digits only, one field only; anything else, a number that overflows included, is an error
/// (CVE-2018-12584, CVE-2026-45103).
enum ContentLength {
    static func find(in header: ArraySlice<UInt8>) throws(SyntaxError) -> Int? {
        var found: Int?
        var lineStart = header.startIndex
        while lineStart < header.endIndex {
            let lineEnd = header[lineStart...].firstIndex(of: 0x0A) ?? header.endIndex
            let line = header[lineStart..<lineEnd]
            if self.isContentLength(line) {
                let isFolded = lineEnd + 1 < header.endIndex && header[lineEnd + 1].isSIPSpace
                guard found == nil, !isFolded, let length = self.value(line) else { throw SyntaxError(.contentLength) }
                found = length
            }
            lineStart = lineEnd + 1
        }
        return found
    }

    private static func isContentLength(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first, first | 0x20 == UInt8(ascii: "c") || first | 0x20 == UInt8(ascii: "l"),
            let colon = line.firstIndex(of: UInt8(ascii: ":"))
        else { return false }
        var name = line[line.startIndex..<colon]
        while let last = name.last, last.isSIPSpace { name.removeLast() }
        if name.count == 1 { return first | 0x20 == UInt8(ascii: "l") }
        return name.count == 14
            && zip(name, "content-length".utf8).allSatisfy { ($0.isSIPAlpha ? $0 | 0x20 : $0) == $1 }
    }

    private static func value(_ line: ArraySlice<UInt8>) -> Int? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var digits = line[(colon + 1)...].drop { $0.isSIPSpace }
        while let last = digits.last, last.isSIPSpace || last == 0x0D { digits.removeLast() }
        // Ten digits hold any length that could be meant, and cannot overflow.
        guard (1...10).contains(digits.count), digits.allSatisfy({ $0.isSIPDigit }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
