import HTTPTypes
import Hummingbird
import Policy

/// Lists of objects, and forms for one.
extension ConsoleRoutes {
    /// Objects of one page.
    private static let pageLength = 100

    func addObjects(to group: RouterGroup<APIContext>) {
        for collection in ConsoleCollection.everything {
            let objects = group.group("\(collection.path)")
            objects.get { request, context in
                try await self.signedIn(request, context) { visit in
                    collection.isSettings
                        ? try await Self.edit(collection, visit) : try await Self.list(collection, visit)
                }
            }
            if !collection.isSettings {
                objects.get("edit") { request, context in
                    try await self.signedIn(request, context) { try await Self.edit(collection, $0) }
                }
            }
            self.addChanges(of: collection, to: objects)
        }
    }

    // MARK: Lists

    private static func list(_ collection: ConsoleCollection, _ visit: ConsoleVisit) async throws -> Response {
        let search = visit.query("search")
        let answer = try await visit.api.get(
            [collection.apiPath],
            [("limit", "\(Self.pageLength)"), ("after", visit.query("after")), ("search", search)]
        )
        guard answer.isSuccess else { return visit.problem(answer) }
        let shown = answer.document["items"]?.elements ?? []
        let rows = shown.map { item in
            collection.columns.map { column in
                let text = item[column]?.summary ?? ""
                return column == collection.keyField
                    ? ConsoleCell(text, href: "\(collection.href)/edit?key=\(text.inQuery)")
                    : Self.cell(text, of: column)
            }
        }
        var blocks: [ConsoleBlock] = []
        let actions: [ConsoleBlock.Link] =
            visit.session.role.covers(collection.writer)
            ? [("Add a \(collection.singular)", "\(collection.href)/edit", true)] : []
        if search != nil || !rows.isEmpty {
            let input = ConsoleInput(name: "search", label: "Search in all fields", value: search ?? "")
            blocks.append(.search([input], button: "Search"))
        }
        let empty =
            search == nil
            ? collection.empty : "Nothing has “\(search ?? "")” in it. Clear the search to see all."
        blocks.append(
            .table(
                ConsoleTable(
                    caption: collection.title,
                    columns: ConsoleWords.columns(collection.columns),
                    rows: rows,
                    empty: empty
                )
            )
        )
        let total = answer.document["total"]?.integer ?? rows.count
        if !rows.isEmpty {
            let count =
                search == nil ? "\(rows.count) on this page; \(total) in all." : "\(rows.count) found on this page."
            blocks.append(.text(count))
        }
        var pages: [ConsoleBlock.Link] = []
        let kept = search.map { "search=\($0.inQuery)" } ?? ""
        if visit.query("after") != nil { pages.append(("First page", "\(collection.href)?\(kept)", false)) }
        if let last = answer.document["next"]?.text {
            pages.append(("Next page", "\(collection.href)?after=\(last.inQuery)&\(kept)", false))
        }
        if !pages.isEmpty { blocks.append(.links(pages)) }
        if collection.path == "routes", !rows.isEmpty { blocks += try await Self.nextHops(visit) }
        return visit.render(
            collection.title,
            collection.path,
            introduction: collection.introduction,
            actions: actions,
            blocks
        )
    }

    /// A value of a list, with the colour of what it means.
    private static func cell(_ text: String, of column: String) -> ConsoleCell {
        switch (column, text) {
        case ("enabled", "true"): ConsoleCell("enabled", tone: .good)
        case ("enabled", "false"): ConsoleCell("disabled", tone: .quiet)
        case (_, _): ConsoleCell(ConsoleWords.value(text, of: column))
        }
    }

    // MARK: Forms

    private static func edit(_ collection: ConsoleCollection, _ visit: ConsoleVisit) async throws -> Response {
        if let id = visit.query("staged").flatMap({ Int($0) }) {
            return try await Self.edit(staged: id, collection, visit)
        }
        if collection.isSettings {
            let answer = try await visit.api.get([collection.apiPath])
            guard answer.isSuccess else { return visit.problem(answer) }
            return Self.form(ConsoleDraft(collection, key: "", answer.document, base: answer.version), visit)
        }
        guard let key = visit.query("key") else {
            var draft = ConsoleDraft(collection, key: nil, collection.blank, base: nil)
            // A link may lead here with the key filled in.
            if !collection.hasGivenKey, let wanted = visit.query("new") {
                draft.document = draft.document.merging(.object(collection.keyField, .text(wanted)))
            }
            return Self.form(draft, visit)
        }
        let answer = try await visit.api.get([collection.apiPath, key])
        guard answer.isSuccess else { return visit.problem(answer) }
        return Self.form(ConsoleDraft(collection, key: key, answer.document, base: answer.version), visit)
    }

