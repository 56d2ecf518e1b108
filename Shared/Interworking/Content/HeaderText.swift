/// Text that is to stand in one header field or one attribute.
enum HeaderText {
    /// The text, if it is neither empty nor too long and has no control character.
    static func bounded(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= InterworkingLimits.headerText,
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return text
    }

    /// On one line: control characters are spaces.
    static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 })
        )
    }
}
