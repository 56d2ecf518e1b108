extension DocumentValue {
    /// The value as JSON ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)), members in their order.
    ///
    /// Indented, for people, it has a member per line.
    public func json(isIndented: Bool = false) -> String {
        var text = ""
        self.write(to: &text, indentation: isIndented ? 0 : nil)
        return text
    }

    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .integer(let integer): text += String(integer)
        case .text(let content): Self.write(content, to: &text)
        case .list(let elements):
            Self.write(elements, between: ("[", "]"), to: &text, indentation) { $0.write(to: &$1, indentation: $2) }
        case .object(let members):
            Self.write(members, between: ("{", "}"), to: &text, indentation) { member, text, indentation in
                Self.write(member.name, to: &text)
                text += indentation == nil ? ":" : ": "
                member.value.write(to: &text, indentation: indentation)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        between brackets: (String, String),
        to text: inout String,
        _ indentation: Int?,
        _ write: (Element, inout String, Int?) -> Void
    ) {
        let inner = indentation.map { $0 + 2 }
        text += brackets.0
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            self.breakLine(&text, inner)
            write(element, &text, inner)
        }
        if !elements.isEmpty { self.breakLine(&text, indentation) }
        text += brackets.1
    }

    private static func breakLine(_ text: inout String, _ indentation: Int?) {
        guard let indentation else { return }
        text += "\n" + String(repeating: " ", count: indentation)
    }

    private static func write(_ content: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        // Nearly every text is written as it is.
        let mustEscape = content.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c || $0 == 0x7f }
        guard mustEscape else { return text += content }
        for scalar in content.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1f}", "\u{7f}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
