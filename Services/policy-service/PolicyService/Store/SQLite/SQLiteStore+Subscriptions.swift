import GRDB
import Messaging
import Policy
import Wire

extension SQLiteStore {
    func apply(_ changes: [SubscriptionChange]) async throws {
        try await self.database.write { database in
            for change in changes {
                switch change {
                case .put(let subscription): try Self.put(subscription, database)
                case .remove(let key): try Self.remove(key, database)
                }
            }
        }
    }

    private static func put(_ subscription: SubscriptionRecord, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO subscription
                    (direction, watcher_user, watcher_domain, presentity_user, presentity_domain, state, refreshed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (direction, watcher_user, watcher_domain, presentity_user, presentity_domain)
                DO UPDATE SET state = excluded.state, refreshed_at = excluded.refreshed_at
                """
        ).execute(
            arguments: StatementArguments(
                self.key(subscription.key) + [subscription.state.rawValue, subscription.refreshedAt]
            )
        )
    }

    private static func remove(_ subscription: SubscriptionKey, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM subscription
                WHERE direction = ? AND watcher_user = ? AND watcher_domain = ?
                    AND presentity_user = ? AND presentity_domain = ?
                """
        ).execute(arguments: StatementArguments(self.key(subscription)))
    }

    /// The cursor is the number of the last record of the page before.
    func subscriptions(_ query: SubscriptionQuery) async throws -> SubscriptionPage {
        try await self.database.read { database in
            let limit = max(1, query.limit)
            let (condition, arguments) = Self.condition(query)
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM subscription WHERE \(condition) ORDER BY id LIMIT \(limit + 1)",
                arguments: arguments
            )
            let page = rows.prefix(limit)
            let last: Int? = page.last?["id"]
            return SubscriptionPage(
                records: try page.map(SubscriptionRecord.init(row:)),
                nextCursor: rows.count > limit ? last.map(String.init) : nil
            )
        }
    }

    /// Only what is asked for is in it, so that the index over the key serves the look-up of one subscription.
    private static func condition(_ query: SubscriptionQuery) -> (sql: String, StatementArguments) {
        var conditions = ["id > ?"]
        var values: [any DatabaseValueConvertible] = [query.cursor.flatMap { Int($0) } ?? 0]
        if let direction = query.direction {
            conditions.append("direction = ?")
            values.append(direction.rawValue)
        }
        for (name, address) in [("watcher", query.watcher), ("presentity", query.presentity)] {
            guard let address else { continue }
            conditions.append("\(name)_user = ? AND \(name)_domain = ?")
            values += [address.user ?? "", address.domain]
        }
        return (conditions.joined(separator: " AND "), StatementArguments(values))
    }

    private static func key(_ key: SubscriptionKey) -> [any DatabaseValueConvertible] {
        [
            key.direction.rawValue, key.watcher.user ?? "", key.watcher.domain, key.presentity.user ?? "",
            key.presentity.domain,
        ]
    }
}

extension SubscriptionRecord {
    init(row: Row) throws {
        func address(_ name: String) -> Address {
            let user: String = row["\(name)_user"]
            return Address(user: user.isEmpty ? nil : user, domain: row["\(name)_domain"])
        }
        self.init(
            direction: try row.word("direction"),
            watcher: address("watcher"),
            presentity: address("presentity"),
            state: try row.word("state"),
            refreshedAt: row["refreshed_at"]
        )
    }

    var key: SubscriptionKey {
        SubscriptionKey(direction: self.direction, watcher: self.watcher, presentity: self.presentity)
    }
}
