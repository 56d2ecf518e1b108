public import XML

/// The start of a stream ([RFC 6120 §4.7](https://www.rfc-editor.org/rfc/rfc6120#section-4.7)).
public struct StreamHeader: Equatable, Sendable {
    /// Verbatim, as all attributes: whether they make sense is for the stream to say.
    public var from: String?
    public var to: String?
    public var id: String?
    public var version: String?
    public var language: String?
    /// The default namespace, declared on the root.
    public var contentNamespace: String
    /// Whether the namespace of dialback is declared on the root
    /// ([XEP-0220 §2.2.1](https://xmpp.org/extensions/xep-0220.html#protocol-streamheader)).
    public var declaresDialback: Bool

    public init(
        from: String? = nil,
        to: String? = nil,
        id: String? = nil,
        version: String? = "1.0",
        language: String? = nil,
        contentNamespace: String = Namespace.server,
        declaresDialback: Bool = true
    ) {
        self.from = from
        self.to = to
        self.id = id
        self.version = version
        self.language = language
        self.contentNamespace = contentNamespace
        self.declaresDialback = declaresDialback
    }

    /// Reads the root of a stream.
    ///
    /// - Throws: the stream error it calls for, if it is not the root of an XMPP stream.
    public init(_ root: XMLElement, namespaces: [String: String]) throws(StreamError) {
        guard root.namespace == Namespace.stream else {
            throw StreamError(.invalidNamespace, text: "the root is not in the namespace of streams")
        }
        guard root.name == "stream" else { throw StreamError(.badFormat, text: "the root is not a stream") }
        self.init(
            from: root.attribute("from"),
            to: root.attribute("to"),
            id: root.attribute("id"),
            version: root.attribute("version"),
            language: root.language,
            contentNamespace: namespaces[""] ?? "",
            declaresDialback: namespaces.values.contains(Namespace.dialback)
        )
    }

    /// The root, to be written with the prefixes of ``prefixes(withDialback:)``.
    public var root: XMLElement {
        var root = XMLElement("stream", namespace: Namespace.stream)
        let attributes = [("from", self.from), ("to", self.to), ("id", self.id), ("version", self.version)]
        for case (let name, let value?) in attributes { root.attributes.append(.init(name, value)) }
        if let language = self.language {
            root.attributes.append(.init("lang", language, namespace: XMLElement.xmlNamespace))
        }
        return root
    }

    /// The prefixes that both roots of a stream declare, by namespace.
    public static func prefixes(withDialback: Bool = true) -> [String: String] {
        withDialback
            ? [Namespace.stream: "stream", Namespace.dialback: "db"]
            : [Namespace.stream: "stream"]
    }

    /// A version as it is compared: number by number ([RFC 6120 §4.7.5](https://www.rfc-editor.org/rfc/rfc6120#section-4.7.5)).
    enum Version: Equatable {
        /// No version at all: a server older than RFC 3920, which knows dialback and nothing else.
        case none
        case one
        case unreadable
    }

    var parsedVersion: Version {
        guard let version = self.version else { return .none }
        let parts = version.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = UInt32(parts[0]), UInt32(parts[1]) != nil else { return .unreadable }
        // A peer of a later version speaks ours, because ours is what we answer.
        return major == 0 ? .none : .one
    }
}
