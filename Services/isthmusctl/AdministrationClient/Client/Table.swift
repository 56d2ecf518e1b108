import Policy

/// Lines up columns for people.
enum Table {
    /// Some objects, a row each, and of each the fields in `columns`.
    ///
    /// Where a row is wider than `limit`, for which a terminal would break it anywhere, each object has a paragraph instead.
    static func list(_ items: [DocumentValue], columns: [String], limit: Int? = nil) -> String {
        guard !items.isEmpty else { return "none" }
        let rows = [columns.map { $0.uppercased() }] + items.map { item in columns.map { self.cell(item[$0]) } }
        let widths = columns.indices.map { column in rows.map { $0[column].columns }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ").trimmingTrailingSpaces
        }
        guard let limit, lines.contains(where: { $0.columns > limit }) else { return lines.joined(separator: "\n") }
        return items.map { item in
            self.object(.object(columns.map { DocumentValue.Member($0, item[$0] ?? .null) }))
        }.joined(separator: "\n\n")
    }

    /// One object, a field on a line.
    static func object(_ object: DocumentValue) -> String {
        let members = object.members ?? []
        let width = members.map(\.name.columns).max() ?? 0
        return members.map { "\($0.name.padded(to: width))  \(self.cell($0.value))" }.joined(separator: "\n")
    }

    /// What comes from the network is shown without the characters that command a terminal.
    private static func cell(_ value: DocumentValue?) -> String {
        let text = (value ?? .null).summary
        let cleaned = text.withoutControls
        return cleaned.isEmpty ? "-" : cleaned
    }

    /// Several lines, likewise without what commands a terminal.
    static func cleaned(lines text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).withoutControls }
            .joined(separator: "\n")
    }
}

extension Unicode.Scalar.Properties {
    /// Control and format characters: escape sequences, marks that turn text around.
    fileprivate var isControl: Bool {
        switch self.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension String {
    /// Without the characters that command a terminal.
    var withoutControls: String {
        String(String.UnicodeScalarView(self.unicodeScalars.filter { !$0.properties.isControl }))
    }

    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
