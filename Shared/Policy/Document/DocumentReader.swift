/// Reads the members of one object and collects every mistake: of type, of value, of spelling.
///
/// A reading function always returns something, so that the reader goes on to the next member; what it returned after a
/// mistake is not used, for the object then is not.
public struct DocumentReader {
    /// What is read: `partner example.org`.
    public let object: String
    public private(set) var findings: [Finding] = []
    private var members: [String: DocumentValue] = [:]
    private var known: [String] = []

    /// Reads an object of a `kind` (`partner`) that its member `keyField` names.
    public init(_ value: DocumentValue, kind: String, keyField: String?) {
        let key = keyField.flatMap { value[$0]?.text }.map { " \($0)" } ?? ""
        self.init(value, object: kind + key)
    }

    init(_ value: DocumentValue, object: String) {
        self.object = object
        guard let members = value.members else {
            self.findings.append(
                Finding(
                    .mistake,
                    self.object,
                    "(all)",
                    value: value.summary,
                    problem: "it is no object",
                    remedy: "give its fields by name"
                )
            )
            return
        }
        self.members = Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    /// Reports members that nobody asked for.
    ///
    /// To be called last.
    public mutating func finish() {
        for name in self.members.keys.sorted() where !self.known.contains(name) {
            self.mistake(name, "there is no such field", "the fields are \(self.known.joined(separator: ", "))")
        }
    }

    public mutating func mistake(_ field: String, _ problem: String, _ remedy: String) {
        let value = self.members[field]?.summary ?? ""
        self.findings.append(
            Finding(.mistake, self.object, field, value: value, problem: problem, remedy: remedy)
        )
    }

    /// A member that is there and not null.
    private mutating func value(_ field: String) -> DocumentValue? {
        if !self.known.contains(field) { self.known.append(field) }
        guard let value = self.members[field], value != .null else { return nil }
        return value
    }

    // MARK: Members

    /// A text, or `fallback` when it is missing; without a `fallback` it must be there.
    public mutating func text(_ field: String, default fallback: String?) -> String {
        if let text = self.optionalText(field) { return text }
        if fallback == nil, self.members[field] ?? .null == .null {
            self.mistake(field, "it is missing", "give it as text")
        }
        return fallback ?? ""
    }

    public mutating func optionalText(_ field: String) -> String? {
        switch self.value(field) {
        case nil: return nil
        case .text(let text): return text
        // YAML reads an unquoted number as a number; where text is wanted, its digits are the text.
        case .integer(let integer): return String(integer)
        case .null, .flag, .list, .object:
            self.mistake(field, "it is not text", "write it in quotes")
            return nil
        }
    }

    public mutating func flag(_ field: String, default fallback: Bool) -> Bool { self.optionalFlag(field) ?? fallback }

    public mutating func optionalFlag(_ field: String) -> Bool? {
        guard let value = self.value(field) else { return nil }
        if let flag = value.flag { return flag }
        self.mistake(field, "it is neither true nor false", "write true or false")
        return nil
    }

    public mutating func integer(_ field: String, default fallback: Int?) -> Int {
        guard let value = self.value(field) else {
            if fallback == nil { self.mistake(field, "it is missing", "give it as a whole number") }
            return fallback ?? 0
        }
        if let integer = value.integer { return integer }
        self.mistake(field, "it is not a whole number", "write digits only")
        return fallback ?? 0
    }

    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: String,
        default fallback: Choice
    ) -> Choice {
        guard let text = self.optionalText(field) else { return fallback }
        if let choice = Choice(rawValue: text) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        self.mistake(field, "there is no such value", "write one of \(choices)")
        return fallback
    }

    public mutating func texts(_ field: String) -> [String] {
        let elements = self.list(field)
        let texts = elements.compactMap(\.text)
        if texts.count != elements.count {
            self.mistake(field, "it holds something other than text", "write a list of texts")
        }
        return texts
    }

    public mutating func list(_ field: String) -> [DocumentValue] {
        guard let value = self.value(field) else { return [] }
        if let elements = value.elements { return elements }
        self.mistake(field, "it is no list", "write a list, even for one")
        return []
    }

    /// An object inside this one; what it does not say is as in `fallback`.
    public mutating func object<Object: PolicyObject>(_ field: String, default fallback: Object) -> Object {
        guard let value = self.value(field) else { return fallback }
        let merged = value.members == nil ? value : fallback.document.merging(value)
        return self.read(merged, as: Object.self, object: "\(self.object) \(field)")
    }

    /// A list of objects inside this one.
    public mutating func objects<Object: PolicyObject>(_ field: String, of _: Object.Type) -> [Object] {
        self.list(field).map { value in
            let key = value[Object.keyField]?.text.map { " \($0)" } ?? ""
            return self.read(value, as: Object.self, object: Object.kind + key)
        }
    }

    /// Reports objects of a list that have the same key; a key that is still to be given is empty.
    public mutating func checkUnique<Object: PolicyObject>(_ objects: [Object], _ field: String) {
        var seen: Set<String> = []
        for object in objects where !object.key.isEmpty && !seen.insert(object.key).inserted {
            self.findings.append(
                Finding(
                    .mistake,
                    object.label,
                    Object.keyField,
                    value: object.key,
                    problem: "it is in the list of \(field) twice",
                    remedy: "keep one of the two"
                )
            )
        }
    }

    private mutating func read<Object: PolicyObject>(
        _ value: DocumentValue,
        as _: Object.Type,
        object: String
    ) -> Object {
        var reader = DocumentReader(value, object: object)
        let object = Object(reading: &reader)
        reader.finish()
        self.findings += reader.findings
        return object
    }
}
