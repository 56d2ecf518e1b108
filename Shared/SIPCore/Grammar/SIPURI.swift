/// A SIP or SIPS URI ([RFC 3261 §19.1](https://www.rfc-editor.org/rfc/rfc3261#section-19.1)).
public struct SIPURI: Hashable, Sendable {
    public enum Scheme: String, Hashable, Sendable { case sip, sips }

    /// A parameter; its name in lower case, its value as it is written.
    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String?

        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    public var scheme: Scheme
    /// The user part as it is written, with its escapes and without a password; `nil` when there is none.
    public var rawUser: String?
    /// A host name in lower case, an IPv4 address, or an IPv6 address in brackets.
    public var host: String
    public var port: UInt16?
    public var parameters: [Parameter]
    /// What follows the question mark, as it is written.
    public var headers: String?

    public init(
        _ scheme: Scheme = .sip,
        user: String?,
        host: String,
        port: UInt16? = nil,
        parameters: [Parameter] = [],
        headers: String? = nil
    ) {
        self.scheme = scheme
        self.rawUser = user.map(PercentEncoding.encodeUser)
        self.host = host
        self.port = port
        self.parameters = parameters
        self.headers = headers
    }

    /// Reads a URI that fills `text`.
    public init(parsing text: String) throws(SIPURIError) { try self.init(filling: Scanner(text)) }

    /// Reads a URI that fills all of `scanner`.
    init(filling scanner: Scanner) throws(SIPURIError) {
        var scanner = scanner
        self = try Self(&scanner)
        guard scanner.isAtEnd else { throw SIPURIError(.unexpectedCharacter, offset: scanner.position) }
    }

    /// The user part without its escapes.
    public var user: String? { self.rawUser.flatMap { PercentEncoding.decode($0) } }

    public func parameter(_ name: String) -> Parameter? { self.parameters.first { $0.name == name } }
    public func hasParameter(_ name: String) -> Bool { self.parameter(name) != nil }
}

/// Why a text is not a SIP URI, and where.
public struct SIPURIError: Error, Equatable, Sendable {
    public enum Reason: String, Equatable, Sendable {
        case unknownScheme = "not a sip or sips URI"
        case emptyUser = "the user part is empty"
        case badEscape = "a percent escape is cut short"
        case badHost = "not a host name or address"
        case badPort = "not a port"
        case unexpectedCharacter = "a character that may not stand here"
        case duplicateParameter = "a parameter stands twice"
    }

    public let reason: Reason
    /// In bytes from the beginning of the URI.
    public let offset: Int

    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension SIPURIError: CustomStringConvertible {
    public var description: String { "\(self.reason.rawValue) (at byte \(self.offset))" }
}

extension SIPURI: CustomStringConvertible {
    public var description: String {
        var text = "\(self.scheme.rawValue):"
        if let user = self.rawUser { text += "\(user)@" }
        text += self.host
        if let port = self.port { text += ":\(port)" }
        for parameter in self.parameters {
            text += ";\(parameter.name)"
            if let value = parameter.value { text += "=\(value)" }
        }
        if let headers = self.headers { text += "?\(headers)" }
        return text
    }
}
