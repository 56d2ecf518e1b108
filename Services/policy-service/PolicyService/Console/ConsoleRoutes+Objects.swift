import HTTPTypes
import Hummingbird
import Policy

/// Lists of objects, forms for one, and what a change would do before it is done.
extension ConsoleRoutes {
    /// Objects of one page, and how many are looked through for a search.
    private static let pageLength = 100
    private static let searchLimit = 20_000

    func addObjects(to group: RouterGroup<APIContext>) {
        for collection in ConsoleCollection.all {
            let objects = group.group("\(collection.path)")
            objects.get { request, context in
                try await self.signedIn(request, context) { try await Self.list(collection, $0) }
            }
            objects.get("edit") { request, context in
                try await self.signedIn(request, context) { try await Self.edit(collection, $0) }
            }
            objects.post("preview") { request, context in
                try await self.submitted(request, context) { try await Self.preview(collection, $0, $1) }
            }
            objects.post("commit") { request, context in
                try await self.submitted(request, context) { try await Self.commit(collection, $0, $1) }
            }
        }
    }

    // MARK: Lists

    private static func list(_ collection: ConsoleCollection, _ visit: ConsoleVisit) async throws -> Response {
        let search = visit.query("search")?.lowercased()
        var found: [DocumentValue] = []
        var after = visit.query("after")
        var seen = 0
        var hasMore = true
        while found.count <= Self.pageLength, hasMore, seen < Self.searchLimit {
            let limit = search == nil ? Self.pageLength + 1 : 1_000
            let answer = try await visit.api.get([collection.path], [("limit", "\(limit)"), ("after", after)])
            guard answer.isSuccess else { return visit.problem(answer) }
            let items = answer.document["items"]?.elements ?? []
            seen += items.count
            found += items.filter { item in
                search.map { search in
                    item.members?.contains { $0.value.summary.lowercased().contains(search) } ?? false
                }
                    ?? true
            }
            after = answer.document["next"]?.text
            hasMore = after != nil
        }
        let shown = found.prefix(Self.pageLength)
        let rows = shown.map { item in
            Self.row(
                collection.columns.map { column in
                    let text = item[column]?.summary ?? ""
                    let href = "\(Self.root)/\(collection.path)/edit?key=\(text.inQuery)"
                    return (text, column == collection.keyField ? href : nil)
                }
            )
        }
        var values: [String: Any] = [
            "introduction": collection.introduction, "columns": collection.columns, "rows": rows,
            "isEmpty": rows.isEmpty, "hasSearch": true,
            "searches": [["name": "search", "label": "Search", "value": visit.query("search") ?? ""]],
            "add": ["href": "\(Self.root)/\(collection.path)/edit", "label": "Add a \(collection.singular)"],
        ]
        if found.count > shown.count || hasMore, let last = shown.last?[collection.keyField]?.text {
            values["next"] =
                "\(Self.root)/\(collection.path)?after=\(last.inQuery)&search=\((visit.query("search") ?? "").inQuery)"
        }
        return visit.render("table", visit.frame(collection.title, collection.path), values)
    }

    static func row(_ cells: [(text: String, href: String?)]) -> [String: Any] {
        ["cells": cells.map { cell in cell.href.map { ["text": cell.text, "href": $0] } ?? ["text": cell.text] }]
    }

    // MARK: Forms

    private static func edit(_ collection: ConsoleCollection, _ visit: ConsoleVisit) async throws -> Response {
        guard let key = visit.query("key") else {
            return Self.form(collection, visit, key: nil, document: collection.blank, base: nil)
        }
        let answer = try await visit.api.get([collection.path, key])
        guard answer.isSuccess else { return visit.problem(answer) }
        return Self.form(collection, visit, key: key, document: answer.document, base: answer.version)
    }

    private static func form(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        key: String?,
        document: DocumentValue,
        base: Int?,
        mistakes: [DocumentValue] = []
    ) -> Response {
        let wrong = Set(mistakes.compactMap { $0["field"]?.text })
        let members = Self.inOrder(document, collection.blank).filter {
            $0.name != collection.keyField || key == nil && !collection.hasGivenKey
        }
        let action = "\(Self.root)/\(collection.path)/preview"
        var values: [String: Any] = [
            "fields": Self.fields(members, blank: collection.blank, wrong: wrong), "action": action,
            "submit": "Look at the change", "back": "\(Self.root)/\(collection.path)",
            "mistakes": mistakes.map(\.texts),
            "hidden": [["name": "key", "value": key ?? ""], ["name": "base", "value": base.map(String.init) ?? ""]],
        ]
        if let key {
            values["removal"] = [
                "action": action, "key": key, "label": "Remove this \(collection.singular)",
                "formKey": visit.session.formKey,
            ]
        }
        let title = key.map { "\(collection.singular.capitalizedFirst) \($0)" } ?? "New \(collection.singular)"
        return visit.render(
            "form",
            visit.frame(title, collection.path),
            status: mistakes.isEmpty ? .ok : .unprocessableContent,
            values
        )
    }

