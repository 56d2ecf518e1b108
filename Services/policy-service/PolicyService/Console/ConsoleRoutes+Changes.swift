import HTTPTypes
import Hummingbird
import Policy

/// A change: looked at before it is committed or staged, explained when somebody else was first.
extension ConsoleRoutes {
    func addChanges(of collection: ConsoleCollection, to objects: RouterGroup<APIContext>) {
        objects.post("preview") { request, context in
            try await self.submitted(request, context) { try await Self.preview(collection, $0, $1) }
        }
        objects.post("stage") { request, context in
            try await self.submitted(request, context) { try await Self.stage(collection, $0, $1) }
        }
        objects.post("commit") { request, context in
            try await self.submitted(request, context) { try await Self.commit(collection, $0, $1) }
        }
    }

    private static func preview(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        let answer = try await Self.send(collection, visit, form, isDryRun: true)
        guard answer.isSuccess else { return try await Self.refused(answer, collection, visit, form) }
        return Self.confirm(visit, answer, form, collection)
    }

    /// Shows what a change does, and asks for the reason.
    private static func confirm(
        _ visit: ConsoleVisit,
        _ answer: ConsoleAPI.Answer,
        _ form: FormBody,
        _ collection: ConsoleCollection
    ) -> Response {
        let changes = answer.document["changes"]?.elements ?? []
        guard !changes.isEmpty else {
            return visit.render(
                "\(collection.title): nothing changes",
                collection.path,
                [.text("All is as you want it already."), .links([("Back", collection.href, true)])]
            )
        }
        let isRemoval = form["what"] == "remove"
        var commit = ConsoleForm(
            action: "\(collection.href)/commit",
            button: isRemoval ? "Remove it" : "Commit"
        )
        commit.isDangerous = isRemoval
        commit.groups = [Self.reason]
        commit.hidden = form.carried
        commit.other = ("Stage it with other changes", "\(collection.href)/stage")
        commit.back = collection.href
        return visit.render(
            "Review the change",
            collection.path,
            introduction: "Nothing is changed yet. This is what the gateway would do differently.",
            Self.differences(answer) + Self.warnings(answer) + [.form(commit)]
        )
    }

    /// The field for the audit log.
    static var reason: ConsoleForm.Group {
        ConsoleForm.Group(
            title: "For the audit log",
            inputs: [
                ConsoleInput(
                    name: "reason",
                    label: "Why",
                    hint: "A ticket, or a sentence for whoever asks later.",
                    isWhole: true
                )
            ]
        )
    }

    static func warnings(_ answer: ConsoleAPI.Answer) -> [ConsoleBlock] {
        let all = answer.document["warnings"]?.elements ?? []
        let shown = all.prefix(Self.shownWarnings).map { ConsoleBlock.message(.warning, $0.sentence) }
        let rest = (answer.document["warning-count"]?.integer ?? all.count) - shown.count
        return shown + (rest > 0 ? [.text("And \(rest) more warnings, about other objects.")] : [])
    }

    /// What a change does, object by object; of very many the first, and how many there are.
    static func differences(_ answer: ConsoleAPI.Answer) -> [ConsoleBlock] {
        let shown = (answer.document["changes"]?.elements ?? []).prefix(Self.shownDifferences)
        let count = answer.document["change-count"]?.integer ?? shown.count
        guard count > shown.count else { return [.differences(Array(shown))] }
        let kinds = (answer.document["summary"]?.elements ?? []).map { kind in
            let parts = ["added", "changed", "removed"].compactMap { name -> String? in
                guard let number = kind[name]?.integer, number > 0 else { return nil }
                return "\(number) \(name)"
            }
            return "\(kind["kind"]?.text ?? ""): \(parts.joined(separator: ", "))"
        }
        return [
            .text("\(count) objects: \(kinds.joined(separator: "; ")). The first \(shown.count) of them:"),
            .differences(Array(shown)),
        ]
    }

    /// On one page.
    private static let shownDifferences = 50
    private static let shownWarnings = 20

    private static func commit(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        let answer = try await Self.send(collection, visit, form, isDryRun: false)
        guard answer.isSuccess else { return try await Self.refused(answer, collection, visit, form) }
        if let id = form["staged"].flatMap({ Int($0) }) { visit.stage.discard(id, of: visit.session.name) }
        let version = answer.document["version"]?.integer ?? 0
        return FrontResponder.redirect(to: "\(collection.href)?done=\("version \(version)".inQuery)")
    }

