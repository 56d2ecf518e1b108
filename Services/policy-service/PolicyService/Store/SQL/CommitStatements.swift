import Policy

/// The statements that make a commit's changes.
///
/// Objects come by the thousand, so those of a kind that follow each other are written together.
struct CommitStatements {
    /// Objects of one kind, by key: of two with the same key the later one counts.
    private enum Batch {
        case partners([String: Partner])
        case rows(table: String, [String: Columns])
    }

    private var statements: [SQLStatement] = []
    private var batch: Batch?

    static func of(_ changes: [PolicyChange]) -> [SQLStatement] {
        var made = CommitStatements()
        for change in changes { made.add(change) }
        made.write()
        return made.statements
    }

    private mutating func add(_ change: PolicyChange) {
        switch change {
        case .settings(let settings):
            self.write()
            self.statements.append(
                SQLStatement(sql: "UPDATE configuration SET settings = $1", values: [.text(settings.document.json())])
            )
        case .partner(let partner): self.add(partner)
        case .partnerRemoved(let domain): self.remove("partner", "domain", domain)
        case .domain(let domain): self.add("local_domain", domain.domain, domain.columns)
        case .domainRemoved(let domain): self.remove("local_domain", "domain", domain)
        case .user(let user): self.add(#""user""#, user.address, user.columns)
        case .userRemoved(let address): self.remove(#""user""#, "address", address)
        case .route(let route): self.add("route", route.id, route.columns)
        case .routeRemoved(let id): self.remove("route", "id", id)
        case .host(let host): self.add("host", host.host, host.columns)
        case .hostRemoved(let host): self.remove("host", "host", host)
        case .edge, .edgeRemoved:
            assertionFailure("the edge directory is no part of the configuration")
        }
    }

    private mutating func add(_ table: String, _ key: String, _ columns: Columns) {
        guard case .rows(table: table, var rows)? = self.batch, rows.count < SQLLimits.rowsOfAStatement else {
            self.write()
            self.batch = .rows(table: table, [key: columns])
            return
        }
        // Let go of before it is changed, which would copy it.
        self.batch = nil
        rows[key] = columns
        self.batch = .rows(table: table, rows)
    }

    private mutating func add(_ partner: Partner) {
        guard case .partners(var partners)? = self.batch, partners.count < SQLLimits.rowsOfAStatement else {
            self.write()
            self.batch = .partners([partner.domain: partner])
            return
        }
        self.batch = nil
        partners[partner.domain] = partner
        self.batch = .partners(partners)
    }

    private mutating func remove(_ table: String, _ column: String, _ key: String) {
        self.write()
        self.statements.append(SQLStatement(sql: "DELETE FROM \(table) WHERE \(column) = $1", values: [.text(key)]))
    }

    /// Makes the statements of what has gathered.
    private mutating func write() {
        switch self.batch {
        case nil: return
        case .rows(let table, let rows): self.append(.put(table, Array(rows.values)))
        case .partners(let partners): self.write(Array(partners.values))
        }
        self.batch = nil
    }

    private mutating func write(_ partners: [Partner]) {
        self.append(.put("partner", partners.map(\.columns)))
        let places = partners.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        self.statements.append(
            SQLStatement(
                sql: "DELETE FROM partner_domain WHERE partner IN (\(places))",
                values: partners.map { .text($0.domain) }
            )
        )
        let domains: [Columns] = partners.flatMap { partner in
            partner.additionalDomains.enumerated().map { position, domain in
                [("partner", .text(partner.domain)), ("position", SQLValue(position)), ("domain", .text(domain))]
            }
        }
        for start in stride(from: 0, to: domains.count, by: SQLLimits.rowsOfAStatement) {
            let part = domains[start..<min(start + SQLLimits.rowsOfAStatement, domains.count)]
            self.append(.insert("partner_domain", Array(part)))
        }
    }

    private mutating func append(_ statement: SQLStatement?) {
        if let statement { self.statements.append(statement) }
    }
}

enum SQLLimits {
    /// A statement has at most 32 766 values in SQLite and 65 535 in PostgreSQL; a row has at most 20.
    static let rowsOfAStatement = 500
}