    /// The members of a document as `blank` orders them, those that it does not have last.
    static func inOrder(_ document: DocumentValue, _ blank: DocumentValue) -> [DocumentValue.Member] {
        let known = (blank.members ?? []).map(\.name)
        return known.compactMap { name in document[name].map { DocumentValue.Member(name, $0) } }
            + (document.members ?? []).filter { !known.contains($0.name) }
    }

    /// The fields of a form, from the members of a document.
    static func fields(
        _ members: [DocumentValue.Member],
        blank: DocumentValue,
        wrong: Set<String>
    ) -> [[String: Any]] {
        members.compactMap { member in
            guard let field = ConsoleField(member.name, blank: blank[member.name] ?? member.value, value: member.value)
            else { return nil }
            var values: [String: Any] = [
                "name": field.name, "value": field.text, "isMistaken": wrong.contains(field.name),
            ]
            switch field.kind {
            case .text: values["isText"] = true
            case .number: values["isNumber"] = true
            case .lines, .rules: values["isLines"] = true
            case .choice(let options):
                values["isChoice"] = true
                values["options"] = options.map { option in
                    [
                        "value": option, "label": option.isEmpty ? "as the wider scope says" : option,
                        "isSelected": option == field.text,
                    ] as [String: Any]
                }
            }
            return values
        }
    }

    /// What was filled in, as a document; fields that the form does not have are left out.
    static func document(_ form: FormBody, blank: DocumentValue) -> DocumentValue {
        .object(
            (blank.members ?? []).compactMap { member in
                guard let text = form["field-\(member.name)"],
                    let field = ConsoleField(member.name, blank: member.value, value: member.value)
                else { return nil }
                return DocumentValue.Member(member.name, field.value(of: text))
            }
        )
    }

    // MARK: Changes

    private static func preview(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        let answer = try await Self.send(collection, visit, form, isDryRun: true)
        let key = form["key"].flatMap { $0.isEmpty ? nil : $0 }
        guard answer.isSuccess else {
            guard !answer.mistakes.isEmpty, form["what"] != "remove" else { return visit.problem(answer) }
            // What was written stays in the form, beside what is wrong with it.
            let document = collection.blank.merging(Self.document(form, blank: collection.blank))
            let base = form["base"].flatMap { Int($0) }
            return Self.form(collection, visit, key: key, document: document, base: base, mistakes: answer.mistakes)
        }
        return Self.confirm(visit, answer, form, collection.title, collection.path)
    }

    /// Shows what a change does, and asks for the reason.
    static func confirm(
        _ visit: ConsoleVisit,
        _ answer: ConsoleAPI.Answer,
        _ form: FormBody,
        _ title: String,
        _ path: String
    ) -> Response {
        let changes = answer.document["changes"]?.elements ?? []
        let hidden = form.fields.filter { $0.key != "form-key" && $0.key != "reason" }.sorted { $0.key < $1.key }
        return visit.render(
            "confirm",
            visit.frame("\(title): look at the change", path),
            [
                "changes": changes.map { Self.difference($0) }, "isEmpty": changes.isEmpty,
                "warnings": (answer.document["warnings"]?.elements ?? []).map(\.texts),
                "action": "\(Self.root)/\(path)/commit", "back": "\(Self.root)/\(path)",
                "hidden": hidden.map { ["name": $0.key, "value": $0.value] },
            ]
        )
    }

    private static func difference(_ change: DocumentValue) -> [String: Any] {
        let (before, after) = (change["before"] ?? .null, change["after"] ?? .null)
        let names = ((after.members ?? before.members) ?? []).map(\.name)
        let what = before == .null ? "is added" : after == .null ? "is removed" : "changes"
        return [
            "object": change["object"]?.text ?? "", "what": what,
            "fields": names.filter { before[$0] != after[$0] }.map {
                ["name": $0, "before": before[$0]?.summary ?? "", "after": after[$0]?.summary ?? ""]
            },
        ]
    }

    private static func commit(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        let answer = try await Self.send(collection, visit, form, isDryRun: false)
        guard answer.isSuccess else { return visit.problem(answer) }
        let version = answer.document["version"]?.integer ?? 0
        return FrontResponder.redirect(to: "\(Self.root)/\(collection.path)?done=\("version \(version)".inQuery)")
    }

    private static func send(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody,
        isDryRun: Bool
    ) async throws -> ConsoleAPI.Answer {
        let query: [(String, String?)] = [("dry-run", isDryRun ? "true" : nil), ("reason", form["reason"])]
        let base = form["base"].flatMap { Int($0) }
        let document = Self.document(form, blank: collection.blank)
        guard let key = form["key"], !key.isEmpty else {
            return try await visit.api.send(.post, [collection.path], query, document, base: base)
        }
        guard form["what"] != "remove" else {
            return try await visit.api.send(.delete, [collection.path, key], query, base: base)
        }
        return try await visit.api.send(.patch, [collection.path, key], query, document, base: base)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { self.prefix(1).uppercased() + self.dropFirst() }
}
