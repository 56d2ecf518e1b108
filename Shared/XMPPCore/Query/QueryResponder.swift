import XML

/// Answers the queries addressed to the gateway itself or to users who are on its other side.
///
/// What is known is answered; everything else is `service-unavailable`
/// ([RFC 6120 §8.4](https://www.rfc-editor.org/rfc/rfc6120#section-8.4)): never silence.
public struct QueryResponder: Equatable, Sendable {
    /// The name and version told to peers (XEP-0092); the operating system is nobody's business.
    public let software: String
    public let version: String

    public init(software: String, version: String) {
        self.software = software
        self.version = version
    }

    /// The features of XEP-0030, in order.
    static let features = [
        Namespace.discoInfo, Namespace.discoItems, Namespace.version, Namespace.ping, Namespace.time,
    ]
    /// What a user behind the gateway can be sent.
    static let userFeatures = [
        Namespace.chatStates, Namespace.discoInfo, Namespace.version, Namespace.receipts, Namespace.vCard,
    ]

    /// The answer to `query`; `nil` if it is no request.
    ///
    /// `name` is what the user it is addressed to is called, where that is known and may be told; `utc` is the present as
    /// [XEP-0082](https://xmpp.org/extensions/xep-0082.html) writes it, without which nobody is told the time.
    public func answer(_ query: Stanza, name: String? = nil, utc: String? = nil) -> Stanza? {
        guard query.kind == .iq, let type = query.type else {
            return query.kind == .iq ? query.failed(StanzaError(.badRequest, text: "an IQ needs a type")) : nil
        }
        guard type == "get" || type == "set" else {
            // RFC 6120 §8.2.3: results and errors are not answered; anything else is no type.
            return type == "result" || type == "error" ? nil : query.failed(StanzaError(.badRequest))
        }
        guard query.id != nil, query.children.count == 1, let child = query.children.first else {
            return query.failed(StanzaError(.badRequest, text: "an IQ request needs an id and exactly one child"))
        }
        if type == "set", child.is("vCard", Namespace.vCard), query.to?.local != nil {
            // XEP-0054 §3.2: nobody changes what another one is called.
            return query.failed(StanzaError(.forbidden))
        }
        let user = query.to.flatMap { $0.local == nil ? nil : User(jid: $0.bare, name: name) }
        guard type == "get", let answer = self.answer(child, about: user, utc: utc) else {
            return query.failed(StanzaError(.serviceUnavailable))
        }
        switch answer {
        case .success(let children):
            return Stanza(.iq, from: query.to, to: query.from, id: query.id, type: "result", children: children)
        case .failure(let error):
            return query.failed(error)
        }
    }

    /// A user behind the gateway who is asked about.
    private struct User {
        let jid: JID
        let name: String?
    }

    private func answer(_ child: XMLElement, about user: User?, utc: String?) -> Result<[XMLElement], StanzaError>? {
        let isUser = user != nil
        return switch (child.namespace, child.name) {
        case (Namespace.ping, "ping"):
            .success([])
        case (Namespace.discoInfo, "query"):
            child.attribute("node") == nil
                ? .success([self.information(isUser: isUser)]) : .failure(StanzaError(.itemNotFound))
        case (Namespace.discoItems, "query"):
            child.attribute("node") == nil
                ? .success([XMLElement("query", namespace: Namespace.discoItems)])
                : .failure(StanzaError(.itemNotFound))
        // Also for a user: what speaks for the user here is the gateway, and no SIP device is named to strangers.
        case (Namespace.version, "query"):
            .success([
                XMLElement(
                    "query",
                    namespace: Namespace.version,
                    elements: [
                        XMLElement("name", namespace: Namespace.version, text: self.software),
                        XMLElement("version", namespace: Namespace.version, text: self.version),
                    ]
                )
            ])
        case (Namespace.time, "time") where !isUser:
            utc.map { .success([Self.time($0)]) }
        case (Namespace.vCard, "vCard"):
            user.map { .success([self.card(of: $0)]) }
        default:
            nil
        }
    }

    /// [XEP-0202](https://xmpp.org/extensions/xep-0202.html): the gateway's; where it stands is nobody's business, nor is a user's time known.
    private static func time(_ utc: String) -> XMLElement {
        XMLElement(
            "time",
            namespace: Namespace.time,
            elements: [
                XMLElement("tzo", namespace: Namespace.time, text: "+00:00"),
                XMLElement("utc", namespace: Namespace.time, text: utc),
            ]
        )
    }

    /// [XEP-0054](https://xmpp.org/extensions/xep-0054.html): what is known and nothing else; SIP has no word for the rest.
    private func card(of user: User) -> XMLElement {
        var fields = [XMLElement("JABBERID", namespace: Namespace.vCard, text: user.jid.description)]
        if let name = user.name { fields.insert(XMLElement("FN", namespace: Namespace.vCard, text: name), at: 0) }
        return XMLElement("vCard", namespace: Namespace.vCard, elements: fields)
    }

    /// [XEP-0030 §3.1](https://xmpp.org/extensions/xep-0030.html#info-basic): a gateway to SIMPLE, or an account behind it.
    private func information(isUser: Bool) -> XMLElement {
        let identity: [XMLElement.Attribute] =
            isUser
            ? [.init("category", "account"), .init("type", "registered")]
            : [.init("category", "gateway"), .init("type", "simple"), .init("name", self.software)]
        var elements = [XMLElement("identity", namespace: Namespace.discoInfo, attributes: identity)]
        for feature in isUser ? Self.userFeatures : Self.features {
            elements.append(
                XMLElement("feature", namespace: Namespace.discoInfo, attributes: [.init("var", feature)])
            )
        }
        return XMLElement("query", namespace: Namespace.discoInfo, elements: elements)
    }
}
