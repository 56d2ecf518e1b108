/// The proof of a name for a CA, as a TXT record at `_acme-challenge.<name>`
/// ([RFC 8555 §8.4](https://www.rfc-editor.org/rfc/rfc8555#section-8.4)).
public struct DNSChallenge: Equatable, Hashable, Sendable {
    public var name: String
    /// The text of the record.
    public var text: String
    /// Whether it is taken away.
    public var isRemoval: Bool

    public init(name: String, text: String, isRemoval: Bool = false) {
        self.name = name
        self.text = text
        self.isRemoval = isRemoval
    }
}
