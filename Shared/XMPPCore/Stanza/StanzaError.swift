public import XML

/// What an error stanza says ([RFC 6120 §8.3](https://www.rfc-editor.org/rfc/rfc6120#section-8.3)).
public struct StanzaError: Error, Equatable, Sendable {
    /// What the sender may do about it ([RFC 6120 §8.3.2](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.2)).
    public enum Kind: String, Equatable, Sendable, CaseIterable { case auth, cancel, `continue`, modify, wait }

    /// The defined conditions of [RFC 6120 §8.3.3](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3).
    public enum Condition: String, Equatable, Hashable, Sendable, CaseIterable {
        case badRequest = "bad-request"
        case conflict
        case featureNotImplemented = "feature-not-implemented"
        case forbidden
        case gone
        case internalServerError = "internal-server-error"
        case itemNotFound = "item-not-found"
        case addressMalformed = "jid-malformed"
        case notAcceptable = "not-acceptable"
        case notAllowed = "not-allowed"
        case notAuthorized = "not-authorized"
        case policyViolation = "policy-violation"
        case recipientUnavailable = "recipient-unavailable"
        case redirect
        case registrationRequired = "registration-required"
        case remoteServerNotFound = "remote-server-not-found"
        case remoteServerTimeout = "remote-server-timeout"
        case resourceConstraint = "resource-constraint"
        case serviceUnavailable = "service-unavailable"
        case subscriptionRequired = "subscription-required"
        case undefinedCondition = "undefined-condition"
        case unexpectedRequest = "unexpected-request"
    }

    public var condition: Condition
    public var kind: Kind
    public var text: String?
    public var language: String?
    /// Who raised it, where that is not the stanza's `from`.
    public var by: JID?
    /// Where the entity is now, as a URI: with `gone` and `redirect`.
    public var alternative: String?
    /// A condition of our own, or of the peer's, beside the defined one.
    public var application: XMLElement?

    public init(
        _ condition: Condition,
        kind: Kind? = nil,
        text: String? = nil,
        language: String? = nil,
        by: JID? = nil,
        alternative: String? = nil,
        application: XMLElement? = nil
    ) {
        self.condition = condition
        self.kind = kind ?? condition.usualKind
        self.text = text
        self.language = language ?? (text == nil ? nil : "en")
        self.by = by
        self.alternative = alternative
        self.application = application
    }
}

extension StanzaError.Condition {
    /// The error type the RFC recommends for the condition.
    public var usualKind: StanzaError.Kind {
        switch self {
        case .forbidden, .notAuthorized, .registrationRequired, .subscriptionRequired: .auth
        case .badRequest, .addressMalformed, .notAcceptable, .policyViolation, .redirect: .modify
        case .recipientUnavailable, .remoteServerTimeout, .resourceConstraint, .unexpectedRequest: .wait
        case .conflict, .featureNotImplemented, .gone, .internalServerError, .itemNotFound, .notAllowed,
            .remoteServerNotFound, .serviceUnavailable, .undefinedCondition:
            .cancel
        }
    }
}

extension StanzaError {
    /// Reads an `<error/>` element, of any stanza namespace.
    ///
    /// Whatever is missing or unknown is read as `undefined-condition`: a peer's error is never a reason for another.
    public init(_ element: XMLElement) {
        var condition = Condition.undefinedCondition
        var text: XMLElement?
        var alternative: String?
        var application: XMLElement?
        for child in element.elements {
            if child.namespace != Namespace.stanzaErrors {
                application = application ?? child
            } else if child.name == "text" {
                text = text ?? child
            } else if let known = Condition(rawValue: child.name) {
                condition = known
                alternative = child.text.isEmpty ? nil : child.text
            }
        }
        self.condition = condition
        self.kind = element.attribute("type").flatMap(Kind.init) ?? condition.usualKind
        self.text = text?.text
        self.language = text?.language
        self.by = element.attribute("by").flatMap { try? JID(parsing: $0) }
        self.alternative = alternative
        self.application = application
    }

    /// The `<error/>` element in `namespace`.
    public func element(namespace: String) -> XMLElement {
        var element = XMLElement("error", namespace: namespace, attributes: [.init("type", self.kind.rawValue)])
        if let by = self.by { element.attributes.append(.init("by", by.description)) }
        var elements = [
            XMLElement(self.condition.rawValue, namespace: Namespace.stanzaErrors, text: self.alternative ?? "")
        ]
        if let text = self.text {
            let language = self.language.map {
                XMLElement.Attribute("lang", $0, namespace: XMLElement.xmlNamespace)
            }
            elements.append(
                XMLElement(
                    "text",
                    namespace: Namespace.stanzaErrors,
                    attributes: language.map { [$0] } ?? [],
                    text: text
                )
            )
        }
        if let application = self.application { elements.append(application) }
        element.children = elements.map { .element($0) }
        return element
    }

    /// The `<error/>` element of a server-to-server stanza.
    public var element: XMLElement { self.element(namespace: Namespace.server) }
}
