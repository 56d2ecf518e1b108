import HTTPTypes
import Hummingbird
import Policy
import TLS

/// The changes that wait: seen together, and committed together or not at all.
extension ConsoleRoutes {
    private static let path = "changes"

    func addChanges(to group: RouterGroup<APIContext>) {
        let changes = group.group("\(Self.path)")
        changes.get { request, context in
            try await self.signedIn(request, context) { try await Self.staged($0) }
        }
        changes.post("commit") { request, context in
            try await self.submitted(request, context) { visit, form in
                guard let draft = visit.draft else { return FrontResponder.redirect(to: "\(Self.root)/\(Self.path)") }
                // What was seen is committed, not what another window has added since.
                guard form["seen"] == draft.fingerprint else { return try await Self.staged(visit) }
                let answer = try await Self.send(
                    draft.changes,
                    visit,
                    isDryRun: false,
                    base: form["base"].flatMap { Int($0) } ?? draft.base,
                    reason: form["reason"]
                )
                guard answer.isSuccess else { return try await Self.staged(visit, refusal: answer) }
                visit.stage.discard(nil, of: visit.session.name)
                let version = answer.document["version"]?.integer ?? 0
                return FrontResponder.redirect(to: "\(Self.root)/\(Self.path)?done=\("version \(version)".inQuery)")
            }
        }
        changes.post("rebase") { request, context in
            try await self.submitted(request, context) { visit, form in
                if let version = form["version"].flatMap({ Int($0) }) {
                    visit.stage.rebase(visit.session.name, on: version)
                }
                return FrontResponder.redirect(to: "\(Self.root)/\(Self.path)")
            }
        }
        changes.post("discard") { request, context in
            try await self.submitted(request, context) { visit, form in
                let id = form["id"].flatMap { Int($0) }
                guard id != nil || form["sure"] == "true" else { return Self.discardAll(visit) }
                visit.stage.discard(id, of: visit.session.name)
                return FrontResponder.redirect(to: "\(Self.root)/\(Self.path)")
            }
        }
    }

    private static func staged(_ visit: ConsoleVisit, refusal: ConsoleAPI.Answer? = nil) async throws -> Response {
        let introduction = "Changes that you have gathered. They are committed together: all of them, or none."
        guard let draft = visit.draft else {
            let empty = ConsoleTable(
                caption: "Staged changes",
                columns: [],
                rows: [],
                empty:
                    "Nothing is staged. Open a partner, a route or any other page, fill it in, and choose “Stage it with other changes”."
            )
            return visit.render("Staged changes", Self.path, introduction: introduction, [.table(empty)])
        }
        let answer = try await Self.send(draft.changes, visit, isDryRun: true)
        let current = try await visit.api.get(["settings"]).version ?? draft.base
        var blocks: [ConsoleBlock] = []
        if let refusal { blocks.append(.message(.bad, refusal.words)) }
        if !answer.isSuccess {
            blocks.append(.message(.bad, answer.words))
            blocks += answer.mistakes.map { .message(.bad, $0.sentence) }
        }
        blocks.append(Self.table(of: draft))
        if current != draft.base {
            blocks.append(
                .message(
                    .warning,
                    "You began at version \(draft.base); somebody else has committed version \(current) since. "
                        + "Look at what they have done, then go on from there. Nothing of yours is lost."
                )
            )
            blocks += try await Self.changes(from: draft.base, to: current, visit)
            blocks.append(
                .form(
                    ConsoleForm(
                        action: "\(Self.root)/\(Self.path)/rebase",
                        hidden: [("version", "\(current)")],
                        button: "Go on from version \(current)"
                    )
                )
            )
        }
        if answer.isSuccess {
            blocks.append(.heading("What they do together"))
            blocks += Self.differences(answer)
            blocks += Self.warnings(answer)
        }
        if answer.isSuccess, current == draft.base {
            var commit = ConsoleForm(action: "\(Self.root)/\(Self.path)/commit", button: "Commit all")
            commit.groups = [Self.reason]
            commit.hidden = [("base", "\(draft.base)"), ("seen", draft.fingerprint)]
            blocks.append(.form(commit))
        }
        var discard = ConsoleForm(action: "\(Self.root)/\(Self.path)/discard", button: "Discard all")
        discard.isDangerous = true
        blocks.append(.form(discard))
        return visit.render(
            "Staged changes",
            Self.path,
            introduction: introduction,
            status: refusal?.status ?? .ok,
            blocks
        )
    }

    private static func table(of draft: ConsoleStage.Draft) -> ConsoleBlock {
        let rows = draft.changes.map { change in
            let isSettings = change.collection == "settings"
            let first = change.document.members?.first?.value.summary ?? ""
            let name = isSettings ? "" : change.key.isEmpty ? first : change.key
            let title =
                ConsoleCollection.named(change.page).map { $0.isSettings ? $0.title : $0.singular } ?? change.page
            let fields = (change.document.members ?? []).map { ConsoleWords.label($0.name) }
            return [
                ConsoleCell("\(title.capitalizedFirst) \(name)", href: Self.href(change)),
                ConsoleCell(change.words.text, tone: change.words.tone),
                ConsoleCell(change.action == .remove ? "" : fields.joined(separator: ", ")),
                ConsoleCell(
                    button: "Discard",
                    of: "\(title) \(name)",
                    action: "\(Self.root)/\(Self.path)/discard",
                    ("id", "\(change.id)")
                ),
            ]
        }
        return .table(
            ConsoleTable(caption: "Staged changes", columns: ["What", "Change", "Fields", "Do"], rows: rows)
        )
    }

    private static func href(_ change: StagedChange) -> String? {
        guard change.action != .remove, let collection = ConsoleCollection.named(change.page) else { return nil }
        return "\(collection.href)\(collection.isSettings ? "" : "/edit")?staged=\(change.id)"
    }

    private static func discardAll(_ visit: ConsoleVisit) -> Response {
        var discard = ConsoleForm(action: "\(Self.root)/\(Self.path)/discard", button: "Discard all of them")
        discard.isDangerous = true
        discard.hidden = [("sure", "true")]
        discard.back = "\(Self.root)/\(Self.path)"
        return visit.render(
            "Discard \(visit.draft?.changes.count ?? 0) staged changes?",
            Self.path,
            introduction: "They were never committed and cannot be had again.",
            [.form(discard)]
        )
    }
}

extension StagedChange {
    fileprivate var words: (text: String, tone: ConsoleTone) {
        switch self.action {
        case .add: ("is added", .good)
        case .change: ("changes", .warning)
        case .remove: ("is removed", .bad)
        }
    }
}

extension ConsoleStage.Draft {
    /// Names exactly these changes.
    fileprivate var fingerprint: String {
        SHA256Hash.hexadecimal(of: Array(self.changes.map { $0.request.json() }.joined().utf8))
    }
}
