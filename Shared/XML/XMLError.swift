/// Why bytes were not taken as XML.
public enum XMLError: Error, Equatable, Hashable, Sendable {
    /// Not well-formed, not UTF-8, or a namespace prefix that was never declared.
    case notWellFormed
    /// Well-formed, but with what XMPP forbids: a DTD, an entity, a processing instruction, a comment
    /// ([RFC 6120 §11.1](https://www.rfc-editor.org/rfc/rfc6120#section-11.1)).
    case restricted
    /// Declared to be in another encoding than UTF-8.
    case unsupportedEncoding
    /// More than the ``XMLLimits`` allow.
    case tooLarge(Limit)
    /// The document ended early, or has no element at all.
    case incomplete

    /// Which limit was exceeded.
    public enum Limit: String, Equatable, Hashable, Sendable, CaseIterable {
        case bytes, elements, attributes, depth, text, streamBytes = "stream-bytes", memory
    }
}
