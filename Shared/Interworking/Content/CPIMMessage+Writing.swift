internal import Messaging
internal import Presence

extension CPIMMessage {
    /// A text that asks for a notification of its delivery ([RFC 5438 §7.1.1](https://www.rfc-editor.org/rfc/rfc5438#section-7.1.1)).
    static func write(
        _ text: LocalizedText,
        id: String,
        subject: String?,
        from: String,
        to: String,
        sentAt: Int64
    ) -> [UInt8] {
        // RFC 5438 §7.1.1.2: who wants a notification says when.
        var head = "From: <\(from)>\r\nTo: <\(to)>\r\nDateTime: \(Timestamp.format(sentAt))\r\n"
        if let subject { head += "Subject: \(self.escape(subject))\r\n" }
        head += "NS: imdn <\(self.imdnNamespace)>\r\nimdn.Message-ID: \(self.escape(id))\r\n"
        head += "imdn.Disposition-Notification: positive-delivery, negative-delivery\r\n\r\n"
        head += "Content-Type: text/plain;charset=UTF-8\r\n"
        if let language = LanguageTag.checked(text.language) { head += "Content-Language: \(language)\r\n" }
        return Array("\(head)\r\n\(text.text)".utf8)
    }
}
