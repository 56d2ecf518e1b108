import Hummingbird
import Logging
import Policy

/// `POST /v1/changes`: several changes of the configuration, wholly or not at all.
///
/// They are made in their order, each on what the ones before it have left; the result is validated as one.
struct ChangeSetRoutes: Sendable {
    /// More than anybody gathers by hand; whole configurations go to `PUT /v1/configuration`.
    static let limit = 1_000

    typealias Edit = @Sendable (PolicyState, Int) throws(CommitRefusal) -> [PolicyChange]

    let engine: PolicyEngine
    let journal: Journal
    let attempts: Attempts
    let logger: Logger

    func add(to router: RouterGroup<APIContext>) {
        router.post("changes") { request, context in
            let edits = try await self.edits(try await request.document(upTo: Request.configurationLimit), context)
            let result = try await self.engine.commit(
                CommitRequest(
                    author: context.author,
                    reason: request.reason(),
                    bases: try request.bases(),
                    isDryRun: try request.isDryRun()
                ) { state, version throws(CommitRefusal) in
                    var (candidate, changes) = (state, [PolicyChange]())
                    for edit in edits {
                        let more = try edit(candidate, version)
                        for change in more { candidate.apply(change) }
                        changes += more
                    }
                    return Self.last(changes, state)
                }
            )
            return try Response(result, to: request)
        }
    }

    /// Of the changes to the same object only the last, which has what the ones before it did.
    private static func last(_ changes: [PolicyChange], _ state: PolicyState) -> [PolicyChange] {
        var seen: Set<String> = []
        return changes.reversed().filter { change in
            ObjectChange(change, in: state).map { seen.insert($0.object).inserted } ?? true
        }.reversed()
    }

    // MARK: Reading

    private func edits(_ document: DocumentValue, _ context: APIContext) async throws -> [Edit] {
        if let name = Self.unknown(in: document, ["changes"]) {
            throw Problem.badRequest(
                "there is no field “\(name)” beside “changes”; what is said of all of them is in the query"
            )
        }
        guard let items = document["changes"]?.elements, !items.isEmpty, items.count <= Self.limit else {
            throw Problem.badRequest("“changes” is a list of 1 to \(Self.limit) changes")
        }
        var edits: [Edit] = []
        for (index, item) in items.enumerated() {
            guard let edit = try await self.edit(item, context) else {
                throw Problem.badRequest(
                    "change \(index + 1) is none: it has an “action” (add, change, remove), a “collection” (partners, domains, "
                        + "routes, hosts, users, settings), a “key” unless it adds, and a “document” unless it removes"
                )
            }
            edits.append(edit)
        }
        return edits
    }

    /// A field that is none of these.
    private static func unknown(in document: DocumentValue, _ known: [String]) -> String? {
        document.members?.first { !known.contains($0.name) }?.name
    }

    private func edit(_ item: DocumentValue, _ context: APIContext) async throws(Problem) -> Edit? {
        guard Self.unknown(in: item, ["action", "collection", "key", "document"]) == nil else { return nil }
        guard let collection = item["collection"]?.text, let action = item["action"]?.text else { return nil }
        let (key, document) = (item["key"]?.text, item["document"])
        guard collection != "settings" else {
            guard action == "change", let document else { return nil }
            try await self.allow(context, .patch, "/v1/settings")
            return ConfigurationRoutes.change(of: document)
        }
        guard let edits = ObjectEdits(collection, self.engine) else { return nil }
        switch (action, key, document) {
        case ("add", _, let document?):
            try await self.allow(context, .post, "/v1/\(collection)")
            return edits.addition(document)
        case ("change", let key?, let document?):
            try await self.allow(context, .patch, "/v1/\(collection)/{key}")
            return edits.change(key, document)
        case ("remove", let key?, _):
            try await self.allow(context, .delete, "/v1/\(collection)/{key}")
            return edits.removal(key)
        case (_, _, _): return nil
        }
    }

    /// What a change needs alone it needs here too.
    private func allow(_ context: APIContext, _ method: HTTPRequest.Method, _ path: String) async throws(Problem) {
        let needed = APICatalogue.role(for: method, path)
        let role = context.caller?.role ?? .viewer
        guard !role.covers(needed) else { return }
        let what = "POST /v1/changes with \(method) \(path)"
        await self.journal.noteRefusal(of: what, context, needs: needed, self.attempts, self.logger)
        throw .forbidden(role, needs: needed)
    }

}

/// The changes of one kind of object, whatever it is.
private struct ObjectEdits {
    let addition: (DocumentValue) -> ChangeSetRoutes.Edit
    let change: (_ key: String, DocumentValue) -> ChangeSetRoutes.Edit
    let removal: (_ key: String) -> ChangeSetRoutes.Edit

    init(_ routes: ObjectRoutes<some PolicyObject>) {
        self.addition = { routes.addition($0) }
        self.change = { routes.change(of: $0, $1) }
        self.removal = { routes.removal(of: $0) }
    }

    init?(_ collection: String, _ engine: PolicyEngine) {
        switch collection {
        case "partners": self.init(ObjectRoutes(collection: .partners, engine: engine))
        case "domains": self.init(ObjectRoutes(collection: .domains, engine: engine))
        case "users": self.init(ObjectRoutes(collection: .users, engine: engine))
        case "routes": self.init(ObjectRoutes(collection: .routes, engine: engine))
        case "hosts": self.init(ObjectRoutes(collection: .hosts, engine: engine))
        default: return nil
        }
    }
}
