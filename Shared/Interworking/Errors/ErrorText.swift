/// The words of an error, as they may be passed on: a peer wrote them, and another will read them.
enum ErrorText {
    /// Bytes of an error's text; nobody reads more, and it stands in one header field.
    static let maximumBytes = 256

    /// Without line ends and what XML forbids, and not too long.
    static func bounded(_ text: String) -> String {
        let text = XMLText.cleaned(HeaderText.oneLine(text))
        guard text.utf8.count > self.maximumBytes else { return text }
        var bytes = 0
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix {
                    bytes += $0.utf8.count; return bytes <= self.maximumBytes
                }
            )
        )
    }

    /// A `quoted-string` ([RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1)).
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in self.bounded(text).unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
