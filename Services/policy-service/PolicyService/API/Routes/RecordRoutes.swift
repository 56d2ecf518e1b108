import Hummingbird
import Messaging
import Policy
import Wire

/// What is recorded and cannot be changed: refusals, subscriptions, the audit log.
struct RecordRoutes: Sendable {
    let store: any PolicyStore
    let refusals: RefusalLog

    func add(to router: RouterGroup<APIContext>) {
        router.get("refusals") { request, _ in
            let filter = try RefusalFilter(request)
            let page = try request.page()
            let found = try await self.refusals.list(filter, page)
            return Self.list(found.map(\.document), next: found.count == page.limit ? found.last?.number : nil)
        }
        router.get("refusals/:key") { _, context in
            guard let number = Int(try context.key()), let found = try await self.refusals.find(number) else {
                throw Problem.notFound
            }
            return Response(document: found.document)
        }
        router.get("audit") { request, _ in
            let page = try request.page()
            let found = try await self.store.audit(page)
            return Self.list(found.map(\.document), next: found.count == page.limit ? found.last?.number : nil)
        }
        router.get("subscriptions") { request, _ in
            let query = SubscriptionQuery(
                direction: try request.word("direction"),
                cursor: request.query("cursor"),
                limit: try request.number("limit", in: 1...BusMethods.maximumPage) ?? 100
            )
            let page = try await self.store.subscriptions(query)
            return Response(document: [
                "items": .list(page.records.map(\.document)),
                "next": DocumentValue(optional: page.nextCursor),
            ])
        }
    }

    private static func list(_ items: [DocumentValue], next: Int?) -> Response {
        Response(document: ["items": .list(items), "next": next.map { .integer($0) } ?? .null])
    }
}

extension AuditEntry {
    var document: DocumentValue {
        [
            "number": .integer(self.number),
            "time": DocumentValue(milliseconds: self.time),
            "author": .text(self.author),
            "action": .text(self.action),
            "version": self.version.map { .integer($0) } ?? .null,
            "reason": .text(self.reason),
            "changes": .list(self.changes.map(\.document)),
        ]
    }
}

extension SubscriptionRecord {
    var document: DocumentValue {
        [
            "direction": .text(self.direction.rawValue),
            "watcher": .text(self.watcher.description),
            "presentity": .text(self.presentity.description),
            "state": .text(self.state.rawValue),
            "refreshed-at": DocumentValue(milliseconds: self.refreshedAt),
        ]
    }
}
