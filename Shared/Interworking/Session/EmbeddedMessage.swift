internal import Messaging
internal import SIPCore

/// The first message of a session, carried in its INVITE as a header field:
/// `ms-text-format: text/plain; charset=UTF-8; ms-body=SGVsbG8=`.
///
/// It is read apart from all other fields with parameters, for base64 has characters that no parameter may have.
enum EmbeddedMessage {
    static let header = HeaderName("ms-text-format")

    /// Bytes of a text that we put there; longer ones follow as a MESSAGE, for this is one header field.
    static let maximumText = 4096

    /// What the field says; `nil` where there is none that we can read: then the peer sends it again as a MESSAGE, and there
    /// is told what is wrong with it.
    static func read(_ headers: Headers, thread: String?) -> MessageContent.Text? {
        for value in headers.all(self.header) {
            let parts = value.split(separator: ";").map { $0.trimmed }
            guard let type = parts.first, !type.isEmpty else { continue }
            var body: [UInt8]?
            var charset: String?
            for part in parts.dropFirst() {
                guard let equals = part.firstIndex(of: "=") else { continue }
                let text = part[part.index(after: equals)...]
                switch part[..<equals].lowercased() {
                case "ms-body": body = EmbeddedBase64.decode(text)
                case "charset": charset = String(text.filter { $0 != "\"" })
                // `msgr` is what the text should look like.
                default: break
                }
            }
            let media = charset.map { "\(type);charset=\($0)" } ?? String(type)
            guard let body, !body.isEmpty, let parsed = MediaType(parsing: media),
                case .text(let text)? = try? MessageContent.read(body[...], type: parsed, language: nil, thread: thread)
            else { continue }
            return text
        }
        return nil
    }

    /// The field; `nil` for a text that is too long for one.
    static func write(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= self.maximumText else { return nil }
        return "text/plain; charset=UTF-8; ms-body=\(EmbeddedBase64.encode(text.utf8))"
    }
}
