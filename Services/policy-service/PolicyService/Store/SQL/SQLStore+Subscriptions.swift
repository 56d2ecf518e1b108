import Messaging
import Policy
import Wire

extension SQLStore {
    func apply(_ changes: [SubscriptionChange]) async throws {
        try await self.write { session in
            for change in changes {
                switch change {
                case .put(let subscription): try Self.put(subscription, session)
                case .remove(let key): try Self.remove(key, session)
                }
            }
        }
    }

    private static func put(_ subscription: SubscriptionRecord, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO subscription
                (direction, watcher_user, watcher_domain, presentity_user, presentity_domain, state, refreshed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (direction, watcher_user, watcher_domain, presentity_user, presentity_domain)
            DO UPDATE SET state = excluded.state, refreshed_at = excluded.refreshed_at
            """,
            self.key(subscription.key) + [.text(subscription.state.rawValue), SQLValue(subscription.refreshedAt)]
        )
    }

    /// Adds a record if there is none of the same people.
    static func add(_ subscription: SubscriptionRecord, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO subscription
                (direction, watcher_user, watcher_domain, presentity_user, presentity_domain, state, refreshed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (direction, watcher_user, watcher_domain, presentity_user, presentity_domain) DO NOTHING
            """,
            self.key(subscription.key) + [.text(subscription.state.rawValue), SQLValue(subscription.refreshedAt)]
        )
    }

    private static func remove(_ subscription: SubscriptionKey, _ session: any SQLSession) throws {
        try session.execute(
            """
            DELETE FROM subscription
            WHERE direction = $1 AND watcher_user = $2 AND watcher_domain = $3
                AND presentity_user = $4 AND presentity_domain = $5
            """,
            self.key(subscription)
        )
    }

    /// The cursor is the number of the last record of the page before.
    func subscriptions(_ query: SubscriptionQuery) async throws -> SubscriptionPage {
        try await self.read { session in
            let limit = max(1, query.limit)
            let (condition, values) = Self.condition(query)
            let rows = try session.rows(
                "SELECT * FROM subscription WHERE \(condition) ORDER BY id LIMIT $\(values.count + 1)",
                values + [SQLValue(limit + 1)]
            )
            let page = rows.prefix(limit)
            let last = try page.last?.integer("id")
            return SubscriptionPage(
                records: try page.map(SubscriptionRecord.init(row:)),
                nextCursor: rows.count > limit ? last.map { String($0) } : nil
            )
        }
    }

    /// Only what is asked for is in it, so that the index over the key serves the look-up of one subscription.
    private static func condition(_ query: SubscriptionQuery) -> (sql: String, [SQLValue]) {
        var conditions = ["id > $1"]
        var values = [SQLValue(query.cursor.flatMap { Int($0) } ?? 0)]
        func add(_ column: String, _ text: String) {
            values.append(.text(text))
            conditions.append("\(column) = $\(values.count)")
        }
        if let direction = query.direction { add("direction", direction.rawValue) }
        for (name, address) in [("watcher", query.watcher), ("presentity", query.presentity)] {
            guard let address else { continue }
            add("\(name)_user", address.user ?? "")
            add("\(name)_domain", address.domain)
        }
        return (conditions.joined(separator: " AND "), values)
    }

    private static func key(_ key: SubscriptionKey) -> [SQLValue] {
        [
            .text(key.direction.rawValue), .text(key.watcher.user ?? ""), .text(key.watcher.domain),
            .text(key.presentity.user ?? ""), .text(key.presentity.domain),
        ]
    }
}

extension SubscriptionRecord {
    init(row: any SQLRow) throws {
        func address(_ name: String) throws -> Address {
            let user = try row.text("\(name)_user")
            return Address(user: user.isEmpty ? nil : user, domain: try row.text("\(name)_domain"))
        }
        self.init(
            direction: try row.word("direction"),
            watcher: try address("watcher"),
            presentity: try address("presentity"),
            state: try row.word("state"),
            refreshedAt: try row.integer("refreshed_at")
        )
    }

    var key: SubscriptionKey {
        SubscriptionKey(direction: self.direction, watcher: self.watcher, presentity: self.presentity)
    }
}
