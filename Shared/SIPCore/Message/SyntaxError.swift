/// Why bytes are not a SIP message we take.
public struct SyntaxError: Error, Equatable, Sendable {
    public enum Reason: String, Equatable, Sendable, CaseIterable {
        case startLine = "the first line is neither a request nor a response"
        case version = "not SIP/2.0"
        case requestURI = "the Request-URI is malformed"
        case headerLine = "a header line is malformed"
        case headerMissing = "a mandatory header field is missing"
        case headerDuplicated = "a header field stands twice"
        case headerValue = "a header field's value is malformed"
        case contentLength = "Content-Length is malformed or does not match the body"
        case methodMismatch = "CSeq names another method"
        case branch = "the branch of the Via does not begin with z9hG4bK"
        case characters = "bytes that are not UTF-8, or NUL"
        case headerTooLong = "the header is too long"
        case tooManyHeaders = "too many header fields"
        case bodyTooLong = "the body is too long"
    }

    public let reason: Reason
    /// Which header field, where there is one.
    public let field: HeaderName?
    /// The message as far as it could be read, so that it can be answered: a request without its body.
    public var request: Request?
    /// Whether the next message on the same connection can still be found.
    public let isFramed: Bool

    public init(_ reason: Reason, field: HeaderName? = nil, request: Request? = nil, isFramed: Bool = true) {
        self.reason = reason
        self.field = field
        self.request = request
        self.isFramed = isFramed
    }

    /// What a request with this error is answered with.
    public var status: Status {
        switch self.reason {
        case .version: Status(505)
        case .bodyTooLong: Status(413)
        case .headerTooLong, .tooManyHeaders: Status(513)
        default: Status(400, "Bad Request (\(self.text))")
        }
    }

    public var text: String { self.field.map { "\(self.reason.rawValue): \($0)" } ?? self.reason.rawValue }
}
