public import SIPCore

/// What a SIP user is called, as the From of a request says ([RFC 3261 §20.10](https://www.rfc-editor.org/rfc/rfc3261#section-20.10)).
public enum DisplayName {
    /// Bytes of a name: longer ones are no name, and are left out.
    public static let longest = 256

    /// `nil` where the request gives none, or one that no XML may hold.
    public static func read(_ headers: Headers) -> String? {
        // The header is parsed only for those who give a name.
        guard let written = headers[.from]?.utf8.first, written != UInt8(ascii: "<"),
            let name = headers.from?.displayName
        else { return nil }
        let text = HeaderText.oneLine(name).trimmed
        guard !text.isEmpty, text.utf8.count <= self.longest, XMLText.isAllowed(text) else { return nil }
        return text
    }
}