    /// A change that waits, once more in its form.
    private static func edit(
        staged id: Int,
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit
    ) async throws -> Response {
        guard let change = visit.draft?.changes.first(where: { $0.id == id && $0.page == collection.path }) else {
            return visit.problem(.notFound, "This change is not staged any more.")
        }
        var draft = ConsoleDraft(collection, key: nil, collection.blank, base: nil)
        if change.action != .add {
            let path = collection.isSettings ? [collection.apiPath] : [collection.apiPath, change.key]
            let answer = try await visit.api.get(path)
            guard answer.isSuccess else { return visit.problem(answer) }
            draft = ConsoleDraft(collection, key: change.key, answer.document, base: answer.version)
        }
        draft.document = draft.document.merging(change.document)
        draft.staged = id
        return Self.form(draft, visit)
    }

    static func form(
        _ draft: ConsoleDraft,
        _ visit: ConsoleVisit,
        mistakes: [DocumentValue] = []
    ) -> Response {
        let collection = draft.collection
        let isWriter = visit.session.role.covers(collection.writer)
        var blocks: [ConsoleBlock] = []
        if !isWriter {
            blocks.append(
                .message(
                    .quiet,
                    "Your token may look at this and not change it; that needs the role \(collection.writer.rawValue)."
                )
            )
        }
        blocks.append(.form(draft.form(mistakes: mistakes, isWriter: isWriter)))
        if let key = draft.key, !collection.isSettings { blocks += Self.around(collection, key, draft, visit) }
        let title =
            collection.isSettings
            ? collection.title
            : draft.key.map { "\(collection.singular.capitalizedFirst) \($0)" } ?? "New \(collection.singular)"
        return visit.render(
            title,
            collection.path,
            introduction: collection.isSettings ? collection.introduction : nil,
            status: mistakes.isEmpty ? .ok : .unprocessableContent,
            blocks
        )
    }

    /// What else can be done with an object.
    private static func around(
        _ collection: ConsoleCollection,
        _ key: String,
        _ draft: ConsoleDraft,
        _ visit: ConsoleVisit
    ) -> [ConsoleBlock] {
        var blocks: [ConsoleBlock] = []
        if collection.path == "partners" {
            blocks.append(
                .links([
                    ("What was refused lately", "\(Self.root)/refusals?partner=\(key.inQuery)", false),
                    ("Live streams", "\(Self.root)/streams", false),
                ])
            )
        }
        if collection.hasTest, visit.may(.post, "/v1/tests/\(collection.apiPath)/{key}") {
            let test = ConsoleForm(
                action: "\(Self.root)/tests",
                hidden: [("what", collection.apiPath), ("key", key)],
                button: "Test the way there"
            )
            blocks += [
                .heading("Does it work?"),
                .text(
                    "An edge walks every step to the other side, with its own certificate; it says which one fails and what to do. Nothing is changed."
                ),
                .form(test),
            ]
        }
        if collection.path == "domains", visit.may(.post, "/v1/tests/preflight/{key}") {
            let test = ConsoleForm(
                action: "\(Self.root)/tests",
                hidden: [("what", "preflight"), ("key", key)],
                button: "Check what a cut-over needs"
            )
            blocks += [.heading("Is it ready?"), .form(test)]
        }
        if visit.session.role.covers(collection.writer) {
            var removal = ConsoleForm(
                action: "\(collection.href)/preview",
                button: "Remove this \(collection.singular)"
            )
            removal.isDangerous = true
            removal.hidden = [("key", key), ("base", draft.base.map(String.init) ?? ""), ("what", "remove")]
            blocks += [.heading("Remove"), .text("You will see what goes before it does."), .form(removal)]
        }
        return blocks
    }
}
