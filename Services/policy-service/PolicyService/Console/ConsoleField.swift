import Policy

/// A field of a form: made from a document, so that a field that the policy has is never missing here.
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

    let name: String
    let kind: Kind
    let value: DocumentValue

    /// - Parameters:
    ///   - name: Its name, as in the API.
    ///   - blank: Its default, which says what kind of value it takes.
    ///   - value: What it is now.
    init?(_ name: String, blank: DocumentValue, value: DocumentValue) {
        self.name = name
        self.value = value
        switch (name, blank) {
        case ("partner-type", _): self.kind = .choice(Self.names(Partner.Kind.self))
        case ("tls", _), ("sasl", _): self.kind = .choice(Self.names(Negotiation.self))
        case ("transport", _): self.kind = .choice(Self.names(StaticRoute.Transport.self))
        case ("partition", _): self.kind = .choice(Self.names(Partition.Mode.self))
        case ("home", _): self.kind = .choice(Self.names(UserRecord.Home.self))
        // Where nothing is said, the wider scope decides (SPEC §1).
        case ("xmpp-access", .null): self.kind = .choice(["", "true", "false"])
        case ("blocked-domains", _), ("allowed-domains", _): self.kind = .rules
        case (_, .flag): self.kind = .choice(["true", "false"])
        case (_, .integer): self.kind = .number
        case (_, .list): self.kind = .lines
        case (_, .text), (_, .null): self.kind = .text
        // An object inside another has no form of its own here.
        case (_, .object): return nil
        }
    }

    private static func names<Value: RawRepresentable<String> & CaseIterable>(_: Value.Type) -> [String] {
        Value.allCases.map(\.rawValue)
    }

    /// As it stands in the form.
    var text: String {
        switch self.kind {
        case .lines: self.value.elements?.map(\.summary).joined(separator: "\n") ?? ""
        case .rules:
            self.value.elements?.map { "\($0["pattern"]?.text ?? "") \($0["direction"]?.text ?? "")" }
                .joined(separator: "\n") ?? ""
        case .text, .number, .choice: self.value.summary
        }
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

extension String {
    /// Without white space around it, and with the line ends of a form as single ones.
    fileprivate var trimmed: String {
        let text = self.replacing("\r\n", with: "\n")
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}
