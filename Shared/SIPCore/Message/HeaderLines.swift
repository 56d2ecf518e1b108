/// The lines of a header section, one after the other, unfolded.
struct HeaderLines {
    /// A line, where nothing had to be unfolded.
    enum Line {
        case plain(Range<Int>)
        /// A folded line, with its folds as single spaces
        /// ([RFC 3261 §7.3.1](https://www.rfc-editor.org/rfc/rfc3261#section-7.3.1)).
        case unfolded([UInt8])
    }

    private let limit: Int
    private var position = 0

    init(limit: Int) { self.limit = limit }

    /// The next line of `bytes`, which are the same at each call; `nil` at the empty line that ends the section.
    mutating func next(of bytes: Span<UInt8>) throws(SyntaxError) -> Line? {
        let line = try self.physicalLine(of: bytes)
        guard !line.isEmpty else { return nil }
        guard self.continues(bytes) else {
            guard line.count <= self.limit else { throw SyntaxError(.headerTooLong) }
            return .plain(line)
        }
        var unfolded = bytes.array(line)
        while self.continues(bytes) {
            let more = try self.physicalLine(of: bytes)
            let text = bytes.trimmed(more)
            while unfolded.last?.isSIPSpace == true { unfolded.removeLast() }
            unfolded.append(0x20)
            unfolded.append(contentsOf: bytes.array(text))
            guard unfolded.count <= self.limit else { throw SyntaxError(.headerTooLong) }
        }
        return .unfolded(unfolded)
    }

    /// Whether the next line continues the one before it.
    private func continues(_ bytes: Span<UInt8>) -> Bool {
        self.position < bytes.count && bytes[self.position].isSIPSpace
    }

    /// Everything up to the next line end, which is CR LF or, from lenient peers, LF.
    ///
    /// A control character is nobody's text: where one reader takes a lone CR for a line end and another does not, they read
    /// two messages. Only a quoted pair may hold one, as [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1) allows.
    private mutating func physicalLine(of bytes: Span<UInt8>) throws(SyntaxError) -> Range<Int> {
        let start = self.position
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x0A { break }
            if byte < 0x20 || byte == 0x7F, byte != 0x09 {
                let endsLine = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
                let isQuoted = byte != 0x0D && index > start && bytes[index - 1] == UInt8(ascii: "\\")
                guard endsLine || isQuoted else { throw SyntaxError(.characters) }
            }
            index += 1
        }
        self.position = min(index + 1, bytes.count)
        let end = index > start && index < bytes.count && bytes[index - 1] == 0x0D ? index - 1 : index
        return start..<end
    }
}

extension Span<UInt8> {
    /// `range` without white space around it.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isSIPSpace { start += 1 }
        while end > start, self[end - 1].isSIPSpace { end -= 1 }
        return start..<end
    }

    /// The bytes of `range` as a text; `nil` when they are not UTF-8.
    func text(_ range: Range<Int>) -> String? {
        guard let text = try? UTF8Span(validating: self.extracting(range)) else { return nil }
        return String(copying: text)
    }

    func array(_ range: Range<Int>) -> [UInt8] { self.extracting(range).withUnsafeBufferPointer { Array($0) } }

    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count)
        var index = range.lowerBound
        while index < range.upperBound {
            // In bounds: the precondition has seen to it, once instead of for every byte.
            if self[unchecked: index] == byte { return index }
            index += 1
        }
        return nil
    }
}
