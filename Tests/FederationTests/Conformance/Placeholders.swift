import Foundation

/// What stands for what in the texts of a scene: `{juliet}` for an address, `{thread}` for a value that is not known before.
///
/// | written | matches |
/// |---|---|
/// | `{name}` | the value it has; where it has none any text, which is its value from then on |
/// | `{*}`, `{dialog}` | any text |
/// | `{a\|b}` | one of these; `absent` among them: or there is no such thing |
/// | `{absent}` | only that there is no such thing |
struct Placeholders {
    /// Who and where: known before the scene begins, shown by name.
    let cast: [String: String]
    /// What was seen in the course of the scene.
    private(set) var seen: [String: String] = [:]

    init(cast: [String: String]) { self.cast = cast }

    /// Names that never have a value.
    private static let anonymous: Set<String> = ["*", "dialog"]

    private func value(_ name: String) -> String? { self.cast[name] ?? self.seen[name] }

    /// Parts of a pattern: text, or a name in braces.
    private static func parts(_ pattern: String) -> [(text: String, isName: Bool)] {
        var parts: [(String, Bool)] = []
        var rest = pattern[...]
        while let match = rest.firstMatch(of: /\{([^{}\s]+)\}/) {
            parts.append((String(rest[..<match.range.lowerBound]), false))
            parts.append((String(match.output.1), true))
            rest = rest[match.range.upperBound...]
        }
        parts.append((String(rest), false))
        return parts.filter { !$0.0.isEmpty }
    }

    /// Puts in what is known; what is not stays as it is.
    func filled(_ text: String) -> String {
        Self.parts(text).map { part in part.isName ? self.value(part.text) ?? "{\(part.text)}" : part.text }.joined()
    }

    /// Whether a pattern says that the thing may be missing.
    static func allowsAbsence(_ pattern: String) -> Bool { self.alternatives(pattern)?.contains("absent") == true }

    private static func alternatives(_ pattern: String) -> [String]? {
        let parts = self.parts(pattern)
        guard parts.count == 1, parts[0].isName, parts[0].text == "absent" || parts[0].text.contains("|") else {
            return nil
        }
        return parts[0].text.split(separator: "|").map(String.init)
    }

    /// Whether `text` is what `pattern` says; takes in the values of names that had none.
    ///
    /// - Returns: what was seen, with names in the place of addresses and `…` in that of anything; `nil` if it differs.
    mutating func match(_ text: String, _ pattern: String) -> String? {
        if let alternatives = Self.alternatives(pattern) { return alternatives.contains(text) ? text : nil }
        let parts = Self.parts(pattern)
        var expression = ""
        var unknown: [String] = []
        for part in parts {
            if part.isName, self.value(part.text) == nil {
                expression += "(.+?)"
                unknown.append(part.text)
            } else {
                let literal = part.isName ? self.value(part.text) ?? "" : part.text
                expression += NSRegularExpression.escapedPattern(for: literal)
            }
        }
        let range = NSRange(text.startIndex..., in: text)
        guard
            let regex = try? NSRegularExpression(pattern: "\\A\(expression)\\z", options: .dotMatchesLineSeparators),
            let found = regex.firstMatch(in: text, range: range)
        else { return nil }
        for (index, name) in unknown.enumerated() where !Self.anonymous.contains(name) {
            guard let place = Range(found.range(at: index + 1), in: text) else { return nil }
            // The same name twice in one pattern is the same text twice.
            if let known = self.seen[name], known != text[place] { return nil }
            self.seen[name] = String(text[place])
        }
        return parts.map { part in !part.isName ? part.text : self.cast[part.text] == nil ? "…" : "{\(part.text)}" }
            .joined()
    }
}
