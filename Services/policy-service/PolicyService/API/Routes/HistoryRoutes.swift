import Hummingbird
import Policy
import ServiceKit

/// Earlier versions of the configuration: listed, shown, compared, restored.
struct HistoryRoutes: Sendable {
    let engine: PolicyEngine
    let store: any PolicyStore

    private var history: History { History(engine: self.engine, store: self.store) }

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("configuration/versions")
        group.get { request, _ in
            let page = try request.page()
            let last = page.before.map { $0 - 1 } ?? .max
            let found = last < 1 ? [] : try await self.store.commits(1...last, limit: page.limit)
            let next = found.count == page.limit ? found.last?.version : nil
            return Response(
                document: ["items": .list(found.map(\.summary)), "next": next.map { .integer($0) } ?? .null],
                version: await self.engine.version
            )
        }
        group.get(":key") { _, context in
            let moment = try await self.history.configuration(at: try context.version())
            return await Aside.run { Response(document: moment.policy.document, version: moment.version) }
        }
        group.get(":key/changes") { request, context in
            let to = try request.number("to", in: 0...Int.max)
            let old = try await self.history.configuration(at: try context.version())
            let new = try await self.history.configuration(at: to)
            let changes = await Aside.run { History.changes(from: old, to: new) }
            let first = try request.number("after", in: 0...Int.max) ?? 0
            let limit = try request.number("limit", in: 1...1_000) ?? ChangeReport.limit
            let report = ChangeReport(changes, after: first, limit: try request.isFull() ? changes.count : limit)
            return Response(
                document: .object(
                    [.init("from", .integer(old.version)), .init("to", .integer(new.version))] + report.members
                )
            )
        }
        group.post(":key/restore") { request, context in try await self.restore(request, context) }
    }

    /// A new commit, validated as any other: what was right once may not be any more.
    private func restore(_ request: Request, _ context: APIContext) async throws -> Response {
        let wanted = try await self.history.configuration(at: try context.version())
        let reason = request.reason()
        let result = try await self.engine.commit(
            CommitRequest(
                author: context.author,
                reason: reason.isEmpty ? "restored version \(wanted.version)" : reason,
                bases: try request.bases(),
                isDryRun: try request.isDryRun()
            ) { state, _ throws(CommitRefusal) in
                let present = state.snapshot
                var target = wanted.policy
                target.edges = present.edges
                return PolicyDifference.changes(from: present, to: target)
            }
        )
        return try Response(result, to: request)
    }
}

extension APIContext {
    fileprivate func version() throws(Problem) -> Int {
        let text = try self.key()
        guard let version = Int(text), version >= 0 else { throw .badRequest("“\(text)” is no version") }
        return version
    }
}

extension AuditEntry {
    /// A commit on one line: what changed, without the values.
    fileprivate var summary: DocumentValue {
        [
            "version": .integer(self.version ?? 0),
            "time": DocumentValue(milliseconds: self.time),
            "author": .text(self.author),
            "reason": .text(self.reason),
            "changes": DocumentValue(texts: self.changes.prefix(20).map { "\($0.action) \($0.object)" }),
            "change-count": .integer(self.changes.count),
        ]
    }
}
