extension SIPURI {
    /// Reads a URI; what follows it is left.
    init(_ scanner: inout Scanner) throws(SIPURIError) {
        let start = scanner.position
        if scanner.skip(caseInsensitive: "sips:") {
            self.scheme = .sips
        } else if scanner.skip(caseInsensitive: "sip:") {
            self.scheme = .sip
        } else {
            throw SIPURIError(.unknownScheme, offset: start)
        }
        self.rawUser = try Self.user(&scanner)
        self.host = try Self.host(&scanner)
        self.port = try Self.port(&scanner)
        self.parameters = try Self.parameters(&scanner)
        self.headers = nil
        if scanner.skip(UInt8(ascii: "?")) {
            self.headers = scanner.take {
                $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\"") && $0 < 0x7F
            }
        }
    }

    /// The user part ends at the last character that cannot be part of a host: an at sign before any of `<>"` and space.
    private static func user(_ scanner: inout Scanner) throws(SIPURIError) -> String? {
        guard
            let at = scanner.offset(
                of: UInt8(ascii: "@"),
                before: { $0 <= 0x20 || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "\"") }
            )
        else { return nil }
        let start = scanner.position
        guard at > start else { throw SIPURIError(.emptyUser, offset: start) }
        var end = at
        while scanner.position < at, let byte = scanner.peek {
            if byte == UInt8(ascii: "%") {
                guard scanner.isEscape else { throw SIPURIError(.badEscape, offset: scanner.position) }
                scanner.advance(3)
            } else if byte.isSIPUser {
                scanner.advance(1)
            } else if byte == UInt8(ascii: ":"), scanner.position > start {
                end = scanner.position  // a password, which RFC 3261 §19.1.1 recommends against; it is not kept
                break
            } else {
                throw SIPURIError(.unexpectedCharacter, offset: scanner.position)
            }
        }
        let user = scanner.text(from: start, to: end)
        scanner.move(to: at + 1)
        return user
    }

    /// `hostname / IPv4address / IPv6reference`.
    static func host(_ scanner: inout Scanner) throws(SIPURIError) -> String {
        let start = scanner.position
        if scanner.skip(UInt8(ascii: "[")) {
            let address = scanner.take { $0.isSIPHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
            guard IPv6Syntax.isValid(address), scanner.skip(UInt8(ascii: "]")) else {
                throw SIPURIError(.badHost, offset: start)
            }
            return "[\(address.asciiLowercased)]"
        }
        let host = scanner.take { $0.isSIPAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard HostSyntax.isValid(host) else { throw SIPURIError(.badHost, offset: start) }
        return host.asciiLowercased
    }

    static func port(_ scanner: inout Scanner) throws(SIPURIError) -> UInt16? {
        guard scanner.skip(UInt8(ascii: ":")) else { return nil }
        let start = scanner.position
        let digits = scanner.take { $0.isSIPDigit }
        guard let port = UInt16(digits), port > 0 else { throw SIPURIError(.badPort, offset: start) }
        return port
    }

    private static func parameters(_ scanner: inout Scanner) throws(SIPURIError) -> [Parameter] {
        var parameters: [Parameter] = []
        while scanner.peek == UInt8(ascii: ";") {
            scanner.advance(1)
            let start = scanner.position
            let name = try self.parameterText(&scanner).asciiLowercased
            guard !name.isEmpty else { throw SIPURIError(.unexpectedCharacter, offset: start) }
            guard !parameters.contains(where: { $0.name == name }) else {
                throw SIPURIError(.duplicateParameter, offset: start)
            }
            let value = scanner.skip(UInt8(ascii: "=")) ? try self.parameterText(&scanner) : nil
            parameters.append(Parameter(name, value))
        }
        return parameters
    }

    private static func parameterText(_ scanner: inout Scanner) throws(SIPURIError) -> String {
        let start = scanner.position
        while let byte = scanner.peek {
            if byte == UInt8(ascii: "%") {
                guard scanner.isEscape else { throw SIPURIError(.badEscape, offset: scanner.position) }
                scanner.advance(3)
            } else if byte.isSIPParameter {
                scanner.advance(1)
            } else {
                break
            }
        }
        return scanner.text(from: start, to: scanner.position)
    }
}
