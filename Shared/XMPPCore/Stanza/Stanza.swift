public import XML

/// A message, presence or IQ stanza ([RFC 6120 §8](https://www.rfc-editor.org/rfc/rfc6120#section-8)).
///
/// The namespace of its elements is `jabber:server`, whatever stream it came from.
public struct Stanza: Equatable, Sendable {
    public enum Kind: String, Equatable, Hashable, Sendable, CaseIterable { case message, presence, iq }

    public var kind: Kind
    public var from: JID?
    public var to: JID?
    public var id: String?
    /// The `type` attribute as it is on the wire; what it means is each stanza kind's affair.
    public var type: String?
    /// `xml:lang`: the default language of the texts inside.
    public var language: String?
    public var children: [XMLElement]

    public init(
        _ kind: Kind,
        from: JID? = nil,
        to: JID? = nil,
        id: String? = nil,
        type: String? = nil,
        language: String? = nil,
        children: [XMLElement] = []
    ) {
        self.kind = kind
        self.from = from
        self.to = to
        self.id = id
        self.type = type
        self.language = language
        self.children = children
    }
}

extension Stanza {
    /// Whether this is an error stanza, which nobody may answer with another
    /// ([RFC 6120 §8.3.1](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.1)).
    public var isError: Bool { self.type == "error" }

    /// The first child `name` of `namespace`.
    public func child(_ name: String, _ namespace: String = Namespace.server) -> XMLElement? {
        self.children.first { $0.is(name, namespace) }
    }

    /// All children `name` of `namespace`.
    public func children(_ name: String, _ namespace: String = Namespace.server) -> [XMLElement] {
        self.children.filter { $0.is(name, namespace) }
    }

    /// The error that an error stanza carries; `undefined-condition` if it is unreadable, `nil` for other stanzas.
    public var error: StanzaError? {
        guard self.isError else { return nil }
        guard let element = self.child("error") else { return StanzaError(.undefinedCondition) }
        return StanzaError(element)
    }

    /// The stanza that tells the sender of this one that it failed; `nil` where none may be sent: to an error, to the
    /// result of a query, or to nobody.
    public func failed(_ error: StanzaError) -> Stanza? {
        guard !self.isError, self.from != nil, !(self.kind == .iq && self.type == "result") else { return nil }
        return Stanza(
            self.kind,
            from: self.to,
            to: self.from,
            id: self.id,
            type: "error",
            children: [error.element]
        )
    }
}
