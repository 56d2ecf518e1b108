/// The few questions about names that records raise.
enum DomainText {
    /// Whether `name` is a host name of letters, digits and hyphens with at least two labels
    /// ([RFC 1123 §2.1](https://www.rfc-editor.org/rfc/rfc1123#section-2.1)).
    static func isHostName(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count > 1 && name.utf8.count <= 253 && labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { byte in
                    switch UnicodeScalar(byte) {
                    case "a"..."z", "0"..."9", "-": true
                    default: false
                    }
                }
        }
    }

    /// Whether `name` is `parent` or below it.
    static func isName(_ name: String, within parent: String) -> Bool {
        name == parent || name.hasSuffix("." + parent)
    }
}
