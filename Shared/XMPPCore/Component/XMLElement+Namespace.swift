public import XML

extension XMLElement {
    /// The same with every name of one namespace in another: what `jabber:server` calls a message is one in
    /// `jabber:component:accept` too ([XEP-0114 §4](https://xmpp.org/extensions/xep-0114.html#schemas)).
    public func with(_ namespace: String, insteadOf other: String) -> XMLElement {
        var element = self
        if element.namespace == other { element.namespace = namespace }
        for index in element.children.indices {
            guard case .element(let child) = element.children[index] else { continue }
            element.children[index] = .element(child.with(namespace, insteadOf: other))
        }
        return element
    }
}
