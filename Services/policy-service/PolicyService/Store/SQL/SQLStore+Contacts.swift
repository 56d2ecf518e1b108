import Policy

extension SQLStore {
    func contacts() async throws -> [ContactList.Entry] {
        try await self.read { session in
            try session.rows("SELECT * FROM contact ORDER BY owner, contact, group_name").map(
                ContactList.Entry.init(row:)
            )
        }
    }

    func bringIn(
        _ contacts: [ContactList.Entry],
        removingOthers: Bool,
        approvals: [SubscriptionRecord],
        _ audit: AuditEntry
    ) async throws {
        try await self.write { session in
            if removingOthers { try session.execute("DELETE FROM contact") }
            for start in stride(from: 0, to: contacts.count, by: SQLLimits.rowsOfAStatement) {
                let part = contacts[start..<min(start + SQLLimits.rowsOfAStatement, contacts.count)]
                try session.put("contact", part.map(\.columns), keyLength: 3)
            }
            for approval in approvals { try Self.add(approval, session) }
            try session.insert("audit", audit.columns)
        }
    }
}

extension ContactList.Entry {
    fileprivate var columns: Columns {
        [
            ("owner", .text(self.userAddress)), ("contact", .text(self.contactAddress)),
            ("group_name", .text(self.group)), ("owner_user", .text(self.user)),
            ("owner_domain", .text(self.userDomain)), ("contact_user", .text(self.contact)),
            ("contact_domain", .text(self.contactDomain)), ("nickname", .text(self.nickname)),
            ("state", .text(self.state)),
        ]
    }

    fileprivate init(row: any SQLRow) throws {
        self.init(
            user: try row.text("owner_user"),
            userDomain: try row.text("owner_domain"),
            contact: try row.text("contact_user"),
            contactDomain: try row.text("contact_domain"),
            nickname: try row.text("nickname"),
            group: try row.text("group_name"),
            state: try row.text("state")
        )
    }
}
