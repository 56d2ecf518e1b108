/// A language tag as it may be written into a header field or an attribute.
enum LanguageTag {
    /// Longer ones are no language but an attempt at something.
    static let maximumLength = 35

    /// The tag, if it has the form of one ([RFC 5646 §2.1](https://www.rfc-editor.org/rfc/rfc5646#section-2.1)): letters,
    /// digits, hyphens; so that no value of an `xml:lang` can ever end a header field.
    static func checked(_ text: String?) -> String? {
        guard let text, (1...self.maximumLength).contains(text.utf8.count) else { return nil }
        var subtag = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
                subtag += 1
                guard subtag <= 8 else { return nil }
            case UInt8(ascii: "-"):
                guard subtag > 0 else { return nil }
                subtag = 0
            default:
                return nil
            }
        }
        return subtag > 0 ? text : nil
    }

    /// The first tag of a `Content-Language`: we say one thing in one language.
    static func first(inHeader value: String?) -> String? {
        guard let value else { return nil }
        return self.checked(String(value.prefix { $0 != "," }.trimmed))
    }
}
