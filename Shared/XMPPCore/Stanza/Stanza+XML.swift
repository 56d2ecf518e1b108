public import XML

extension Stanza {
    /// Why an element was not taken as a stanza.
    public enum SyntaxError: Error, Equatable, Sendable {
        /// No message, presence or IQ of `jabber:server`.
        case notAStanza
        case malformedFrom(JIDError)
        case malformedTo(JIDError)
    }

    /// Reads a stanza of a server-to-server stream.
    public init(_ element: XMLElement) throws(SyntaxError) {
        guard element.namespace == Namespace.server, let kind = Kind(rawValue: element.name) else { throw .notAStanza }
        self.init(kind)
        for attribute in element.attributes {
            switch (attribute.namespace, attribute.name) {
            case (nil, "from"):
                do throws(JIDError) { self.from = try JID(parsing: attribute.value) } catch {
                    throw .malformedFrom(error)
                }
            case (nil, "to"):
                do throws(JIDError) { self.to = try JID(parsing: attribute.value) } catch { throw .malformedTo(error) }
            case (nil, "id"): self.id = attribute.value
            case (nil, "type"): self.type = attribute.value
            case (XMLElement.xmlNamespace?, "lang"): self.language = attribute.value
            default: break
            }
        }
        self.children = element.elements
    }

    /// The stanza as an element of a server-to-server stream.
    public var element: XMLElement {
        var element = XMLElement(self.kind.rawValue, namespace: Namespace.server)
        if let from = self.from { element.attributes.append(.init("from", from.description)) }
        if let to = self.to { element.attributes.append(.init("to", to.description)) }
        if let type = self.type { element.attributes.append(.init("type", type)) }
        if let id = self.id { element.attributes.append(.init("id", id)) }
        if let language = self.language {
            element.attributes.append(.init("lang", language, namespace: XMLElement.xmlNamespace))
        }
        element.children = self.children.map { .element($0) }
        return element
    }
}
