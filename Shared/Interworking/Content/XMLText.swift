/// Whether a text may stand in an XML document: what an XMPP stream, shared by many, must never be given otherwise.
enum XMLText {
    /// [XML 1.0 §2.2](https://www.w3.org/TR/xml/#charsets): no control character but tab, line feed and carriage return,
    /// neither U+FFFE nor U+FFFF. (A Swift string has no surrogates.)
    static func isAllowed(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            for index in bytes.indices {
                let byte = bytes[index]
                if byte < 0x20 {
                    guard byte == 0x09 || byte == 0x0A || byte == 0x0D else { return false }
                } else if byte == 0xEF {
                    // EF BF BE and EF BF BF are the two noncharacters; a lead byte is always followed by its trail.
                    if bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE { return false }
                }
            }
            return true
        }
    }

    /// The text without what XML forbids, for text that is only a comment to something else.
    static func cleaned(_ text: String) -> String {
        guard !self.isAllowed(text) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter {
                    $0.value >= 0x20 ? $0.value != 0xFFFE && $0.value != 0xFFFF : [0x09, 0x0A, 0x0D].contains($0.value)
                }
            )
        )
    }
}
