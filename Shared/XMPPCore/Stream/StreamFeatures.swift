public import XML

/// What one side offers of a stream ([RFC 6120 §4.3.2](https://www.rfc-editor.org/rfc/rfc6120#section-4.3.2)).
public struct StreamFeatures: Equatable, Sendable {
    public enum Requirement: Equatable, Sendable { case none, offered, required }

    public var startTLS = Requirement.none
    /// The names of SASL mechanisms.
    public var mechanisms: [String] = []
    public var dialback = false
    /// Whether errors of dialback are understood ([XEP-0220 §2.5](https://xmpp.org/extensions/xep-0220.html#errors)).
    public var dialbackErrors = false
    /// Stanzas in both directions ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)).
    public var bidirectional = false
    /// Acknowledgements ([XEP-0198](https://xmpp.org/extensions/xep-0198.html)).
    public var acknowledgements = false
    public var limits = StreamLimits()
    /// A feature that is unknown here and that the peer insists on.
    public var unknownRequirement: String?

    public init() {}

    /// Reads `<stream:features/>`; what is unknown is left out.
    public init(_ element: XMLElement) {
        for child in element.elements {
            switch (child.namespace, child.name) {
            case (Namespace.tls, "starttls"):
                self.startTLS = child.child("required", Namespace.tls) == nil ? .offered : .required
            case (Namespace.sasl, "mechanisms"):
                self.mechanisms = child.children("mechanism", Namespace.sasl).map(\.text)
            case (Namespace.dialbackFeature, "dialback"):
                self.dialback = true
                self.dialbackErrors = child.child("errors", Namespace.dialbackFeature) != nil
            case (Namespace.bidiFeature, "bidi"):
                self.bidirectional = true
            case (Namespace.streamManagement, "sm"):
                self.acknowledgements = true
            case (Namespace.limits, "limits"):
                self.limits = StreamLimits(in: element)
            case (let namespace, let name):
                if child.child("required", namespace) != nil { self.unknownRequirement = name }
            }
        }
    }

    public var element: XMLElement {
        var elements: [XMLElement] = []
        switch self.startTLS {
        case .none: break
        case .offered: elements.append(XMLElement("starttls", namespace: Namespace.tls))
        case .required:
            let required = XMLElement("required", namespace: Namespace.tls)
            elements.append(XMLElement("starttls", namespace: Namespace.tls, elements: [required]))
        }
        if !self.mechanisms.isEmpty {
            let mechanisms = self.mechanisms.map { XMLElement("mechanism", namespace: Namespace.sasl, text: $0) }
            elements.append(XMLElement("mechanisms", namespace: Namespace.sasl, elements: mechanisms))
        }
        if self.dialback {
            let errors = XMLElement("errors", namespace: Namespace.dialbackFeature)
            elements.append(
                XMLElement(
                    "dialback",
                    namespace: Namespace.dialbackFeature,
                    elements: self.dialbackErrors ? [errors] : []
                )
            )
        }
        if self.bidirectional { elements.append(XMLElement("bidi", namespace: Namespace.bidiFeature)) }
        if self.acknowledgements { elements.append(XMLElement("sm", namespace: Namespace.streamManagement)) }
        if let limits = self.limits.element { elements.append(limits) }
        return XMLElement("features", namespace: Namespace.stream, elements: elements)
    }
}
