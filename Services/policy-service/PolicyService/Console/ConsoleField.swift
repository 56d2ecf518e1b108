import Messaging
import Policy

/// A field of a form: made from a document, so that it takes the kind of value that the policy has.
struct ConsoleField {
    enum Kind: Equatable {
        case text, number
        /// One of these values.
        case choice([String])
        /// One text a line.
        case lines
        /// A pattern of domains and a direction a line.
        case rules
    }

    /// As in the API; the field of an object inside another has a dot: `default-partner.tls`.
    let name: String
    let kind: Kind
    let value: DocumentValue

    /// - Parameters:
    ///   - name: Its name.
    ///   - blank: An object with defaults, which say what kind of value it takes.
    ///   - document: The object as it is now.
    init?(_ name: String, blank: DocumentValue, document: DocumentValue) {
        guard let standard = blank.member(name) else { return nil }
        self.name = name
        self.value = document.member(name) ?? standard
        switch (name.split(separator: ".").last.map(String.init) ?? name, standard) {
        case ("partner-type", _): self.kind = .choice(Self.names(Partner.Kind.self))
        case ("tls", _), ("sasl", _): self.kind = .choice(Self.names(Negotiation.self))
        case ("transport", _): self.kind = .choice(Self.names(StaticRoute.Transport.self))
        case ("presence-profile", _): self.kind = .choice(Self.names(PresenceProfile.self))
        case ("partition", _): self.kind = .choice(Self.names(Partition.Mode.self))
        case ("dialect", _): self.kind = .choice(Self.names(StaticRoute.Dialect.self))
        case ("home", _): self.kind = .choice(Self.names(UserRecord.Home.self))
        // Where nothing is said, the wider scope decides (SPEC §1).
        case ("xmpp-access", .null): self.kind = .choice(["", "true", "false"])
        case ("blocked-domains", _), ("allowed-domains", _): self.kind = .rules
        case (_, .flag): self.kind = .choice(["true", "false"])
        case (_, .integer): self.kind = .number
        case (_, .list): self.kind = .lines
        case (_, .text), (_, .null): self.kind = .text
        case (_, .object): return nil
        }
    }

    private static func names<Value: RawRepresentable<String> & CaseIterable>(_: Value.Type) -> [String] {
        Value.allCases.map(\.rawValue)
    }

    /// Its name without that of the object it is in.
    private var word: String { self.name.split(separator: ".").last.map(String.init) ?? self.name }

    /// As it stands in the form.
    var text: String {
        switch self.kind {
        case .lines: self.value.elements?.map(\.summary).joined(separator: "\n") ?? self.value.summary
        case .rules:
            self.value.elements?.map { "\($0["pattern"]?.text ?? "") \($0["direction"]?.text ?? "")" }
                .joined(separator: "\n") ?? ""
        case .text, .number, .choice: self.value.summary
        }
    }

    /// For a form; `mistake` is what is wrong with it.
    func input(mistake: String?) -> ConsoleInput {
        let kind: ConsoleInput.Kind =
            switch self.kind {
            case .text: .text
            case .number: .number
            case .lines, .rules: .lines(4)
            case .choice(let options): .choice(options.map { ($0, ConsoleWords.value($0, of: self.word)) })
            }
        let isPart = ["tls", "sasl", "dialback"].contains(self.word)
        return ConsoleInput(
            name: "field-\(self.name)",
            label: ConsoleWords.label(self.word),
            kind: kind,
            value: self.text,
            hint: ConsoleWords.hint(self.word),
            mistake: mistake,
            part: isPart ? self.word : nil,
            explanations: ConsoleWords.explanations(self.word)
        )
    }

    /// What somebody has written into it.
    func value(of text: String) -> DocumentValue {
        let text = text.trimmed
        switch self.kind {
        case .number: return Int(text).map { .integer($0) } ?? (text.isEmpty ? .null : .text(text))
        case .choice(["", "true", "false"]) where text.isEmpty: return .null
        case .choice where text == "true" || text == "false": return .flag(text == "true")
        case .text where text.isEmpty: return self.value == .null ? .null : .text("")
        case .text, .choice: return .text(text)
        case .lines:
            return DocumentValue(texts: text.split { $0.isWhitespace || $0 == "," }.map(String.init))
        case .rules:
            return .list(
                text.split(whereSeparator: \.isNewline).map { line in
                    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                    return [
                        "pattern": .text(words.first ?? ""),
                        "direction": .text(words.count > 1 ? words[1] : DomainRule.Direction.both.rawValue),
                    ]
                }
            )
        }
    }
}

extension DocumentValue {
    /// The member of a name with dots.
    func member(_ name: String) -> DocumentValue? {
        name.split(separator: ".").reduce(self) { $0?[String($1)] }
    }

    /// An object with only this member, at the end of a name with dots.
    static func object(_ name: String, _ value: DocumentValue) -> DocumentValue {
        name.split(separator: ".").reversed().reduce(value) { .object([.init(String($1), $0)]) }
    }

    /// The members that `other` does not have with the same value.
    func changes(from other: DocumentValue) -> DocumentValue {
        guard let members = self.members, other.members != nil else { return self }
        return .object(
            members.compactMap { member in
                guard let known = other[member.name] else { return member }
                let changed = member.value.changes(from: known)
                return known == member.value || changed == .object([]) ? nil : .init(member.name, changed)
            }
        )
    }
}

extension String {
    /// Without white space around it, and with the line ends of a form as single ones.
    var trimmed: String {
        let text = self.replacing("\r\n", with: "\n")
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}
