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
        try self.show(.list(items), as: format) {
            Table.list($0.elements ?? [], columns: columns, limit: Terminal.width)
        }
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
    static func outcome(_ document: DocumentValue, as format: Display.Format) throws {
        try self.show(document, as: format) { self.text(ofOutcome: $0) }
    }

    /// What became of a deed that has no versions: told by `text`, and for programs by what the API has answered.
    static func outcome(_ document: DocumentValue, of deed: Deed, text: (DocumentValue) -> String) throws {
        guard !deed.dryRun else { return try self.outcome(document, as: deed.display.output) }
        try self.show(document, as: deed.display.output, table: text)
    }

    static func text(ofOutcome document: DocumentValue) -> String {
        let isDryRun = document["dry-run"]?.flag == true
        // What is no part of the configuration has no version.
        let version = document["version"]?.integer.map { "; the configuration is at version \($0)" } ?? ""
        let changes = document["changes"]?.elements ?? []
        let warnings = document["warnings"]?.elements ?? []
        var lines = self.lines(forChanges: document)
        lines += warnings.map { Refusal.line(for: $0) }
        let untold = (document["warning-count"]?.integer ?? warnings.count) - warnings.count
        if untold > 0 { lines.append("… and \(untold) more warnings.") }
        if document["steps"]?.elements?.isEmpty == false { lines.append(TestRun.text(of: document)) }
        if changes.isEmpty {
            lines.append("Nothing to change\(version).")
        } else if isDryRun {
            lines.append("This was a dry run: nothing was changed.")
        } else {
            lines.append("Done\(version).")
        }
        return lines.joined(separator: "\n")
    }

    /// What changed, a line for each object and each field; where only the first are told, how many there are of which kind.
    static func lines(forChanges document: DocumentValue) -> [String] {
        let changes = document["changes"]?.elements ?? []
        let told = changes.flatMap { self.lines(for: $0) }
        let untold = (document["change-count"]?.integer ?? changes.count) - changes.count
        guard untold > 0 else { return told }
        let kinds = (document["summary"]?.elements ?? []).map { kind in
            let parts = ["added", "changed", "removed"].compactMap { name -> String? in
                guard let number = kind[name]?.integer, number > 0 else { return nil }
                return "\(number) \(name)"
            }
            return "\(kind["kind"]?.text ?? ""): \(parts.joined(separator: ", "))"
        }
        let all = kinds.isEmpty ? "" : " In all \(kinds.joined(separator: "; "))."
        return told + ["… and \(untold) more; --full prints them all.\(all)"]
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
