/// A JSON or YAML value, with its members in order: the form in which people and programs exchange policy objects.
public enum DocumentValue: Equatable, Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    case text(String)
    case list([DocumentValue])
    case object([Member])

    public struct Member: Equatable, Sendable {
        public var name: String
        public var value: DocumentValue

        public init(_ name: String, _ value: DocumentValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member of that name, of an object.
    public subscript(_ name: String) -> DocumentValue? { self.members?.first { $0.name == name }?.value }

    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    public var elements: [DocumentValue]? { if case .list(let elements) = self { elements } else { nil } }
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var integer: Int? { if case .integer(let integer) = self { integer } else { nil } }
    public var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }

    /// The object with the members of `other` in place of its own of the same name, objects inside it likewise; new
    /// members come last.
    public func merging(_ other: DocumentValue) -> DocumentValue {
        guard var members = self.members, let changes = other.members else { return other }
        for change in changes {
            if let index = members.firstIndex(where: { $0.name == change.name }) {
                members[index].value = members[index].value.merging(change.value)
            } else {
                members.append(change)
            }
        }
        return .object(members)
    }

    /// As people read it in a table or a message.
    public var summary: String {
        switch self {
        case .null: ""
        case .flag(let flag): flag ? "true" : "false"
        case .integer(let integer): String(integer)
        case .text(let text): text
        case .list(let elements): elements.map(\.summary).joined(separator: ", ")
        case .object(let members): members.map { "\($0.name)=\($0.value.summary)" }.joined(separator: " ")
        }
    }

    public init(optional text: String?) { self = text.map { .text($0) } ?? .null }
    public init(optional flag: Bool?) { self = flag.map { .flag($0) } ?? .null }
    public init(texts: [String]) { self = .list(texts.map { .text($0) }) }
}

extension DocumentValue: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, DocumentValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
