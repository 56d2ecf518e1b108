/// The first line of a message ([RFC 3261 §7.1, §7.2](https://www.rfc-editor.org/rfc/rfc3261#section-7.1)).
enum StartLine {
    /// What a request line says, as far as it can be read.
    struct RequestLine {
        let method: Method
        let target: Request.Target
        let isVersion2: Bool
        let isValidURI: Bool
    }

    /// `SIP/2.0 200 OK`; `nil` when the line is no status line.
    static func status(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SyntaxError) -> Status? {
        guard self.isVersion(bytes, line, prefix: "sip/") else { return nil }
        // `SIP/2.0 SP 3DIGIT SP` and the reason, which may be empty
        guard self.isVersion(bytes, line, prefix: "sip/2.0"), line.count >= 11, bytes[line.lowerBound + 7] == 0x20
        else {
            throw SyntaxError(.version)
        }
        let digits = line.lowerBound + 8
        guard let text = bytes.text(digits..<digits + 3), let code = DecimalNumber.parse(text),
            (100..<700).contains(code), line.count == 11 || bytes[digits + 3] == 0x20
        else { throw SyntaxError(.startLine) }
        guard line.count > 12 else { return Status(Int(code), "") }
        guard let reason = bytes.text(digits + 4..<line.upperBound) else { throw SyntaxError(.characters) }
        return Status(Int(code), reason)
    }

    /// `MESSAGE sip:romeo@example.org SIP/2.0`, with exactly one space between the parts.
    static func request(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(SyntaxError) -> RequestLine {
        guard let first = bytes.firstIndex(of: 0x20, in: line),
            let second = bytes.firstIndex(of: 0x20, in: first + 1..<line.upperBound),
            bytes.firstIndex(of: 0x20, in: second + 1..<line.upperBound) == nil,
            self.isToken(bytes, line.lowerBound..<first), self.isVisible(bytes, first + 1..<second),
            self.isVersion(bytes, second + 1..<line.upperBound, prefix: "sip/"),
            let name = bytes.text(line.lowerBound..<first), let uri = bytes.text(first + 1..<second)
        else { throw SyntaxError(.startLine) }
        let version = second + 1..<line.upperBound
        let target = self.target(uri)
        return RequestLine(
            method: Method(name),
            target: target ?? .other(uri),
            isVersion2: version.count == 7 && self.isVersion(bytes, version, prefix: "sip/2.0"),
            isValidURI: target != nil
        )
    }

    private static func target(_ text: String) -> Request.Target? {
        do throws(SIPURIError) {
            let uri = try SIPURI(parsing: text)
            // RFC 3261 §19.1.1: headers have no place in a Request-URI; nobody shall put a Route into our requests.
            return uri.headers == nil ? .sip(uri) : nil
        } catch {
            guard error.reason == .unknownScheme, NameAddress.isAbsoluteURI(text) else { return nil }
            return .other(text)
        }
    }

    private static func isVersion(_ bytes: Span<UInt8>, _ range: Range<Int>, prefix: StaticString) -> Bool {
        guard range.count >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { expected in
            for index in expected.indices {
                let byte = bytes[range.lowerBound + index]
                guard (byte.isSIPAlpha ? byte | 0x20 : byte) == expected[index] else { return false }
            }
            return true
        }
    }

    private static func isToken(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range { guard bytes[index].isSIPToken else { return false } }
        return !range.isEmpty
    }

    private static func isVisible(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range { guard bytes[index] > 0x20, bytes[index] < 0x7F else { return false } }
        return !range.isEmpty
    }
}
