import XML

extension SIPText {
    /// Whether this has the start line, each of the header fields and the body of `pattern`.
    ///
    /// What the pattern does not name may be anything.
    ///
    /// - Returns: what was seen, for the table of results
    /// - Throws: ``SceneError`` with the difference
    func match(_ pattern: SIPText, _ placeholders: inout Placeholders) throws -> String {
        guard var shown = placeholders.match(self.startLine, pattern.startLine) else {
            throw SceneError(description: "“\(self.startLine)” is not “\(placeholders.filled(pattern.startLine))”")
        }
        for (name, value) in pattern.headers {
            let found = self.values(name)
            if found.isEmpty, Placeholders.allowsAbsence(value) { continue }
            var seen: String?
            for one in found where seen == nil { seen = placeholders.match(one, value) }
            guard let seen else {
                throw SceneError(description: "\(name): \(found) is not “\(placeholders.filled(value))”")
            }
            shown += "; \(name): \(seen)"
        }
        guard !pattern.body.isEmpty else { return shown }
        return shown + "; " + (try self.matchBody(pattern.body, &placeholders))
    }

    private func matchBody(_ pattern: String, _ placeholders: inout Placeholders) throws -> String {
        let type = self.values("Content-Type").first ?? ""
        if type.contains("xml") {
            let (seen, expected) = (try XMLDocument.parse(self.body), try XMLDocument.parse(pattern))
            return try seen.match(expected, &placeholders)
        }
        if type.contains("sdp") {
            let lines = self.body.split(separator: "\n").map(String.init)
            return try pattern.split(separator: "\n").map { line -> String in
                for one in lines { if let seen = placeholders.match(one, String(line)) { return seen } }
                throw SceneError(description: "no line of \(lines) is “\(placeholders.filled(String(line)))”")
            }
            .joined(separator: "; ")
        }
        guard let seen = placeholders.match(self.body, pattern) else {
            throw SceneError(description: "the body “\(self.body)” is not “\(placeholders.filled(pattern))”")
        }
        return "“\(seen.replacing("\n", with: " "))”"
    }
}

extension XMLDocument {
    static func parse(_ text: String) throws -> XMLElement { try self.parse(Array(text.utf8)) }
}
