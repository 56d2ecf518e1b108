/// Tables as text with commas ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)).
public enum CSV {
    /// A row, and the line on which it begins, from 1.
    public struct Row: Equatable, Sendable {
        public var line: Int
        public var fields: [String]

        public init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    /// The rows of a text; empty lines are left out, and a byte order mark is.
    public static func rows(_ text: String) -> [[String]] { self.numberedRows(text).map(\.fields) }

    /// The same, each with its line.
    public static func numberedRows(_ text: String) -> [Row] {
        var reader = Reader()
        for character in text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...] { reader.read(character) }
        reader.finish()
        return reader.rows
    }

    public static func line(_ fields: [String]) -> String {
        fields.map { field in
            let isPlain = !field.contains { ",\"\n\r".contains($0) } && field == field.trimmingSpaces
            return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
        }.joined(separator: ",")
    }

    /// Reads character by character.
    private struct Reader {
        var rows: [Row] = []
        private var row: [String] = []
        private var field = ""
        private var line = 1
        private var start = 1
        /// Inside quotes; and whether the last character may have ended them.
        private var isQuoted = false
        private var mayBeEnd = false
        private var wasQuoted = false

        mutating func read(_ character: Character) {
            let isNewline = character == "\n" || character == "\r\n" || character == "\r"
            if isNewline { self.line += 1 }
            if self.mayBeEnd {
                self.mayBeEnd = false
                // A quote in a quoted field is written twice.
                if character == "\"" { return self.field.append(character) }
                self.isQuoted = false
            }
            switch character {
            case "\"" where self.isQuoted: self.mayBeEnd = true
            case "\"" where self.field.trimmingSpaces.isEmpty:
                (self.isQuoted, self.wasQuoted, self.field) = (true, true, "")
            case "," where !self.isQuoted: self.endField()
            case _ where isNewline && !self.isQuoted: self.endRow()
            default: self.field.append(character)
            }
        }

        mutating func finish() {
            if !self.field.isEmpty || !self.row.isEmpty || self.wasQuoted { self.endRow() }
        }

        private mutating func endField() {
            self.row.append(self.wasQuoted ? self.field : self.field.trimmingSpaces)
            (self.field, self.wasQuoted) = ("", false)
        }

        private mutating func endRow() {
            self.endField()
            if self.row != [""] { self.rows.append(Row(line: self.start, fields: self.row)) }
            self.row = []
            self.start = self.line
        }
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
