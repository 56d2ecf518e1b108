import Policy

/// Lines up columns for people.
enum Table {
    /// Some objects, a row each, and of each the fields in `columns`.
    static func list(_ items: [DocumentValue], columns: [String]) -> String {
        guard !items.isEmpty else { return "none" }
        let rows = [columns.map { $0.uppercased() }] + items.map { item in columns.map { self.cell(item[$0]) } }
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
    }

    /// One object, a field on a line.
    static func object(_ object: DocumentValue) -> String {
        let members = object.members ?? []
        let width = members.map(\.name.count).max() ?? 0
        return members.map { member in
            let name = member.name + String(repeating: " ", count: width - member.name.count)
            return "\(name)  \(self.cell(member.value))"
        }.joined(separator: "\n")
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
