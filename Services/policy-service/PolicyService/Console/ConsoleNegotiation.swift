import Policy

/// The table of TLS × SASL × dialback beside the form of a partner.
///
/// All rows are in the page, and the style sheet shows the one that is chosen: no script, and it follows each choice at once. A browser
/// that cannot do so shows all of them.
enum ConsoleNegotiation {
    /// For the template of a form.
    static var rows: [[String: Any]] { NegotiationTable.rows.map(Self.row) }

    private static func row(_ rule: NegotiationRule) -> [String: Any] {
        let (tone, text): (ConsoleTone, String) =
            switch rule.verdict {
            case .valid: (.good, "")
            case .warning(let text): (.warning, text)
            case .refused(let text), .invalid(let text): (.bad, text)
            }
        return [
            "number": rule.number, "rowTone": tone.rawValue, "rowText": text,
            "choice":
                "TLS \(Self.word(rule.tls)), SASL \(Self.word(rule.sasl)), dialback \(rule.dialback ? "on" : "off")",
            "methods": rule.methods.isEmpty
                ? "Nothing can be negotiated."
                : "Proven by " + rule.methods.map(\.words).joined(separator: ", or ") + ".",
        ]
    }

    /// The part of the style sheet that shows the row of what is chosen.
    static let style: String =
        NegotiationTable.rows.map { rule in
            let parts = [("tls", rule.tls.rawValue), ("sasl", rule.sasl.rawValue), ("dialback", "\(rule.dialback)")]
            let chosen = parts.map { ":has([data-part=\($0)] [value=\($1)]:checked)" }.joined()
            return ".negotiation\(chosen) .row-\(rule.number)"
        }.joined(separator: ",\n") + " { display: block; }"

    private static func word(_ value: Negotiation) -> String { ConsoleWords.value(value.rawValue, of: "tls") }
}
