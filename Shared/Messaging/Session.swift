/// A conversation with a beginning and an end ([RFC 7573](https://www.rfc-editor.org/rfc/rfc7573)).
public struct Session: Equatable, Sendable {
    /// What both edges call it: XMPP's `<thread/>`, SIP's `Call-ID`.
    public let thread: String

    public init(thread: String) { self.thread = thread }
}
