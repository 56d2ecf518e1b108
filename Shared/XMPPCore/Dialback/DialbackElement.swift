import XML

/// One element of server dialback ([XEP-0220 §2](https://xmpp.org/extensions/xep-0220.html#protocol)), its domains prepared.
struct DialbackElement: Equatable {
    enum Content: Equatable {
        /// A key: of a request.
        case key(String)
        /// An answer.
        case outcome(DialbackOutcome)
    }

    /// `verify` or `result`.
    let isVerify: Bool
    let from: String
    let to: String
    /// The stream the key was made for; only of `verify`.
    let id: String?
    let content: Content

    /// Reads an element of the namespace of dialback; `nil` if it makes no sense.
    init?(_ element: XMLElement) {
        guard element.namespace == Namespace.dialback, element.name == "verify" || element.name == "result",
            let from = element.attribute("from").flatMap(Self.domain),
            let to = element.attribute("to").flatMap(Self.domain)
        else { return nil }
        self.isVerify = element.name == "verify"
        self.from = from
        self.to = to
        self.id = element.attribute("id")
        guard !self.isVerify || self.id != nil else { return nil }
        switch element.attribute("type") {
        case nil:
            guard !element.text.isEmpty else { return nil }
            self.content = .key(element.text)
        case "valid": self.content = .outcome(.valid)
        case "invalid": self.content = .outcome(.invalid)
        case "error":
            let error = element.elements.first { $0.name == "error" }.map { StanzaError($0) }
            self.content = .outcome(.failed(error ?? StanzaError(.undefinedCondition)))
        default: return nil
        }
    }

    static func domain(_ text: String) -> String? {
        guard let jid = try? JID(parsing: text), jid.local == nil, jid.resource == nil else { return nil }
        return jid.domain
    }

    /// `<db:result>` with a key.
    static func result(from: String, to: String, key: String) -> XMLElement {
        self.element("result", from: from, to: to, id: nil, text: key)
    }

    /// `<db:verify>` with a key.
    static func verify(from: String, to: String, id: String, key: String) -> XMLElement {
        self.element("verify", from: from, to: to, id: id, text: key)
    }

    /// The answer to a `<db:result>`, or with an id to a `<db:verify>`.
    static func answer(from: String, to: String, id: String? = nil, _ outcome: DialbackOutcome) -> XMLElement {
        var element = self.element(id == nil ? "result" : "verify", from: from, to: to, id: id, text: "")
        switch outcome {
        case .valid: element.attributes.append(.init("type", "valid"))
        case .invalid: element.attributes.append(.init("type", "invalid"))
        case .failed(let error):
            element.attributes.append(.init("type", "error"))
            element.children = [.element(error.element)]
        }
        return element
    }

    private static func element(_ name: String, from: String, to: String, id: String?, text: String) -> XMLElement {
        var element = XMLElement(name, namespace: Namespace.dialback, text: text)
        element.attributes = [.init("from", Domainpart.display(from)), .init("to", Domainpart.display(to))]
        if let id { element.attributes.append(.init("id", id)) }
        return element
    }
}

/// What came of the verification of a key.
public enum DialbackOutcome: Equatable, Sendable {
    case valid
    case invalid
    /// It could not be found out.
    case failed(StanzaError)
}
