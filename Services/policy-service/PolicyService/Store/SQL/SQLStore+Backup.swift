import Policy

extension SQLStore {
    func backup() async throws -> [BackupFile.Row] {
        try await self.read { session in
            try BackupTable.all.flatMap { table in
                try session.rows("SELECT * FROM \"\(table.name)\" ORDER BY \(table.order)").map { row in
                    BackupFile.Row(table: table.name, values: try table.document(of: row))
                }
            }
        }
    }

    func restore(_ rows: [BackupFile.Row], keeping token: TokenRecord?, _ audit: AuditEntry) async throws {
        try await self.write { session in
            // Nobody commits while this lasts.
            try session.execute("UPDATE configuration SET version = version")
            let byTable = Dictionary(grouping: rows, by: \.table)
            let unknown = Set(byTable.keys).subtracting(BackupTable.all.map(\.name)).sorted()
            guard unknown.isEmpty else { throw BackupError.unknown("the table \(unknown.joined(separator: ", "))") }
            for table in BackupTable.all.reversed() where table.name != "configuration" {
                try session.execute("DELETE FROM \"\(table.name)\"")
            }
            for table in BackupTable.all {
                let columns = try (byTable[table.name] ?? []).map { try table.columns(of: $0.values) }
                if table.name == "configuration" {
                    try Self.restore(columns, session)
                } else {
                    for start in stride(from: 0, to: columns.count, by: SQLLimits.rowsOfAStatement) {
                        let part = columns[start..<min(start + SQLLimits.rowsOfAStatement, columns.count)]
                        try session.insert("\"\(table.name)\"", Array(part))
                    }
                }
            }
            if let token { try session.put("token", [token.columns]) }
            // What cannot be read must not become what is in force.
            _ = try Self.configuration(session)
            try self.renumber(session)
            try session.insert("audit", audit.columns)
        }
    }

    /// There is one row, always.
    private static func restore(_ rows: [Columns], _ session: any SQLSession) throws {
        guard rows.count == 1, let row = rows.first else { throw BackupError.unknown("no configuration, or several") }
        let values = Dictionary(row.map { ($0.name, $0.value) }) { $1 }
        try session.execute(
            "UPDATE configuration SET version = $1, settings = $2",
            [values["version"] ?? .integer(0), values["settings"] ?? .text("{}")]
        )
    }
}

extension BackupTable {
    fileprivate func document(of row: any SQLRow) throws -> DocumentValue {
        .object(
            try self.columns.map { column in
                let value: DocumentValue? =
                    switch column.kind {
                    case .text: row.optionalText(column.name).map { .text($0) }
                    case .number: row.optionalInteger(column.name).map { .integer(Int($0)) }
                    case .flag: row.optionalFlag(column.name).map { .flag($0) }
                    }
                guard value != nil || column.mayBeEmpty else {
                    throw StoreError.unreadable("the column \(column.name) of \(self.name) is empty")
                }
                return DocumentValue.Member(column.name, value ?? .null)
            }
        )
    }

    /// The columns of this release, whatever their order in the file.
    fileprivate func columns(of document: DocumentValue) throws -> Columns {
        let known = Set(self.columns.map(\.name))
        if let other = document.members?.first(where: { !known.contains($0.name) }) {
            throw BackupError.unknown("the column \(other.name) of \(self.name)")
        }
        return try self.columns.map { column in
            let value = document[column.name] ?? .null
            switch (column.kind, value) {
            case (.text, .text(let text)): return (column.name, .text(text))
            case (.number, .integer(let number)): return (column.name, SQLValue(number))
            case (.flag, .flag(let flag)): return (column.name, .flag(flag))
            case (_, .null) where column.mayBeEmpty: return (column.name, .null)
            case (_, _): throw BackupError.unknown("no value of its kind in the column \(column.name) of \(self.name)")
            }
        }
    }
}
