import XML

/// SASL EXTERNAL: the identity is the one of the TLS certificate
/// ([RFC 6120 §6](https://www.rfc-editor.org/rfc/rfc6120#section-6), [XEP-0178 §3](https://xmpp.org/extensions/xep-0178.html#s2s)).
enum ExternalMechanism {
    static let name = "EXTERNAL"

    /// The failure conditions of [RFC 6120 §6.5](https://www.rfc-editor.org/rfc/rfc6120#section-6.5) that can arise here.
    enum Failure: String, Equatable {
        case aborted
        case incorrectEncoding = "incorrect-encoding"
        case invalidAuthzid = "invalid-authzid"
        case invalidMechanism = "invalid-mechanism"
        case malformedRequest = "malformed-request"
        case notAuthorized = "not-authorized"
    }

    /// `<auth/>` with our domain as authorization identity.
    static func auth(as domain: String) -> XMLElement {
        XMLElement(
            "auth",
            namespace: Namespace.sasl,
            attributes: [.init("mechanism", Self.name)],
            text: Base64.encode(Domainpart.display(domain).utf8)
        )
    }

    /// Whether the initial response `text` claims `domain`, which the certificate was found to name.
    ///
    /// XEP-0178 §3: it is empty (`=`), or the very `from` of the stream.
    static func check(_ text: String, domain: String) -> Failure? {
        if text == "=" || text.isEmpty { return nil }
        guard let bytes = Base64.decode(text), let name = String(validating: bytes, as: UTF8.self) else {
            return .incorrectEncoding
        }
        guard !name.isEmpty else { return nil }
        guard let jid = try? JID(parsing: name), jid.local == nil, jid.resource == nil, jid.domain == domain else {
            return .invalidAuthzid
        }
        return nil
    }

    static func failure(_ failure: Failure, text: String? = nil) -> XMLElement {
        var elements = [XMLElement(failure.rawValue, namespace: Namespace.sasl)]
        if let text {
            elements.append(
                XMLElement(
                    "text",
                    namespace: Namespace.sasl,
                    attributes: [.init("lang", "en", namespace: XMLElement.xmlNamespace)],
                    text: text
                )
            )
        }
        return XMLElement("failure", namespace: Namespace.sasl, elements: elements)
    }

    /// A peer's `<failure/>` in words.
    static func describe(_ failure: XMLElement) -> String {
        let condition = failure.elements.first { $0.name != "text" }?.name ?? "no reason given"
        return failure.child("text", Namespace.sasl).map { "\(condition): \($0.text)" } ?? condition
    }
}
