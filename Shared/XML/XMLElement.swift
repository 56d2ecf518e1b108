/// An element of a document or stream, with everything in it.
///
/// Prefixes are gone: a name is a namespace and a local name, as
/// [Namespaces in XML §2.1](https://www.w3.org/TR/xml-names/#concepts) defines it.
public struct XMLElement: Equatable, Hashable, Sendable {
    /// An attribute; `namespace` is `nil` for one without a prefix.
    public struct Attribute: Equatable, Hashable, Sendable {
        public var namespace: String?
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String, namespace: String? = nil) {
            self.namespace = namespace
            self.name = name
            self.value = value
        }
    }

    /// What an element contains.
    public enum Node: Equatable, Hashable, Sendable {
        case element(XMLElement)
        case text(String)
    }

    public var name: String
    /// Empty for a name in no namespace.
    public var namespace: String
    public var attributes: [Attribute]
    public var children: [Node]

    public init(_ name: String, namespace: String, attributes: [Attribute] = [], children: [Node] = []) {
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children = children
    }

    /// An element that contains only text; an empty one if `text` is empty.
    public init(_ name: String, namespace: String, attributes: [Attribute] = [], text: String) {
        self.init(name, namespace: namespace, attributes: attributes, children: text.isEmpty ? [] : [.text(text)])
    }

    /// An element that contains only elements.
    public init(_ name: String, namespace: String, attributes: [Attribute] = [], elements: [XMLElement]) {
        self.init(name, namespace: namespace, attributes: attributes, children: elements.map { .element($0) })
    }
}

extension XMLElement {
    /// The namespace of `xml:lang` and its kin.
    public static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"

    /// Whether this is the element `name` of `namespace`.
    public func `is`(_ name: String, _ namespace: String) -> Bool {
        self.name == name && self.namespace == namespace
    }

    /// The value of an attribute, `nil` if there is none of that name.
    public func attribute(_ name: String, namespace: String? = nil) -> String? {
        for attribute in self.attributes where attribute.name == name && attribute.namespace == namespace {
            return attribute.value
        }
        return nil
    }

    /// The elements directly inside.
    public var elements: [XMLElement] {
        self.children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// The first element `name` of `namespace` directly inside.
    public func child(_ name: String, _ namespace: String) -> XMLElement? {
        for case .element(let element) in self.children where element.is(name, namespace) { return element }
        return nil
    }

    /// All elements `name` of `namespace` directly inside.
    public func children(_ name: String, _ namespace: String) -> [XMLElement] {
        self.elements.filter { $0.is(name, namespace) }
    }

    /// The text directly inside, without that of inner elements.
    public var text: String {
        if self.children.count == 1, case .text(let text) = self.children[0] { return text }
        return self.children.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    /// The `xml:lang` of this very element.
    public var language: String? { self.attribute("lang", namespace: Self.xmlNamespace) }
}
