import Policy

/// What would be different after a backup is brought back: object by object for the configuration and the tokens, in numbers for
/// what grows by itself.
struct BackupPreview {
    let changes: [ObjectChange]

    /// What people configure.
    private static let objects: Set = [
        "configuration", "partner", "partner_domain", "local_domain", "user", "route", "host", "token",
    ]

    init(from present: [BackupFile.Row], to backup: [BackupFile.Row]) {
        let before = Dictionary(grouping: present, by: \.table)
        let after = Dictionary(grouping: backup, by: \.table)
        var changes: [ObjectChange] = []
        var counts: (before: [DocumentValue.Member], after: [DocumentValue.Member]) = ([], [])
        for table in BackupTable.all {
            let (old, new) = (before[table.name] ?? [], after[table.name] ?? [])
            guard Self.objects.contains(table.name) else {
                counts.before.append(.init(table.name, .integer(old.count)))
                counts.after.append(.init(table.name, .integer(new.count)))
                continue
            }
            changes += Self.changes(of: table, old, new)
        }
        if counts.before != counts.after {
            changes.append(
                ObjectChange(object: "records", before: .object(counts.before), after: .object(counts.after))
            )
        }
        self.changes = changes
    }

    private static func changes(
        of table: BackupTable,
        _ old: [BackupFile.Row],
        _ new: [BackupFile.Row]
    ) -> [ObjectChange] {
        let keys = table.order.split(separator: ", ").map { String($0) }
        func named(_ rows: [BackupFile.Row]) -> [String: DocumentValue] {
            Dictionary(
                rows.map { row in
                    (keys.map { row.values[$0]?.summary ?? "" }.joined(separator: " "), self.shown(row.values))
                }
            ) { $1 }
        }
        let (before, after) = (named(old), named(new))
        return Set(before.keys).union(after.keys).sorted().compactMap { key in
            guard before[key] != after[key] else { return nil }
            let noun = table.name.replacing("_", with: " ")
            let object = table.name == "configuration" ? noun : "\(noun) \(key)"
            return ObjectChange(object: object, before: before[key], after: after[key])
        }
    }

    /// Without the hashes of tokens.
    private static func shown(_ row: DocumentValue) -> DocumentValue {
        .object((row.members ?? []).filter { $0.name != "hash" }.sorted { $0.name < $1.name })
    }
}
