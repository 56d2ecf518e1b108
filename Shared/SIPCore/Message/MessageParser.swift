/// Reads one message; strict, because two readers of one message must never understand two things.
public struct MessageParser: Sendable {
    public let limits: MessageLimits

    public init(limits: MessageLimits = MessageLimits()) { self.limits = limits }

    /// Reads the header section in `header`, which ends with its empty line, and puts `body` to it.
    func parse(header: ArraySlice<UInt8>, body: ArraySlice<UInt8>) throws(SyntaxError) -> Message {
        let bytes = header.span
        var lines = HeaderLines(limit: self.limits.lineBytes)
        guard case .plain(let start)? = try lines.next(of: bytes) else { throw SyntaxError(.startLine) }
        if let status = try StartLine.status(bytes, start) {
            var headers = try self.fields(&lines, bytes)
            headers.remember(try self.check(headers, method: nil))
            return .response(Response(status, headers: headers, body: Array(body)))
        }
        let line = try StartLine.request(bytes, start)
        var headers = try self.fields(&lines, bytes)
        do throws(SyntaxError) {
            guard line.isVersion2 else { throw SyntaxError(.version) }
            guard line.isValidURI else { throw SyntaxError(.requestURI) }
            headers.remember(try self.check(headers, method: line.method))
        } catch {
            var error = error
            error.request = Request(line.method, target: line.target, headers: headers, body: Array(body))
            throw error
        }
        return .request(Request(line.method, target: line.target, headers: headers, body: Array(body)))
    }

    private func fields(_ lines: inout HeaderLines, _ bytes: Span<UInt8>) throws(SyntaxError) -> Headers {
        var headers = Headers()
        headers.fields.reserveCapacity(16)
        while let line = try lines.next(of: bytes) {
            guard headers.fields.count < self.limits.headerCount else { throw SyntaxError(.tooManyHeaders) }
            switch line {
            case .plain(let range): headers.fields.append(try Self.field(bytes, range))
            case .unfolded(let copy): headers.fields.append(try Self.field(copy.span, 0..<copy.count))
            }
        }
        return headers
    }

    /// `field-name HCOLON field-value`; white space may stand before the colon and is no part of the name
    /// (CVE-2020-28361).
    private static func field(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SyntaxError) -> Headers.Field {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: line) else { throw SyntaxError(.headerLine) }
        var end = colon
        while end > line.lowerBound, bytes[end - 1].isSIPSpace { end -= 1 }
        guard end > line.lowerBound else { throw SyntaxError(.headerLine) }
        for index in line.lowerBound..<end {
            guard bytes[index].isSIPToken else { throw SyntaxError(.headerLine) }
        }
        guard let value = bytes.text(bytes.trimmed(colon + 1..<line.upperBound)) else { throw SyntaxError(.characters) }
        if let known = HeaderName.known(bytes.extracting(line.lowerBound..<end)) { return Headers.Field(known, value) }
        guard let name = bytes.text(line.lowerBound..<end) else { throw SyntaxError(.headerLine) }
        return Headers.Field(HeaderName(name), value)
    }

    /// What must be there once, and how.
    private func check(_ headers: Headers, method: Method?) throws(SyntaxError) -> CoreFields {
        try Self.checkNumbers(of: headers)
        guard let from = headers.from else { throw SyntaxError(.headerValue, field: .from) }
        guard let to = headers.to else { throw SyntaxError(.headerValue, field: .to) }
        // An empty tag names nobody (CVE-2018-14767).
        guard from.tag?.isEmpty != true, !from.hasValuelessTag else { throw SyntaxError(.headerValue, field: .from) }
        guard to.tag?.isEmpty != true, !to.hasValuelessTag else { throw SyntaxError(.headerValue, field: .to) }
        guard headers.callID?.isEmpty == false else { throw SyntaxError(.headerValue, field: .callID) }
        guard let cSeq = headers.cSeq else { throw SyntaxError(.headerValue, field: .cSeq) }
        let top = try self.checkVias(of: headers)
        if headers[.contentType] != nil, headers.contentType == nil {
            throw SyntaxError(.headerValue, field: .contentType)
        }
        for field in headers.fields where field.name.isNumber {
            guard DecimalNumber.parse(field.value) != nil else { throw SyntaxError(.headerValue, field: field.name) }
        }
        if let method {
            guard cSeq.method == method else { throw SyntaxError(.methodMismatch) }
            // RFC 3261 §8.1.1.7. What RFC 2543 called a branch names no transaction: two requests could share it.
            guard top.branch?.hasMagicCookie == true else { throw SyntaxError(.branch) }
            // Whoever sends to us does so by one of these; behind the topmost Via stands what others have used.
            guard Via.isOurs(top.transport) else { throw SyntaxError(.headerValue, field: .via) }
        }
        return CoreFields(from: from, to: to, cSeq: cSeq, topVia: top)
    }

    private static func checkNumbers(of headers: Headers) throws(SyntaxError) {
        var seen: UInt64 = 0
        for field in headers.fields {
            let bit = field.name.singleBit
            guard seen & bit == 0 else { throw SyntaxError(.headerDuplicated, field: field.name) }
            seen |= bit
        }
        guard headers[.via] != nil else { throw SyntaxError(.headerMissing, field: .via) }
        for name in HeaderName.mandatory where seen & name.singleBit == 0 {
            throw SyntaxError(.headerMissing, field: name)
        }
    }

    private func checkVias(of headers: Headers) throws(SyntaxError) -> Via {
        var top: Via?
        var count = 0
        for field in headers.fields where field.name == .via {
            guard let list = Via.list(parsing: field.value) else { throw SyntaxError(.headerValue, field: .via) }
            count += list.count
            guard count <= self.limits.viaCount else { throw SyntaxError(.tooManyHeaders, field: .via) }
            top = top ?? list.first
        }
        guard let top else { throw SyntaxError(.headerMissing, field: .via) }
        return top
    }
}

extension NameAddress {
    fileprivate var hasValuelessTag: Bool { self.parameter("tag").map { $0.value == nil } ?? false }
}

extension String {
    fileprivate var hasMagicCookie: Bool {
        self.utf8.count > Via.magicCookie.utf8.count && self.utf8.starts(with: Via.magicCookie.utf8)
    }
}
