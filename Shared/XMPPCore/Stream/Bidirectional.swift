import XML

/// What the two roles of a bidirectional stream have in common ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)).
enum Bidirectional {
    /// The initiating server's request, before it authenticates, with what it takes
    /// ([XEP-0478 §3.2](https://xmpp.org/extensions/xep-0478.html#advertise-bidi)).
    static func request(_ limits: StreamLimits) -> XMLElement {
        XMLElement("bidi", namespace: Namespace.bidi, elements: limits.element.map { [$0] } ?? [])
    }

    static func isRequest(_ element: XMLElement) -> Bool { element.is("bidi", Namespace.bidi) }

    /// A ping of our own ([XEP-0199 §4.4](https://xmpp.org/extensions/xep-0199.html#s2s)): the only question that a peer without
    /// acknowledgements has to answer, and so the only way to tell a quiet one from a dead one.
    static func ping(_ pair: DomainPair, number: Int) -> XMLElement {
        XMLElement(
            "iq",
            namespace: Namespace.server,
            attributes: [
                .init("from", Domainpart.display(pair.local)), .init("to", Domainpart.display(pair.remote)),
                .init("type", "get"), .init("id", "isthmus-ping-\(number)"),
            ],
            elements: [XMLElement("ping", namespace: Namespace.ping)]
        )
    }
}
