import Policy
import Yams

/// Documents as YAML.
enum YAMLDocument {
    static func read(_ text: String, path: String) throws -> DocumentValue {
        do {
            guard let node = try Yams.compose(yaml: text) else { return .object([]) }
            return try self.value(of: node, path: path)
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError.badFile(path: path, reason: Self.words(for: error))
        }
    }

    static func write(_ document: DocumentValue) throws -> String {
        try Yams.serialize(node: self.node(of: document), allowUnicode: true)
    }

    /// Where a file is no YAML, in one line.
    private static func words(for error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let names, let context):
            "line \(context.mark.line): \(names.map { "“\($0)”" }.joined(separator: ", ")) is there twice"
        default: "\(error)"
        }
    }

    private static func value(of node: Node, path: String) throws -> DocumentValue {
        func bad(_ place: Node, _ reason: String) -> ClientError {
            .badFile(path: path, reason: place.mark.map { "line \($0.line), column \($0.column): \(reason)" } ?? reason)
        }
        switch node {
        case .mapping(let mapping):
            return .object(
                try mapping.map { key, value in
                    guard let name = key.scalar?.string else {
                        throw bad(key, "a name of a field is not text")
                    }
                    return DocumentValue.Member(name, try self.value(of: value, path: path))
                }
            )
        case .sequence(let sequence): return .list(try sequence.map { try self.value(of: $0, path: path) })
        case .scalar(let scalar):
            // What stands in quotes is text, whatever it looks like.
            if scalar.style == .singleQuoted || scalar.style == .doubleQuoted { return .text(scalar.string) }
            switch scalar.string {
            case "", "~", "null", "Null", "NULL": return .null
            case "true", "True", "TRUE": return .flag(true)
            case "false", "False", "FALSE": return .flag(false)
            default: return Int(scalar.string).map { .integer($0) } ?? .text(scalar.string)
            }
        case .alias:
            throw bad(node, "aliases are not understood here; write out what they stand for")
        }
    }

    private static func node(of document: DocumentValue) -> Node {
        switch document {
        case .null: Node("null", Tag(.null))
        case .flag(let flag): Node(flag ? "true" : "false", Tag(.bool))
        case .integer(let integer): Node(String(integer), Tag(.int))
        case .text(let text): .scalar(Node.Scalar(text, Tag(.str), self.style(of: text)))
        case .list(let elements): .sequence(Node.Sequence(elements.map { self.node(of: $0) }))
        case .object(let members):
            .mapping(Node.Mapping(members.map { (Node($0.name), self.node(of: $0.value)) }))
        }
    }

    /// Text that a reader would take for something else is put in quotes.
    private static func style(of text: String) -> Node.Scalar.Style {
        let other = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        return other.contains(text.lowercased()) || Int(text) != nil || text.hasPrefix("*") ? .doubleQuoted : .any
    }
}
