import Hummingbird
import Policy

/// Who may administer: the API tokens, which also open the console.
extension ConsoleRoutes {
    private static let tokensPath = "tokens"

    func addTokens(to group: RouterGroup<APIContext>) {
        let tokens = group.group("\(Self.tokensPath)")
        tokens.get { request, context in
            try await self.signedIn(request, context) { try await Self.tokens($0) }
        }
        tokens.post { request, context in
            try await self.submitted(request, context) { try await Self.makeToken($0, $1) }
        }
        tokens.post("remove") { request, context in
            try await self.submitted(request, context) { visit, form in
                guard let key = form["key"], !key.isEmpty else { return visit.missing() }
                guard form["sure"] == "true" else { return Self.confirmRevocation(of: key, visit) }
                let answer = try await visit.api.send(.delete, ["tokens", key], [("reason", form["reason"])])
                guard answer.isSuccess else { return visit.problem(answer) }
                return FrontResponder.redirect(
                    to: "\(Self.root)/\(Self.tokensPath)?done=\("the token \(key) is worth nothing any more".inQuery)"
                )
            }
        }
    }

    private static func tokens(
        _ visit: ConsoleVisit,
        _ form: FormBody? = nil,
        refusal: ConsoleAPI.Answer? = nil
    ) async throws -> Response {
        let answer = try await visit.api.get(["tokens"])
        guard answer.isSuccess else { return visit.problem(answer) }
        let mayChange = visit.may(.post, "/v1/tokens")
        let rows = (answer.document["items"]?.elements ?? []).map { token -> [ConsoleCell] in
            let name = token["name"]?.text ?? ""
            let isOwn = name == visit.session.name
            let last =
                isOwn
                ? ConsoleCell("the one you use")
                : ConsoleCell(
                    button: "Revoke",
                    of: name,
                    action: "\(Self.root)/\(Self.tokensPath)/remove",
                    ("key", name)
                )
            return [
                ConsoleCell(name), ConsoleCell(ConsoleWords.spoken(token["role"]?.text ?? "")),
                ConsoleCell(time: token["created-at"]),
            ] + (mayChange ? [last] : [])
        }
        var blocks: [ConsoleBlock] = [
            .table(
                ConsoleTable(
                    caption: "API tokens",
                    columns: ["Name", "Role", "Made"] + (mayChange ? [""] : []),
                    rows: rows
                )
            )
        ]
        if mayChange { blocks.append(.form(Self.newToken(form, refusal))) }
        return visit.render(
            "API tokens",
            Self.tokensPath,
            introduction: "Who may use the API, isthmusctl and this console; the name stands in the audit log. "
                + "Of a token only a hash is kept: it is shown once, when it is made.",
            problem: refusal.flatMap { $0.mistakes.isEmpty ? $0.words : nil },
            status: refusal?.status ?? .ok,
            blocks
        )
    }

    private static func newToken(_ sent: FormBody?, _ refusal: ConsoleAPI.Answer?) -> ConsoleForm {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.tokensPath)", button: "Review it")
        let mistake = refusal?.mistakes.first { $0["field"]?.text == "name" }
        form.groups = [
            ConsoleForm.Group(
                title: "A new token",
                inputs: [
                    ConsoleInput(
                        name: "name",
                        label: "Name of its holder",
                        value: sent?["name"] ?? "",
                        hint: "It stands in the audit log beside whatever is done with the token.",
                        mistake: mistake?.words,
                        isRequired: true
                    ),
                    ConsoleInput.choice(
                        "role",
                        "Role",
                        any: nil,
                        TokenRecord.Role.allCases.map(\.rawValue),
                        sent?["role"] ?? TokenRecord.Role.viewer.rawValue
                    ),
                ]
            )
        ]
        form.mistakes = (refusal?.mistakes ?? []).map { ($0.sentence, $0["field"]?.text) }
        return form
    }

    private static func makeToken(_ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let wish: DocumentValue = [
            "name": .text(form["name"]?.trimmed ?? ""), "role": .text(form["role"] ?? ""),
        ]
        let isSure = form["sure"] == "true"
        let query = [("dry-run", isSure ? nil : "true"), ("reason", form["reason"])]
        let answer = try await visit.api.send(.post, ["tokens"], query, wish)
        guard answer.isSuccess else { return try await Self.tokens(visit, form, refusal: answer) }
        guard isSure else {
            return Self.review(
                visit,
                Self.tokensPath,
                title: "Make this token?",
                form,
                to: "\(Self.root)/\(Self.tokensPath)",
                button: "Make the token",
                answer,
                ReviewWords(introduction: Self.words(for: form["role"].flatMap(TokenRecord.Role.init)))
            )
        }
        let name = answer.document["name"]?.text ?? ""
        return visit.render(
            "The token of \(name)",
            Self.tokensPath,
            introduction: "Copy it now and give it to its holder: it is not shown again, and nobody can look it up.",
            [
                .code(label: "Token", answer.document["token"]?.text ?? ""),
                .links([("To the tokens", "\(Self.root)/\(Self.tokensPath)", true)]),
            ]
        )
    }

    /// What its holder may do.
    private static func words(for role: TokenRecord.Role?) -> String {
        switch role {
        case .viewer: "Its holder may look at everything, and change nothing."
        case .operator:
            "Its holder may look at everything, change users, request and assign certificates, apply the DNS plan and test."
        case .admin: "Its holder may do everything, tokens included."
        case nil: ""
        }
    }

    private static func confirmRevocation(of key: String, _ visit: ConsoleVisit) -> Response {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.tokensPath)/remove", button: "Revoke it")
        form.isDangerous = true
        form.groups = [Self.reason]
        form.hidden = [("sure", "true"), ("key", key)]
        form.back = "\(Self.root)/\(Self.tokensPath)"
        return visit.render(
            "Revoke the token \(key)?",
            Self.tokensPath,
            introduction: "It is worth nothing from then on; who is signed in with it is signed out at once.",
            [.form(form)]
        )
    }
}
