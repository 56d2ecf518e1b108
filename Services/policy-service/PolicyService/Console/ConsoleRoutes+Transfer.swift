import HTTPTypes
import Hummingbird
import Policy

/// Users, contact lists, the configuration and the backup as files.
extension ConsoleRoutes {
    private static let transferPath = "transfer"

    /// What can be taken away: a path of the API, the name of the file, what is said of it.
    private static let files: [(path: [String], file: String, what: String, words: String)] = [
        (["transfer", "users"], "users.csv", "Users", "CSV, as “Bring in” takes it"),
        (["transfer", "contacts"], "contacts.csv", "Contact lists", "CSV of Cisco's Bulk Administration Tool"),
        (
            ["configuration"], "configuration.json", "Configuration",
            "JSON, all of it; “isthmusctl apply” takes it back, and as YAML too"
        ),
        (
            ["backup"], "isthmus-backup.jsonl", "Backup",
            "all that policy-service keeps, with the hashes of tokens; “isthmusctl backup restore” takes it back"
        ),
    ]

    /// What can be brought in: a path of the API below `transfer`, and what is said of it.
    private static let kinds = [("users", "Users"), ("contacts", "Contact lists")]

    func addTransfer(to group: RouterGroup<APIContext>) {
        let transfer = group.group("\(Self.transferPath)")
        transfer.get { request, context in
            try await self.signedIn(request, context) { Self.transfer($0) }
        }
        transfer.get("files/:key") { request, context in
            let name = try context.key()
            return try await self.signedIn(request, context) { visit in
                guard let file = Self.files.first(where: { $0.file == name }) else { return visit.missing() }
                guard visit.may(.get, Self.entry(file.path)) else {
                    return visit.forbidden(.get, Self.entry(file.path))
                }
                return try await visit.api.file(file.path, named: file.file)
            }
        }
        transfer.post { request, context in
            try await self.submitted(request, context) { try await Self.bringInFile($0, $1) }
        }
    }

    private static func entry(_ path: [String]) -> String { "/v1/" + path.joined(separator: "/") }

    private static func transfer(
        _ visit: ConsoleVisit,
        _ form: FormBody? = nil,
        refusal: ConsoleAPI.Answer? = nil
    ) -> Response {
        let rows = Self.files.filter { visit.may(.get, Self.entry($0.path)) }.map { file in
            [
                ConsoleCell(file.what, href: "\(Self.root)/\(Self.transferPath)/files/\(file.file)"),
                ConsoleCell(file.file), ConsoleCell(file.words),
            ]
        }
        var blocks: [ConsoleBlock] = [
            .heading("Take away"),
            .table(ConsoleTable(caption: "Files to take away", columns: ["What", "File", "Format"], rows: rows)),
        ]
        if visit.may(.post, "/v1/transfer/users") {
            blocks += [.heading("Bring in"), .form(Self.importing(form, refusal))]
        }
        return visit.render(
            "Import and export",
            Self.transferPath,
            introduction: "Many users or contacts at once, and copies of what there is.",
            problem: refusal.flatMap { $0.mistakes.isEmpty ? $0.words : nil },
            status: refusal?.status ?? .ok,
            blocks
        )
    }

    private static func importing(_ sent: FormBody?, _ refusal: ConsoleAPI.Answer?) -> ConsoleForm {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.transferPath)", button: "Review the change")
        form.groups = [
            ConsoleForm.Group(
                title: "A file of users or of contact lists",
                inputs: [
                    ConsoleInput(
                        name: "what",
                        label: "What it holds",
                        kind: .choice(Self.kinds),
                        value: sent?["what"] ?? ""
                    ),
                    ConsoleInput(
                        name: "remove-others",
                        label: "Remove those that are not in it?",
                        kind: .choice([("false", "no"), ("true", "yes")]),
                        value: sent?["remove-others"] ?? "false"
                    ),
                    ConsoleInput(
                        name: "text",
                        label: "Its text",
                        kind: .lines(10),
                        value: sent?["text"] ?? "",
                        hint:
                            "Paste it here, up to 200 kB. For larger files: isthmusctl user import, isthmusctl contact import."
                    ),
                ]
            )
        ]
        form.mistakes = (refusal?.mistakes ?? []).map { ($0.sentence, "text") }
        return form
    }

    private static func bringInFile(_ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let kind = Self.kinds.first { $0.0 == form["what"] } ?? Self.kinds[0]
        let isSure = form["sure"] == "true"
        let query = [
            ("dry-run", isSure ? nil : "true"), ("reason", form["reason"]),
            ("remove-others", form["remove-others"] == "true" ? "true" : nil),
        ]
        let text = (form["text"] ?? "").replacing("\r\n", with: "\n")
        let answer = try await visit.api.send(.post, ["transfer", kind.0], query, text: text)
        guard answer.isSuccess else { return Self.transfer(visit, form, refusal: answer) }
        let counts = ["added", "changed", "removed"].compactMap { name -> String? in
            answer.document[name]?.integer.map { "\($0) \(name)" }
        }
        guard !isSure else {
            let done = "\(kind.1.lowercased()) brought in\(counts.isEmpty ? "" : ": \(counts.joined(separator: ", "))")"
            return FrontResponder.redirect(to: "\(Self.root)/\(Self.transferPath)?done=\(done.inQuery)")
        }
        var commit = ConsoleForm(action: "\(Self.root)/\(Self.transferPath)", button: "Bring it in")
        commit.groups = [Self.reason]
        commit.hidden = form.carried + [("sure", "true")]
        commit.back = "\(Self.root)/\(Self.transferPath)"
        return visit.render(
            "Bring in \(kind.1.lowercased())?",
            Self.transferPath,
            introduction: "Nothing is changed yet. This is what would be different.",
            (counts.isEmpty ? [] : [.text("\(counts.joined(separator: ", ")).")])
                + Self.differences(answer) + Self.warnings(answer) + [.form(commit)]
        )
    }
}
