import Hummingbird
import Policy

/// The global settings: what Lync has under “external access” and “XMPP gateway”.
extension ConsoleRoutes {
    private static let path = "settings"
    private static let blank = GatewaySettings().document

    func addSettings(to group: RouterGroup<APIContext>) {
        let settings = group.group("\(Self.path)")
        settings.get { request, context in
            try await self.signedIn(request, context) { visit in
                let answer = try await visit.api.get([Self.path])
                guard answer.isSuccess else { return visit.problem(answer) }
                return Self.form(visit, answer.document, base: answer.version)
            }
        }
        settings.post("preview") { request, context in
            try await self.submitted(request, context) { visit, form in
                let answer = try await Self.send(visit, form, isDryRun: true)
                if answer.isSuccess { return Self.confirm(visit, answer, form, "Settings", Self.path) }
                guard !answer.mistakes.isEmpty else { return visit.problem(answer) }
                let document = Self.blank.merging(Self.document(form, blank: Self.blank))
                return Self.form(visit, document, base: form["base"].flatMap { Int($0) }, mistakes: answer.mistakes)
            }
        }
        settings.post("commit") { request, context in
            try await self.submitted(request, context) { visit, form in
                let answer = try await Self.send(visit, form, isDryRun: false)
                guard answer.isSuccess else { return visit.problem(answer) }
                let version = answer.document["version"]?.integer ?? 0
                return FrontResponder.redirect(to: "\(Self.root)/\(Self.path)?done=\("version \(version)".inQuery)")
            }
        }
    }

    private static func form(
        _ visit: ConsoleVisit,
        _ document: DocumentValue,
        base: Int?,
        mistakes: [DocumentValue] = []
    ) -> Response {
        let wrong = Set(mistakes.compactMap { $0["field"]?.text })
        return visit.render(
            "form",
            visit.frame("Settings", Self.path),
            status: mistakes.isEmpty ? .ok : .unprocessableContent,
            [
                "fields": Self.fields(Self.inOrder(document, Self.blank), blank: Self.blank, wrong: wrong),
                "action": "\(Self.root)/\(Self.path)/preview", "submit": "Look at the change",
                "mistakes": mistakes.map(\.texts),
                "hidden": [["name": "base", "value": base.map(String.init) ?? ""]],
            ]
        )
    }

    private static func send(
        _ visit: ConsoleVisit,
        _ form: FormBody,
        isDryRun: Bool
    ) async throws -> ConsoleAPI.Answer {
        try await visit.api.send(
            .patch,
            [Self.path],
            [("dry-run", isDryRun ? "true" : nil), ("reason", form["reason"])],
            Self.document(form, blank: Self.blank),
            base: form["base"].flatMap { Int($0) }
        )
    }
}
