import XML
import XMPPCore

extension XMLElement {
    /// The element of a scene, as it goes over a client's stream: what has no namespace there is of `jabber:client`.
    static func scene(_ text: String) throws -> XMLElement { try XMLDocument.parse(text).inClientNamespace }

    private var inClientNamespace: XMLElement {
        var element = self
        if element.namespace.isEmpty { element.namespace = Namespace.client }
        element.children = element.children.map { node in
            switch node {
            case .element(let child): .element(child.inClientNamespace)
            case .text: node
            }
        }
        return element
    }

    /// Whether this has the name, each of the attributes, the text and somewhere in it each of the elements of `pattern`.
    ///
    /// What the pattern does not name may be anything.
    ///
    /// - Returns: what was seen, for the table of results; of what the pattern does not name only the names
    /// - Throws: ``SceneError`` with the difference
    func match(_ pattern: XMLElement, _ placeholders: inout Placeholders) throws -> String {
        guard self.is(pattern.name, pattern.namespace) else {
            throw SceneError(
                description: "<\(self.name)/> of \(self.namespace) is not <\(pattern.name)/> of \(pattern.namespace)"
            )
        }
        var shown = "<\(self.name)"
        for attribute in pattern.attributes {
            let value = self.attribute(attribute.name, namespace: attribute.namespace)
            if value == nil, Placeholders.allowsAbsence(attribute.value) { continue }
            guard let value, let seen = placeholders.match(value, attribute.value) else {
                throw SceneError(
                    description: "<\(self.name)/>: \(attribute.name)=\(value.map { "“\($0)”" } ?? "nothing")"
                        + " is not “\(placeholders.filled(attribute.value))”"
                )
            }
            shown += " \(attribute.name)='\(seen)'"
        }
        let inside = try self.matchInside(pattern, &placeholders)
        return shown + (inside.isEmpty ? "/>" : ">\(inside)</\(self.name)>")
    }

    private func matchInside(_ pattern: XMLElement, _ placeholders: inout Placeholders) throws -> String {
        var shown = ""
        let expected = pattern.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if !expected.isEmpty {
            let text = self.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard let seen = placeholders.match(text, expected) else {
                throw SceneError(description: "<\(self.name)/>: “\(text)” is not “\(placeholders.filled(expected))”")
            }
            shown += seen
        }
        var rest = self.elements
        for child in pattern.elements {
            if Placeholders.allowsAbsence(child.text), !rest.contains(where: { $0.name == child.name }) { continue }
            var difference: (any Error)?
            let index = rest.firstIndex { one in
                var trial = placeholders
                do {
                    _ = try one.match(child, &trial)
                    return true
                } catch {
                    if one.name == child.name { difference = error }
                    return false
                }
            }
            guard let index else {
                throw difference ?? SceneError(description: "<\(self.name)/> has no <\(child.name)/>: \(self.source)")
            }
            shown += try rest.remove(at: index).match(child, &placeholders)
        }
        return shown + rest.map { "<\($0.name)…/>" }.joined()
    }

    /// The element as text.
    var source: String { String(decoding: XMLWriter.bytes(of: self), as: UTF8.self) }
}
