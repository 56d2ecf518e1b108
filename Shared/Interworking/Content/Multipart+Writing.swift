internal import Messaging

extension Multipart {
    /// A text in several languages, the first of which counts most: it comes last
    /// ([RFC 2046 §5.1.4](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4)).
    ///
    /// - Returns: the body, and a boundary that none of its lines begins with.
    static func alternatives(_ texts: [LocalizedText]) -> (boundary: String, body: [UInt8]) {
        var number = 0
        while texts.contains(where: { $0.text.contains("--isthmus-\(number)") }) { number += 1 }
        let boundary = "isthmus-\(number)"
        var body = ""
        for text in texts.reversed() {
            body += "--\(boundary)\r\nContent-Type: text/plain; charset=UTF-8\r\n"
            if let language = LanguageTag.checked(text.language) { body += "Content-Language: \(language)\r\n" }
            body += "\r\n\(text.text)\r\n"
        }
        return (boundary, Array("\(body)--\(boundary)--\r\n".utf8))
    }
}
