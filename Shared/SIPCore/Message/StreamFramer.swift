/// Finds the messages in the bytes of a connection, by Content-Length
/// ([RFC 3261 §18.3](https://www.rfc-editor.org/rfc/rfc3261#section-18.3)).
public struct StreamFramer: Sendable {
    /// What was found.
    public enum Item: Equatable, Sendable {
        case message(Message)
        /// A message that is refused. When it is not framed, nothing that follows can be believed: close.
        case malformed(SyntaxError)
        /// A double line end: a keep-alive that wants a single one in answer
        /// ([RFC 5626 §3.5.1](https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1)).
        case ping
    }

    private let parser: MessageParser
    private var buffer: [UInt8] = []
    /// Where the unread bytes begin.
    private var start = 0
    /// How far the end of the header has been looked for.
    private var searched = 0
    /// What is still to come of a body that is too long: it is passed over, so that the next message is found.
    private var unwanted = 0
    private var hasFailed = false

    /// The longest body that is passed over; before a longer one the connection ends.
    private static let longestUnwanted = 16 << 20

    public init(limits: MessageLimits = MessageLimits()) { self.parser = MessageParser(limits: limits) }

    /// Whether part of a message waits for the rest.
    public var isInMessage: Bool { self.buffer.count > self.start || self.unwanted > 0 }

    /// Takes `bytes` and appends what they complete to `items`.
    public mutating func feed(_ bytes: some Sequence<UInt8>, into items: inout [Item]) {
        guard !self.hasFailed else { return }
        self.buffer.append(contentsOf: bytes)
        while !self.hasFailed, self.next(&items) {}
        if self.start == self.buffer.count {
            self.buffer.removeAll(keepingCapacity: true)
            (self.start, self.searched) = (0, 0)
        } else if self.start > 65_536 {
            self.buffer.removeFirst(self.start)
            self.searched -= self.start
            self.start = 0
        }
    }

    /// The message in `datagram` (UDP): a body without Content-Length ends with it, and what is beyond Content-Length is
    /// discarded ([RFC 3261 §18.3](https://www.rfc-editor.org/rfc/rfc3261#section-18.3)).
    public static func parse(
        datagram: [UInt8],
        limits: MessageLimits = MessageLimits()
    ) throws(SyntaxError) -> Message {
        let parser = MessageParser(limits: limits)
        var searched = 0
        guard let end = Self.headerEnd(datagram, from: 0, searched: &searched) else { throw SyntaxError(.headerLine) }
        let header = datagram[..<end]
        guard header.count <= limits.headerBytes else { throw SyntaxError(.headerTooLong) }
        do throws(SyntaxError) {
            let length = try ContentLength.find(in: header) ?? (datagram.count - end)
            guard length <= datagram.count - end else { throw SyntaxError(.contentLength) }
            guard length <= limits.bodyBytes else { throw SyntaxError(.bodyTooLong) }
            return try parser.parse(header: header, body: datagram[end..<end + length])
        } catch  where error.request == nil {
            // RFC 3261 §18.3: a request is answered 400 all the same, a response is discarded.
            var error = error
            if case .request(let request)? = try? parser.parse(header: header, body: []) { error.request = request }
            throw error
        }
    }

    /// Whether something was found.
    private mutating func next(_ items: inout [Item]) -> Bool {
        if self.unwanted > 0 { self.passOver() }
        guard self.skipLineEnds(&items) else { return false }
        guard let end = Self.headerEnd(self.buffer, from: self.start, searched: &self.searched) else {
            if self.buffer.count - self.start > self.parser.limits.headerBytes {
                self.fail(SyntaxError(.headerTooLong, isFramed: false), &items)
            }
            return false
        }
        guard end - self.start <= self.parser.limits.headerBytes else {
            self.fail(SyntaxError(.headerTooLong, isFramed: false), &items)
            return false
        }
        let header = self.buffer[self.start..<end]
        let length: Int
        do throws(SyntaxError) {
            // On a stream it is mandatory, RFC 3261 §20.14.
            guard let found = try ContentLength.find(in: header) else { throw SyntaxError(.contentLength) }
            guard found <= Self.longestUnwanted else { throw SyntaxError(.bodyTooLong) }
            length = found
        } catch {
            let request = try? self.parser.parse(header: header, body: [])
            var unframed = SyntaxError(error.reason, field: .contentLength, isFramed: false)
            if case .request(let request)? = request { unframed.request = request }
            self.fail(unframed, &items)
            return false
        }
        guard length <= self.parser.limits.bodyBytes else {
            var error = SyntaxError(.bodyTooLong, field: .contentLength)
            if case .request(let request)? = try? self.parser.parse(header: header, body: []) {
                error.request = request
            }
            items.append(.malformed(error))
            (self.start, self.searched, self.unwanted) = (end, end, length)
            return true
        }
        guard self.buffer.count - end >= length else { return false }
        do throws(SyntaxError) {
            items.append(.message(try self.parser.parse(header: header, body: self.buffer[end..<end + length])))
        } catch {
            items.append(.malformed(error))
        }
        self.start = end + length
        self.searched = self.start
        return true
    }

    /// What others say by the same connection is not harmed by a body that is too long.
    private mutating func passOver() {
        let count = min(self.unwanted, self.buffer.count - self.start)
        self.start += count
        self.searched = self.start
        self.unwanted -= count
    }

    private mutating func fail(_ error: SyntaxError, _ items: inout [Item]) {
        self.hasFailed = true
        self.buffer = []
        (self.start, self.searched) = (0, 0)
        items.append(.malformed(error))
    }

    /// Line ends between messages are skipped; whether a message may begin.
    private mutating func skipLineEnds(_ items: inout [Item]) -> Bool {
        let ping: InlineArray<4, UInt8> = [0x0D, 0x0A, 0x0D, 0x0A]
        while self.start < self.buffer.count {
            guard self.buffer[self.start] == 0x0D || self.buffer[self.start] == 0x0A else {
                self.searched = max(self.searched, self.start)
                return true
            }
            var matching = 0
            while matching < 4, self.start + matching < self.buffer.count,
                self.buffer[self.start + matching] == ping[matching]
            {
                matching += 1
            }
            if matching == 4 {
                items.append(.ping)
                self.start += 4
            } else if matching > 0, self.start + matching == self.buffer.count {
                return false  // perhaps the beginning of a ping
            } else {
                self.start += 1
            }
        }
        return false
    }

    /// The index behind the empty line that ends a header section.
    private static func headerEnd(_ bytes: [UInt8], from start: Int, searched: inout Int) -> Int? {
        let bytes = bytes.span
        var index = max(start, searched - 3)
        while let lineEnd = bytes.firstIndex(of: 0x0A, in: index..<bytes.count) {
            index = lineEnd + 1
            if index < bytes.count, bytes[index] == 0x0A { return index + 1 }
            if index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A { return index + 2 }
        }
        searched = bytes.count
        return nil
    }
}
