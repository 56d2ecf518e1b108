public import XML

/// Why a stream ends before its time ([RFC 6120 §4.9](https://www.rfc-editor.org/rfc/rfc6120#section-4.9)).
public struct StreamError: Error, Equatable, Sendable {
    /// The defined conditions of [RFC 6120 §4.9.3](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.3).
    public enum Condition: String, Equatable, Hashable, Sendable, CaseIterable {
        case badFormat = "bad-format"
        case badNamespacePrefix = "bad-namespace-prefix"
        case conflict
        case connectionTimeout = "connection-timeout"
        case hostGone = "host-gone"
        case hostUnknown = "host-unknown"
        case improperAddressing = "improper-addressing"
        case internalServerError = "internal-server-error"
        case invalidFrom = "invalid-from"
        case invalidNamespace = "invalid-namespace"
        case invalidXML = "invalid-xml"
        case notAuthorized = "not-authorized"
        case notWellFormed = "not-well-formed"
        case policyViolation = "policy-violation"
        case remoteConnectionFailed = "remote-connection-failed"
        case reset
        case resourceConstraint = "resource-constraint"
        case restrictedXML = "restricted-xml"
        case seeOtherHost = "see-other-host"
        case systemShutdown = "system-shutdown"
        case undefinedCondition = "undefined-condition"
        case unsupportedEncoding = "unsupported-encoding"
        case unsupportedFeature = "unsupported-feature"
        case unsupportedStanzaType = "unsupported-stanza-type"
        case unsupportedVersion = "unsupported-version"
    }

    public var condition: Condition
    public var text: String?
    /// A condition of our own, or of the peer's, beside the defined one.
    public var application: XMLElement?

    public init(_ condition: Condition, text: String? = nil, application: XMLElement? = nil) {
        self.condition = condition
        self.text = text
        self.application = application
    }
}

extension StreamError {
    /// The error that a failure of the parser calls for.
    public init(_ error: XMLError) {
        switch error {
        case .notWellFormed, .incomplete: self.init(Condition.notWellFormed)
        case .restricted: self.init(.restrictedXML, text: "no comments, processing instructions, DTDs or entities")
        case .unsupportedEncoding: self.init(.unsupportedEncoding, text: "UTF-8 only")
        case .tooLarge(.memory): self.init(Condition.resourceConstraint)
        case .tooLarge(let limit): self.init(.policyViolation, text: "more \(limit.rawValue) than allowed")
        }
    }

    /// Reads a `<stream:error/>`; what is unknown or missing is `undefined-condition`.
    public init(_ element: XMLElement) {
        self.init(Condition.undefinedCondition)
        for child in element.elements {
            if child.namespace != Namespace.streamErrors {
                self.application = self.application ?? child
            } else if child.name == "text" {
                self.text = self.text ?? child.text
            } else if let condition = Condition(rawValue: child.name) {
                self.condition = condition
            }
        }
    }

    /// The `<stream:error/>`.
    public var element: XMLElement {
        var elements = [XMLElement(self.condition.rawValue, namespace: Namespace.streamErrors)]
        if let text = self.text {
            elements.append(
                XMLElement(
                    "text",
                    namespace: Namespace.streamErrors,
                    attributes: [.init("lang", "en", namespace: XMLElement.xmlNamespace)],
                    text: text
                )
            )
        }
        if let application = self.application { elements.append(application) }
        return XMLElement("error", namespace: Namespace.stream, elements: elements)
    }
}

extension StreamError: CustomStringConvertible {
    public var description: String { self.text.map { "\(self.condition.rawValue): \($0)" } ?? self.condition.rawValue }
}
