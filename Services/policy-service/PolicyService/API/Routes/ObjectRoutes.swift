import Hummingbird
import Policy
import ServiceKit

/// `GET`, `POST`, `PUT`, `PATCH` and `DELETE` for one kind of object.
struct ObjectRoutes<Object: PolicyObject>: Sendable {
    /// A list is never longer at once.
    private static var maximumPage: Int { 1_000 }

    let collection: ObjectCollection<Object>
    let engine: PolicyEngine

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("\(self.collection.path)")
        group.get { request, _ in try await self.list(request) }
        group.post { request, context in
            try await self.commit(request, context, status: .created, self.addition(try await request.document()))
        }
        group.get(":key") { _, context in try await self.show(try context.key()) }
        group.put(":key") { request, context in
            try await self.commit(
                request,
                context,
                self.replacement(of: try context.key(), try await request.document())
            )
        }
        group.patch(":key") { request, context in
            try await self.commit(request, context, self.change(of: try context.key(), try await request.document()))
        }
        group.delete(":key") { request, context in
            try await self.commit(request, context, self.removal(of: try context.key()))
        }
    }

    // MARK: Reading

    /// In the order of the keys; `after` is the last key of the page before, `search` is in one of the fields.
    private func list(_ request: Request) async throws -> Response {
        let limit = try request.number("limit", in: 1...Self.maximumPage) ?? Self.maximumPage
        let search = request.query("search").flatMap { $0.isEmpty ? nil : $0.lowercased() }
        let moment = await self.engine.moment
        let after = request.query("after")
        return await Aside.run {
            let objects = self.collection.all(moment.policy)
            let page = Self.page(of: objects, after: after, limit: limit, search)
            return Response(
                document: [
                    "version": .integer(moment.version),
                    "items": .list(page.objects.map(\.document)),
                    "next": DocumentValue(optional: page.next),
                    "total": .integer(objects.count),
                ],
                version: moment.version
            )
        }
    }

    /// The objects of a page, and where the next one begins.
    private static func page(
        of objects: [Object],
        after: String?,
        limit: Int,
        _ search: String?
    ) -> (objects: [Object], next: String?) {
        var page: [Object] = []
        for object in objects[(after.map { self.index(after: $0, in: objects) } ?? 0)...]
        where search.map({ object.document.holds($0) }) ?? true {
            guard page.count < limit else { return (page, page.last?.key) }
            page.append(object)
        }
        return (page, nil)
    }

    /// Where what comes after a key begins: they may be a hundred thousand.
    private static func index(after key: String, in objects: [Object]) -> Int {
        var (low, high) = (0, objects.count)
        while low < high {
            let middle = (low + high) / 2
            if objects[middle].key <= key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func show(_ key: String) async throws -> Response {
        let (state, version) = await self.engine.present
        guard let object = self.collection.find(state, key) else {
            throw CommitRefusal.notFound("\(Object.kind) \(key)")
        }
        return Response(document: object.document, version: version)
    }

    // MARK: Changing

    typealias Edit = @Sendable (PolicyState, Int) throws(CommitRefusal) -> [PolicyChange]

    private func commit(
        _ request: Request,
        _ context: APIContext,
        status: HTTPResponse.Status = .ok,
        _ edit: @escaping Edit
    ) async throws -> Response {
        let result = try await self.engine.commit(
            CommitRequest(
                author: context.author,
                reason: request.reason(),
                bases: try request.bases(),
                isDryRun: try request.isDryRun(),
                edit: edit
            )
        )
        return try Response(result, to: request, status: status)
    }

    func addition(_ document: DocumentValue) -> Edit {
        { state, version throws(CommitRefusal) in
            let object = self.collection.name(try Self.read(document), state, version)
            guard self.collection.find(state, object.key) == nil else { throw .alreadyThere(object.label) }
            return [self.collection.put(object)]
        }
    }

    private func replacement(of key: String, _ document: DocumentValue) -> Edit {
        { state, _ throws(CommitRefusal) in
            let key = self.collection.find(state, key)?.key ?? key
            return [self.collection.put(try Self.read(try Self.named(key, document)))]
        }
    }

    func change(of key: String, _ document: DocumentValue) -> Edit {
        { state, _ throws(CommitRefusal) in
            guard let object = self.collection.find(state, key) else { throw .notFound("\(Object.kind) \(key)") }
            return [self.collection.put(try Self.read(object.document.merging(try Self.named(object.key, document))))]
        }
    }

    func removal(of key: String) -> Edit {
        { state, _ throws(CommitRefusal) in
            guard let object = self.collection.find(state, key) else { throw .notFound("\(Object.kind) \(key)") }
            return [self.collection.remove(object.key)]
        }
    }

    private static func read(_ document: DocumentValue) throws(CommitRefusal) -> Object {
        let (object, findings) = Object.read(document)
        guard let object else { throw .invalid(findings) }
        return object
    }

    /// The document with the key of the path; a different one in it would be a change of name, which there is not.
    private static func named(_ key: String, _ document: DocumentValue) throws(CommitRefusal) -> DocumentValue {
        guard document.members != nil else { return document }
        let own = document[Object.keyField]?.text ?? key
        let (object, _) = Object.read(document)
        guard own == key || object?.key == key else {
            throw .invalid([
                Finding(
                    .mistake,
                    "\(Object.kind) \(key)",
                    Object.keyField,
                    value: own,
                    problem: "it is not the \(Object.keyField) in the path",
                    remedy: "to rename, add a new \(Object.kind) and remove the old one"
                )
            ])
        }
        return document.merging(.object([DocumentValue.Member(Object.keyField, .text(key))]))
    }
}

extension Response {
    /// What a commit has changed, or would; of very many changes and warnings the first, unless all are asked for.
    init(_ result: CommitResult, to request: Request, status: HTTPResponse.Status = .ok) throws(Problem) {
        let (isDryRun, isFull) = (try request.isDryRun(), try request.isFull())
        let warnings = isFull ? result.warnings[...] : result.warnings.prefix(ChangeReport.limit)
        self.init(
            document: .object(
                [.init("version", .integer(result.version)), .init("dry-run", .flag(isDryRun))]
                    + ChangeReport(result.changes, isFull: isFull).members
                    + [
                        .init("warning-count", .integer(result.warnings.count)),
                        .init("warnings", .list(warnings.map(\.document))),
                    ]
            ),
            status: isDryRun ? .ok : status,
            version: result.version
        )
    }
}

extension DocumentValue {
    /// Whether one of the fields has `text`, which is in small letters, in it.
    func holds(_ text: String) -> Bool {
        self.members?.contains { $0.value.summary.lowercased().contains(text) } ?? false
    }
}
