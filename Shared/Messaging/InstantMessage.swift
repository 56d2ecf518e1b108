/// A text message ([RFC 7572](https://www.rfc-editor.org/rfc/rfc7572)).
public struct InstantMessage: Equatable, Sendable {
    /// How the sender meant it: the `type` of an XMPP message
    /// ([RFC 6121 §5.2.2](https://www.rfc-editor.org/rfc/rfc6121#section-5.2.2)).
    public enum Kind: Equatable, Sendable, CaseIterable { case normal, chat, headline }

    public let kind: Kind
    /// The text, in one or several languages; never empty.
    public let body: [LocalizedText]
    public let subject: [LocalizedText]
    /// The conversation: XMPP's `<thread/>`, SIP's `Call-ID`.
    public let thread: String?
    /// The id by which the sender knows this message (stanza id, IMDN Message-ID), for receipts and errors.
    public let originID: String?
    /// Whether the sender asked to be told of its delivery (XEP-0184, RFC 5438).
    public let wantsReceipt: Bool
    /// The typing state that came along with it, if any (XEP-0085).
    public let composition: Composition.State?

    public init(
        kind: Kind,
        body: [LocalizedText],
        subject: [LocalizedText] = [],
        thread: String? = nil,
        originID: String? = nil,
        wantsReceipt: Bool = false,
        composition: Composition.State? = nil
    ) {
        self.kind = kind
        self.body = body
        self.subject = subject
        self.thread = thread
        self.originID = originID
        self.wantsReceipt = wantsReceipt
        self.composition = composition
    }
}
