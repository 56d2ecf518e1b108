/// Text in one language; several of them are alternatives of the same text.
public struct LocalizedText: Equatable, Hashable, Sendable {
    /// A [BCP 47](https://www.rfc-editor.org/rfc/rfc5646) tag, or `nil` when the sender named none.
    public let language: String?
    public let text: String

    public init(_ text: String, language: String? = nil) {
        self.language = language
        self.text = text
    }
}
