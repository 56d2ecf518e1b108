internal import CXMLCollector

/// Makes elements of tokens; an element may begin in one feed and end in another.
struct XMLTreeBuilder {
    /// The elements that are open, outermost first.
    private var open: [XMLElement] = []

    var isEmpty: Bool { self.open.isEmpty }

    mutating func reset() { self.open.removeAll(keepingCapacity: true) }

    /// Begins the element whose start is `tokens[index]`, and moves `index` behind its attributes.
    mutating func start(_ tokens: XMLTokens, at index: inout Int) {
        self.open.append(Self.element(tokens, at: &index))
    }

    mutating func text(_ text: String) {
        guard !self.open.isEmpty else { return }
        let last = self.open.count - 1
        // One run of text may come in two feeds.
        if case .text(let before)? = self.open[last].children.last {
            self.open[last].children[self.open[last].children.count - 1] = .text(before + text)
        } else {
            self.open[last].children.append(.text(text))
        }
    }

    /// Ends the innermost element.
    ///
    /// - Returns: it, if it was the outermost.
    mutating func end() -> XMLElement? {
        guard let element = self.open.popLast() else { return nil }
        guard !self.open.isEmpty else { return element }
        self.open[self.open.count - 1].children.append(.element(element))
        return nil
    }

    static func element(_ tokens: XMLTokens, at index: inout Int) -> XMLElement {
        let name = tokens.name(tokens[index])
        var element = XMLElement(name.name, namespace: name.namespace)
        index += 1
        var end = index
        while end < tokens.count, tokens[end].kind == XMLC_ATTRIBUTE { end += 1 }
        if end > index {
            element.attributes.reserveCapacity(end - index)
            while index < end {
                let name = tokens.name(tokens[index])
                element.attributes.append(
                    .init(
                        name.name,
                        tokens.value(tokens[index]),
                        namespace: name.namespace.isEmpty ? nil : name.namespace
                    )
                )
                index += 1
            }
        }
        return element
    }
}
