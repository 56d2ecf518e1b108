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
            let key = try context.key()
            guard let number = Int(key), let found = try await self.refusals.find(number) else {
                throw CommitRefusal.notFound("refusal \(key); the oldest go by themselves")
            }
            return Response(document: found.document.merging(["advice": .text(found.record.advice)]))
        }
        router.get("audit") { request, _ in
            let page = try request.page()
            let found = try await self.store.audit(page)
            let isFull = try request.isFull()
            return Self.list(
                found.map { $0.document(isFull: isFull) },
                next: found.count == page.limit ? found.last?.number : nil
            )
        }
        router.get("subscriptions") { request, _ in
            let query = SubscriptionQuery(
                direction: try request.word("direction"),
                cursor: request.query("cursor"),
                limit: try request.number("limit", in: 1...BusMethods.maximumPage) ?? 100,
                watcher: try Self.person("watcher", request),
                presentity: try Self.person("presentity", request)
            )
            let page = try await self.store.subscriptions(query)
            return Response(document: [
                "items": .list(page.records.map(\.document)),
                "next": DocumentValue(optional: page.nextCursor),
            ])
        }
    }

    /// One side of the subscriptions that are asked for; nil when that is left open.
    private static func person(_ name: String, _ request: Request) throws(Problem) -> Address? {
        guard let text = request.query(name), !text.isEmpty else { return nil }
        return try ExplainRoutes.address(text, named: name)
    }

    private static func list(_ items: [DocumentValue], next: Int?) -> Response {
        Response(document: ["items": .list(items), "next": next.map { .integer($0) } ?? .null])
    }
}

extension AuditEntry {
    /// Of very many changes the first, unless all are asked for; how many there are is said.
    func document(isFull: Bool) -> DocumentValue {
        let changes = isFull ? self.changes[...] : self.changes.prefix(ChangeReport.limitInLists)
        return [
            "number": .integer(self.number),
            "time": DocumentValue(milliseconds: self.time),
            "author": .text(self.author),
            "action": .text(self.action),
            "version": self.version.map { .integer($0) } ?? .null,
            "reason": .text(self.reason),
            "change-count": .integer(self.changes.count),
            "changes": .list(changes.map(\.document)),
        ]
    }
}

extension RefusalRecord {
    /// What to do about it, with the command that helps.
    fileprivate var advice: String {
        RefusalAdvice.text(
            for: self.reason,
            partner: self.partner,
            remote: self.remoteDomain,
            local: self.localDomain,
            service: self.service
        )
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