    /// Keeps a change for later; what is wrong with it by itself is told at once.
    private static func stage(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        let change = ConsoleDraft(collection, form).change(isRemoval: form["what"] == "remove")
        let base = form["base"].flatMap { Int($0) }
        // Together with the others: what is wrong alone may be right with them, and the other way round.
        let others = (visit.draft?.changes ?? []).filter { $0.id != change.id }
        let answer = try await Self.send(others + [change], visit, isDryRun: true)
        let waits = [.conflict, .preconditionFailed].contains(answer.status) && answer.mistakes.isEmpty
        guard answer.isSuccess || waits && !others.isEmpty else {
            return try await Self.refused(answer, collection, visit, form)
        }
        let version = try await visit.api.get(["settings"]).version ?? 0
        guard visit.stage.keep(change, of: visit.session.name, base: base ?? version) else {
            return visit.problem(.conflict, "\(ConsoleStage.limit) changes are staged. Commit them first.")
        }
        return FrontResponder.redirect(to: "\(Self.root)/changes")
    }

    /// Why the API did not take it; what was written stays in the form.
    private static func refused(
        _ answer: ConsoleAPI.Answer,
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        if let version = answer.document["version"]?.integer, answer.status == .preconditionFailed {
            return try await Self.conflict(version, collection, visit, form)
        }
        let hasForm = form["what"] != "remove" && answer.status != .forbidden
        guard hasForm else { return visit.problem(answer) }
        let mistakes =
            answer.mistakes.isEmpty
            ? [
                [
                    "object": .text(collection.singular), "field": .text(collection.keyField),
                    "problem": .text(answer.title),
                ]
            ]
            : answer.mistakes
        return Self.form(ConsoleDraft(collection, form), visit, mistakes: mistakes)
    }

    /// Somebody else was first: what they did, and one's own change still there.
    private static func conflict(
        _ version: Int,
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody
    ) async throws -> Response {
        var again = ConsoleForm(action: "\(collection.href)/preview", button: "Review my change on version \(version)")
        again.hidden = form.carried.filter { $0.name != "base" } + [("base", "\(version)")]
        again.other = ("Stage it with other changes", "\(collection.href)/stage")
        again.back = collection.href
        let base = form["base"].flatMap { Int($0) } ?? 0
        return visit.render(
            "Somebody else was first",
            collection.path,
            problem: "You have looked at version \(base); somebody else has committed version \(version) since. "
                + "Nothing was changed, and nothing of yours is lost.",
            status: .conflict,
            try await Self.changes(from: base, to: version, visit) + [.form(again)]
        )
    }

    /// What others have done between two versions.
    static func changes(from base: Int, to version: Int, _ visit: ConsoleVisit) async throws -> [ConsoleBlock] {
        let answer = try await visit.api.get(
            ["configuration", "versions", "\(base)", "changes"],
            [("to", "\(version)")]
        )
        guard answer.isSuccess, answer.document["changes"]?.elements?.isEmpty == false else { return [] }
        return [.heading("What others have done since version \(base)")] + Self.differences(answer)
    }

    // MARK: The API

    private static func send(
        _ collection: ConsoleCollection,
        _ visit: ConsoleVisit,
        _ form: FormBody,
        isDryRun: Bool
    ) async throws -> ConsoleAPI.Answer {
        let query: [(String, String?)] = [("dry-run", isDryRun ? "true" : nil), ("reason", form["reason"])]
        let draft = ConsoleDraft(collection, form)
        let change = draft.change(isRemoval: form["what"] == "remove")
        let path = [collection.apiPath] + (change.key.isEmpty ? [] : [change.key])
        switch change.action {
        case .add: return try await visit.api.send(.post, path, query, change.document, base: draft.base)
        case .change: return try await visit.api.send(.patch, path, query, change.document, base: draft.base)
        case .remove: return try await visit.api.send(.delete, path, query, base: draft.base)
        }
    }

    /// Several changes in one commit.
    static func send(
        _ changes: [StagedChange],
        _ visit: ConsoleVisit,
        isDryRun: Bool,
        base: Int? = nil,
        reason: String? = nil
    ) async throws -> ConsoleAPI.Answer {
        try await visit.api.send(
            .post,
            ["changes"],
            [("dry-run", isDryRun ? "true" : nil), ("reason", reason)],
            ["changes": .list(changes.map(\.request))],
            base: base
        )
    }
}

extension FormBody {
    /// What the next page sends again.
    var carried: [(name: String, value: String)] {
        self.fields.filter { $0.key != "form-key" && $0.key != "reason" }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value) }
    }
}
