internal import Messaging
internal import XML

/// `application/im-iscomposing+xml`: [RFC 3994](https://www.rfc-editor.org/rfc/rfc3994) ⇄ the chat states of XEP-0085.
enum IsComposing {
    static let mediaType = "application/im-iscomposing+xml"
    private static let namespace = "urn:ietf:params:xml:ns:im-iscomposing"

    /// [RFC 7573 §6](https://www.rfc-editor.org/rfc/rfc7573#section-6), table 3; a state that is not “active” is “idle”
    /// ([RFC 3994 §3.5](https://www.rfc-editor.org/rfc/rfc3994#section-3.5)).
    ///
    /// `nil` for bytes that are no such document.
    static func read(_ bytes: [UInt8], thread: String?) -> Composition? {
        guard let root = try? XMLDocument.parse(bytes), root.is("isComposing", self.namespace),
            let state = root.child("state", self.namespace)?.text.trimmed
        else { return nil }
        let refresh = root.child("refresh", self.namespace).flatMap { UInt32($0.text.trimmed) }
        return Composition(state: state == "active" ? .composing : .active, thread: thread, refresh: refresh)
    }

    /// Table 4 of the same; `nil` for `gone`, which has no counterpart outside a session.
    static func write(_ composition: Composition) -> [UInt8]? {
        let state: String
        switch composition.state {
        case .composing: state = "active"
        case .active, .paused, .inactive: state = "idle"
        case .gone: return nil
        }
        var elements = [
            XMLElement("state", namespace: self.namespace, text: state),
            XMLElement("contenttype", namespace: self.namespace, text: "text/plain"),
        ]
        if composition.state == .composing, let refresh = composition.refresh {
            elements.append(XMLElement("refresh", namespace: self.namespace, text: String(refresh)))
        }
        return XMLBytes.document(XMLElement("isComposing", namespace: self.namespace, elements: elements))
    }
}

/// Documents for the body of a SIP request.
enum XMLBytes {
    static func document(_ root: XMLElement) -> [UInt8] {
        var writer = XMLWriter()
        writer.write(markup: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        writer.write(root)
        return writer.bytes
    }
}
