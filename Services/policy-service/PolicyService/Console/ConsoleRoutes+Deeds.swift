import HTTPTypes
import Hummingbird
import Policy

/// What is done once: asked, looked at, then done.
extension ConsoleRoutes {
    private static let deedsPath = "deeds"

    func addDeeds(to group: RouterGroup<APIContext>) {
        group.post("\(Self.deedsPath)/:key") { request, context in
            let name = try context.key()
            return try await self.submitted(request, context) { visit, form in
                guard let deed = ConsoleDeed.named(name), deed.path.contains("{key}") == (form["key"] != nil) else {
                    return visit.missing()
                }
                return try await Self.act(deed, visit, form)
            }
        }
    }

    /// The button that asks for it; none where the token may not.
    static func button(
        for name: String,
        _ label: String,
        of key: String? = nil,
        _ visit: ConsoleVisit
    ) -> ConsoleForm? {
        guard let deed = ConsoleDeed.named(name), visit.may(deed.method, deed.entry) else { return nil }
        var form = ConsoleForm(action: "\(Self.root)/\(Self.deedsPath)/\(name)", button: label)
        form.isDangerous = deed.isDangerous
        if let key { form.hidden = [("key", key)] }
        return form
    }

    private static func act(_ deed: ConsoleDeed, _ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let key = form["key"] ?? ""
        let isTyped = deed.typed.map { deed.text($0, key) == form["typed"]?.trimmed } ?? true
        let isSure = form["sure"] == "true" && isTyped
        // What may be chosen is asked for first.
        let hasChosen = deed.inputs().isEmpty || form["chosen"] == "true"
        guard hasChosen else { return Self.choose(deed, key, visit, form) }
        let query = [("dry-run", isSure ? nil : "true"), ("reason", form["reason"])]
        let answer = try await visit.api.send(deed.method, deed.path(for: key), query, deed.body(form))
        guard answer.isSuccess else {
            return deed.inputs().isEmpty
                ? visit.problem(answer) : Self.choose(deed, key, visit, form, refusal: answer)
        }
        guard !isSure else {
            let done = deed.text(deed.done, key).inQuery
            return FrontResponder.redirect(to: "\(Self.root)/\(deed.page)?done=\(done)")
        }
        return Self.review(
            visit,
            deed.page,
            title: deed.text(deed.question, key),
            form.without(["sure", "typed"]),
            to: "\(Self.root)/\(Self.deedsPath)/\(deed.name)",
            button: deed.button,
            answer,
            ReviewWords(
                introduction: deed.introduction,
                typed: deed.typed.map { deed.text($0, key) },
                hasMistyped: form["sure"] == "true",
                isDangerous: deed.isDangerous
            )
        )
    }

    /// What there is to choose before it can be looked at.
    private static func choose(
        _ deed: ConsoleDeed,
        _ key: String,
        _ visit: ConsoleVisit,
        _ form: FormBody,
        refusal: ConsoleAPI.Answer? = nil
    ) -> Response {
        var question = ConsoleForm(action: "\(Self.root)/\(Self.deedsPath)/\(deed.name)", button: "Review it")
        let inputs = deed.inputs().map { input in
            var input = input
            input.value = form[input.name] ?? input.value
            return input
        }
        question.groups = [ConsoleForm.Group(title: "How", inputs: inputs)]
        question.hidden = [("chosen", "true")] + (key.isEmpty ? [] : [("key", key)])
        question.back = "\(Self.root)/\(deed.page)"
        return visit.render(
            deed.text(deed.question, key),
            deed.page,
            introduction: "\(deed.introduction) You see what it does before it is done.",
            problem: refusal?.words,
            status: refusal?.status ?? .ok,
            [.form(question)]
        )
    }
}
