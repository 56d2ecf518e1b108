import Policy

/// What commands print.
enum Printer {
    static func show(_ document: DocumentValue, as format: Display.Format, table: (DocumentValue) -> String) throws {
        switch format {
        case .table: print(table(document))
        case .json: print(document.json(isIndented: true))
        case .yaml: print(try YAMLDocument.write(document), terminator: "")
        }
    }

    static func list(_ items: [DocumentValue], as format: Display.Format, columns: [String]) throws {
        try self.show(.list(items), as: format) { Table.list($0.elements ?? [], columns: columns) }
    }

    static func object(_ object: DocumentValue, as format: Display.Format) throws {
        try self.show(object, as: format) { Table.object($0) }
    }

    /// One of several, which may not be there.
    static func one(
        _ object: DocumentValue?,
        _ what: String,
        as format: Display.Format,
        table: (DocumentValue) -> String = { Table.object($0) }
    ) throws {
        guard let object else {
            throw ClientError.refused(Refusal(status: 404, ["title": .text("there is no \(what)")]))
        }
        try self.show(object, as: format, table: table)
    }

    /// What became of a change.
    static func outcome(_ document: DocumentValue) {
        print(self.text(ofOutcome: document))
    }

    static func text(ofOutcome document: DocumentValue) -> String {
        let isDryRun = document["dry-run"]?.flag == true
        let version = document["version"]?.integer ?? 0
        let changes = document["changes"]?.elements ?? []
        var lines = self.lines(forChanges: document)
        for warning in document["warnings"]?.elements ?? [] { lines.append(Refusal.line(for: warning)) }
        if changes.isEmpty {
            lines.append("Nothing to change; the configuration is at version \(version).")
        } else if isDryRun {
            lines.append("This was a dry run: nothing was changed.")
        } else {
            lines.append("Done; the configuration is at version \(version).")
        }
        return lines.joined(separator: "\n")
    }

    /// What changed, a line for each object and each field.
    static func lines(forChanges document: DocumentValue) -> [String] {
        (document["changes"]?.elements ?? []).flatMap { self.lines(for: $0) }
    }

    private static func lines(for change: DocumentValue) -> [String] {
        let object = change["object"]?.text ?? ""
        let (before, after) = (change["before"] ?? .null, change["after"] ?? .null)
        switch change["action"]?.text {
        case "remove": return ["- \(object)"]
        case "add":
            return ["+ \(object)"]
                + (after.members ?? []).filter { !$0.value.isBlank }.map { "    \($0.name): \($0.value.summary)" }
        default:
            return ["~ \(object)"] + self.differences(before, after, in: "").map { "    \($0)" }
        }
    }

    /// The fields that differ, those of objects inside as `default-partner.tls`.
    private static func differences(_ before: DocumentValue, _ after: DocumentValue, in path: String) -> [String] {
        (after.members ?? []).flatMap { member -> [String] in
            let old = before[member.name] ?? .null
            guard old != member.value else { return [] }
            if old.members != nil, member.value.members != nil {
                return self.differences(old, member.value, in: "\(path)\(member.name).")
            }
            return ["\(path)\(member.name): \(self.text(old)) → \(self.text(member.value))"]
        }
    }

    private static func text(_ value: DocumentValue) -> String {
        if let elements = value.elements, !elements.isEmpty {
            return elements.map { self.text($0) }.joined(separator: ", ")
        }
        // A rule of the lists of blocked and allowed domains, as the options write it.
        if let pattern = value["pattern"]?.text, let direction = value["direction"]?.text {
            return direction == "both" ? pattern : "\(direction):\(pattern)"
        }
        return value.summary.isEmpty ? "(none)" : value.summary
    }
}

extension DocumentValue {
    /// Whether there is nothing to see.
    fileprivate var isBlank: Bool { self == .null || self == .text("") || self == .list([]) }
}
