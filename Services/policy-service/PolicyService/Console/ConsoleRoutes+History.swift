import Hummingbird
import Policy

/// Earlier versions: what each changed, and the way back.
extension ConsoleRoutes {
    func addHistory(to group: RouterGroup<APIContext>) {
        let history = group.group("history")
        history.get { request, context in
            try await self.signedIn(request, context) { try await Self.history($0) }
        }
        history.get(":key") { request, context in
            let key = try context.key()
            return try await self.signedIn(request, context) { try await Self.version(key, $0) }
        }
        history.post(":key/restore") { request, context in
            let key = try context.key()
            return try await self.submitted(request, context) { visit, form in
                let answer = try await visit.api.send(
                    .post,
                    ["configuration", "versions", key, "restore"],
                    [("reason", form["reason"])],
                    base: form["base"].flatMap { Int($0) }
                )
                guard answer.isSuccess else { return visit.problem(answer) }
                let version = answer.document["version"]?.integer ?? 0
                return FrontResponder.redirect(to: "\(Self.root)/history?done=\("version \(version)".inQuery)")
            }
        }
    }

    private static func history(_ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["configuration", "versions"], [("before", visit.query("before"))])
        guard answer.isSuccess else { return visit.problem(answer) }
        let rows = (answer.document["items"]?.elements ?? []).map { item in
            let version = item["version"]?.summary ?? ""
            return [
                ConsoleCell(version, href: "\(Self.root)/history/\(version)"), ConsoleCell(time: item["time"]),
                ConsoleCell(item["author"]?.text ?? ""), ConsoleCell(item["reason"]?.text ?? ""),
                ConsoleCell(Self.listed((item["changes"]?.elements ?? []).map(\.summary), of: item)),
            ]
        }
        var blocks: [ConsoleBlock] = [
            .table(
                ConsoleTable(
                    caption: "Versions of the configuration",
                    columns: ["Version", "When", "Who", "Why", "What"],
                    rows: rows,
                    empty: "Nothing was committed yet."
                )
            )
        ]
        if let next = answer.document["next"], next != .null {
            blocks.append(Self.next("history", "before", next, visit, keeping: []))
        }
        return visit.render(
            "History",
            "history",
            introduction: "Every version of the configuration. Open one to see what differs, and to go back to it.",
            blocks
        )
    }

    /// Some of many, and how many more there are.
    static func listed(_ texts: [String], of item: DocumentValue) -> String {
        let rest = (item["change-count"]?.integer ?? texts.count) - texts.count
        return (texts + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: ", ")
    }

    private static func version(_ key: String, _ visit: ConsoleVisit) async throws -> Response {
        let number = Int(key) ?? 0
        if let other = visit.query("to") { return try await Self.compare(key, with: other, visit) }
        let made = try await visit.api.get(
            ["configuration", "versions", "\(number - 1)", "changes"],
            [("to", key)]
        )
        guard made.isSuccess else { return visit.problem(made) }
        let other = ConsoleInput(name: "to", label: "Compare with version", kind: .number, isRequired: true)
        var blocks =
            [.heading("What this version has changed")] + Self.differences(made) + [.search([other], button: "Compare")]
        if visit.may(.post, "/v1/configuration/versions/{key}/restore") {
            blocks += [.heading("Go back to this version")] + (try await Self.wayBack(to: number, visit))
        }
        return visit.render("Version \(number)", "history", blocks)
    }

    /// What differs between any two versions.
    private static func compare(_ key: String, with other: String, _ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["configuration", "versions", key, "changes"], [("to", other)])
        guard answer.isSuccess else { return visit.problem(answer) }
        let isSame = answer.document["changes"]?.elements?.isEmpty != false
        return visit.render(
            "From version \(key) to version \(other)",
            "history",
            isSame ? [.text("Nothing differs.")] : Self.differences(answer)
        )
    }

    /// What restoring would do, and the button for it.
    private static func wayBack(to number: Int, _ visit: ConsoleVisit) async throws -> [ConsoleBlock] {
        let restore = try await visit.api.send(
            .post,
            ["configuration", "versions", "\(number)", "restore"],
            [("dry-run", "true")]
        )
        guard restore.isSuccess, let next = restore.version else { return [.message(.warning, restore.words)] }
        guard restore.document["changes"]?.elements?.isEmpty == false else {
            return [.text("The configuration is as it was then.")]
        }
        var form = ConsoleForm(action: "\(Self.root)/history/\(number)/restore", button: "Restore version \(number)")
        form.isDangerous = true
        form.groups = [Self.reason]
        // A dry run says which version it would make.
        form.hidden = [("base", "\(next - 1)")]
        form.back = "\(Self.root)/history"
        return [.text("By a new commit, which can be taken back as well. It would do this:")]
            + Self.differences(restore) + Self.warnings(restore) + [.form(form)]
    }
}
