/// Content-Length, found before the message is read.
///
/// What it says decides where the next message begins, so it is read strictly: digits only, one field only; anything else,
/// a number that overflows included, is an error (CVE-2018-12584, CVE-2026-45103).
enum ContentLength {
    static func find(in header: ArraySlice<UInt8>) throws(SyntaxError) -> Int? {
        let bytes = header.span
        var found: Int?
        var start = 0
        while start < bytes.count {
            let end = Self.fieldEnd(bytes, from: start)
            if let colon = self.colon(bytes, start..<end) {
                guard found == nil, let length = self.value(bytes, colon + 1..<end) else {
                    throw SyntaxError(.contentLength)
                }
                found = length
            }
            start = end
        }
        return found
    }

    /// The index behind the field that begins at `start`, with the lines that continue it.
    private static func fieldEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            let isLineEnd = bytes[index] == 0x0A
            index += 1
            if isLineEnd, index >= bytes.count || !bytes[index].isSIPSpace { break }
        }
        return index
    }

    /// Where the colon of the field stands; `nil` when it is another field.
    private static func colon(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int? {
        guard let first = field.first else { return nil }
        let letter = bytes[first] | 0x20
        guard letter == UInt8(ascii: "c") || letter == UInt8(ascii: "l"),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: field)
        else { return nil }
        return HeaderName.known(bytes.extracting(bytes.trimmed(field.lowerBound..<colon))) == .contentLength
            ? colon : nil
    }

    private static func value(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        // What may stand around the digits: white space, and the line ends of a folded field.
        func isPadding(_ byte: UInt8) -> Bool { byte.isSIPSpace || byte == 0x0D || byte == 0x0A }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isPadding(bytes[start]) { start += 1 }
        while end > start, isPadding(bytes[end - 1]) { end -= 1 }
        // Ten digits hold any length that could be meant, and cannot overflow.
        guard (1...10).contains(end - start) else { return nil }
        var length = 0
        for index in start..<end {
            guard bytes[index].isSIPDigit else { return nil }
            length = length * 10 + Int(bytes[index] - 0x30)
        }
        return length
    }
}
