/// The syntax of domain names, host names and patterns, as configurations may hold them.
public enum DomainName {
    /// [RFC 1035 §2.3.4](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4), less the root's label.
    static let maximumLength = 253
    static let maximumLabelLength = 63

    /// Lower case, without the dot of the root.
    public static func normalized(_ text: String) -> String {
        let folded = text.caseFolded
        return folded.hasSuffix(".") ? String(folded.dropLast()) : folded
    }

    /// What is wrong with `text` as a domain; `nil` when nothing is.
    public static func problem(with text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.contains(where: { $0 >= 0x80 }) {
            return "it is not ASCII; internationalised domains are written in their xn-- form"
        }
        if text.utf8.count > self.maximumLength { return "it is longer than \(self.maximumLength) characters" }
        if IPAddress(text) != nil { return "it is an IP address, not a domain" }
        for label in text.split(separator: ".", omittingEmptySubsequences: false) {
            if label.isEmpty { return "a label is empty" }
            if label.utf8.count > self.maximumLabelLength {
                return "the label “\(label)” is longer than \(self.maximumLabelLength) characters"
            }
            if label.first == "-" || label.last == "-" { return "the label “\(label)” begins or ends with a hyphen" }
            if !label.utf8.allSatisfy(self.isLetterDigitHyphen) {
                return "the label “\(label)” has characters other than letters, digits and hyphens"
            }
        }
        return nil
    }

    /// The same for a domain or `*.domain`.
    static func problem(withPattern text: String) -> String? {
        let name = text.hasPrefix(DomainPattern.wildcardPrefix) ? String(text.dropFirst(2)) : text
        return self.problem(with: name)
    }

    /// The same for `host` or `host:port`.
    static func problem(withHostPort text: String) -> String? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let port = UInt16(parts[1]), port > 0 else { return "“\(parts[1])” is not a port" }
        } else if parts.count > 2 {
            return "it has more than one colon"
        }
        return self.problem(with: String(parts[0]))
    }

    private static func isLetterDigitHyphen(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
