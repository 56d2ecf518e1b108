/// A SIP request.
public struct Request: Equatable, Sendable {
    /// Where a request goes: mostly a SIP URI; others (`tel:` …) are kept as they are written.
    public enum Target: Equatable, Sendable, CustomStringConvertible {
        case sip(SIPURI)
        case other(String)

        public var description: String {
            switch self {
            case .sip(let uri): uri.description
            case .other(let text): text
            }
        }
    }

    public var method: Method
    public var target: Target
    public var headers: Headers
    public var body: [UInt8]

    public init(_ method: Method, target: Target, headers: Headers = Headers(), body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    public init(_ method: Method, uri: SIPURI, headers: Headers = Headers(), body: [UInt8] = []) {
        self.init(method, target: .sip(uri), headers: headers, body: body)
    }

    /// The Request-URI, `nil` when it is no SIP URI.
    public var requestURI: SIPURI? { if case .sip(let uri) = self.target { uri } else { nil } }

    /// A response to this request with what every response repeats
    /// ([RFC 3261 §8.2.6.2](https://www.rfc-editor.org/rfc/rfc3261#section-8.2.6.2)).
    ///
    /// - Parameters:
    ///   - status: What the response says.
    ///   - tag: Put on To when it has none and the response is not a 100.
    /// - Returns: The response, without a body.
    public func response(_ status: Status, tag: String?) -> Response {
        var headers = Headers()
        for field in self.headers.fields
        where field.name == .via || field.name == .from || field.name == .callID || field.name == .cSeq {
            headers.fields.append(field)
        }
        if var to = self.headers[.to] {
            if let tag, status.code > 100, self.headers.to?.tag == nil { to += ";tag=\(tag)" }
            headers.append(.to, to)
        }
        return Response(status, headers: headers)
    }
}

/// A SIP response.
public struct Response: Equatable, Sendable {
    public var status: Status
    public var headers: Headers
    public var body: [UInt8]

    public init(_ status: Status, headers: Headers = Headers(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var isFinal: Bool { !self.status.isProvisional }
}

/// What arrives on a connection.
public enum Message: Equatable, Sendable {
    case request(Request)
    case response(Response)
}
