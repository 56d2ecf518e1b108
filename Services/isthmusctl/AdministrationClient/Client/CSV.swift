/// Tables as text with commas ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).
enum CSV {
    /// The rows of a text; empty lines are left out, and a byte order mark is.
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var wasQuoted = false
        func endField() {
            row.append(wasQuoted ? field : field.trimmingSpaces)
            (field, wasQuoted) = ("", false)
        }
        func endRow() {
            endField()
            if row != [""] { rows.append(row) }
            row = []
        }
        var characters = Substring(text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text)
        while let character = characters.popFirst() {
            switch character {
            case "\"" where isQuoted && characters.first == "\"": field.append(characters.removeFirst())
            case "\"" where isQuoted: isQuoted = false
            case "\"" where field.trimmingSpaces.isEmpty: (isQuoted, wasQuoted, field) = (true, true, "")
            case "," where !isQuoted: endField()
            case "\n" where !isQuoted, "\r\n" where !isQuoted, "\r" where !isQuoted: endRow()
            default: field.append(character)
            }
        }
        if !field.isEmpty || !row.isEmpty { endRow() }
        return rows
    }

    static func line(_ fields: [String]) -> String {
        fields.map { field in
            let isPlain = !field.contains { ",\"\n\r".contains($0) } && field == field.trimmingSpaces
            return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",")
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
