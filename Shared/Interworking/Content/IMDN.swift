internal import Messaging
internal import Presence
internal import XML

/// `message/imdn+xml`, what became of a message: [RFC 5438 §7.2](https://www.rfc-editor.org/rfc/rfc5438#section-7.2) ⇄ XEP-0184.
enum IMDN {
    static let mediaType = "message/imdn+xml"
    private static let namespace = "urn:ietf:params:xml:ns:imdn"

    /// What a notification says.
    enum Notification: Equatable {
        case receipt(DeliveryReceipt)
        /// “Processed” and “stored”: servers tell each other how far a message has come; nobody's screen shows it.
        case intermediate
    }

    /// `nil` for bytes that are no such document.
    static func read(_ bytes: [UInt8]) -> Notification? {
        guard let root = try? XMLDocument.parse(bytes), root.is("imdn", self.namespace),
            let id = HeaderText.bounded(root.child("message-id", self.namespace)?.text.trimmed)
        else { return nil }
        if root.child("processing-notification", self.namespace) != nil { return .intermediate }
        let isDisplay = root.child("display-notification", self.namespace) != nil
        let notification = root.child(isDisplay ? "display-notification" : "delivery-notification", self.namespace)
        guard let status = notification?.child("status", self.namespace)?.elements.first?.name else { return nil }
        let outcome: DeliveryReceipt.Outcome
        switch status {
        case "delivered": outcome = .delivered
        case "displayed": outcome = .displayed
        case "failed" where !isDisplay: outcome = .failed
        // “forbidden” and “error” are about the notification, not about the message (§7.2.1.1).
        default: return .intermediate
        }
        return .receipt(DeliveryReceipt(originID: id, outcome: outcome))
    }

    /// The notification as a whole CPIM message, which is how IMDNs travel (§7.2.1).
    ///
    /// - Parameters:
    ///   - outcome: What became of the message.
    ///   - reference: The message; what was sent without a time is said to be of now.
    ///   - id: The Message-ID of the notification itself, which every one has; nobody is asked for a notification of it.
    ///   - from: Whose notification it is.
    ///   - to: The sender of the message.
    ///   - time: Now.
    /// - Returns: The body.
    static func write(
        _ outcome: DeliveryReceipt.Outcome,
        of reference: IMDNReference,
        id: String,
        from: String,
        to: String,
        at time: Int64
    ) -> [UInt8] {
        let (notification, status) =
            switch outcome {
            case .delivered: ("delivery-notification", "delivered")
            case .failed: ("delivery-notification", "failed")
            case .displayed: ("display-notification", "displayed")
            }
        let now = Timestamp.format(time)
        let sentAt = reference.sentAt.isEmpty ? now : reference.sentAt
        let result = XMLElement(status, namespace: self.namespace)
        let statusElement = XMLElement("status", namespace: self.namespace, elements: [result])
        let elements = [
            XMLElement("message-id", namespace: self.namespace, text: reference.messageID),
            XMLElement("datetime", namespace: self.namespace, text: sentAt),
            XMLElement("recipient-uri", namespace: self.namespace, text: from),
            XMLElement("original-recipient-uri", namespace: self.namespace, text: from),
            XMLElement(notification, namespace: self.namespace, elements: [statusElement]),
        ]
        let document = XMLBytes.document(XMLElement("imdn", namespace: self.namespace, elements: elements))
        let bytes = Array(
            """
            From: <\(from)>\r
            To: <\(to)>\r
            DateTime: \(now)\r
            NS: imdn <\(CPIMMessage.imdnNamespace)>\r
            imdn.Message-ID: \(CPIMMessage.escape(id))\r
            \r
            Content-Type: \(self.mediaType)\r
            Content-Disposition: notification\r
            Content-Length: \(document.count)\r
            \r

            """.utf8
        )
        return bytes + document
    }
}
