import Hummingbird
import Policy
import Wire

/// Tests that walk to the other side, and what to enter there.
extension ConsoleRoutes {
    /// What may be tested, by the paths of the API.
    private static let testable = ["partners", "routes", "preflight"]

    func addTests(to group: RouterGroup<APIContext>) {
        group.post("tests") { request, context in
            try await self.submitted(request, context) { visit, form in
                if form["what"] == "messages" { return try await Self.message(form, visit) }
                guard let what = form["what"], Self.testable.contains(what), let key = form["key"], !key.isEmpty else {
                    return visit.missing()
                }
                let wish = ["from", "edge"].map { name in (name, form[name].flatMap { $0.isEmpty ? nil : $0 }) }
                let answer = try await visit.api.send(.post, ["tests", what, key], wish)
                guard answer.isSuccess else { return visit.problem(answer) }
                let page = what == "preflight" ? "domains" : what
                var again = ConsoleForm(
                    action: "\(Self.root)/tests",
                    hidden: [("what", what), ("key", key)],
                    button: "Test again"
                )
                again.groups = try await Self.walkers(what, form, visit)
                return Self.report(
                    answer.document,
                    page,
                    again: again,
                    back: "\(Self.root)/\(page)/edit?key=\(key.inQuery)",
                    visit
                )
            }
        }
        group.get("guides") { request, context in
            try await self.signedIn(request, context) { try await Self.guides($0) }
        }
    }

    /// Who may walk, and in whose name, where there is a choice.
    private static func walkers(
        _ what: String,
        _ form: FormBody,
        _ visit: ConsoleVisit
    ) async throws -> [ConsoleForm.Group] {
        var inputs: [ConsoleInput] = []
        func choose(_ name: String, _ label: String, _ choices: [(String, String)]) {
            let kind = ConsoleInput.Kind.choice(choices)
            inputs.append(ConsoleInput(name: name, label: label, kind: kind, value: form[name] ?? ""))
        }
        if what == "partners" {
            let domains = try await visit.api.get(["domains"]).document["items"]?.elements ?? []
            let names = domains.compactMap { $0["domain"]?.text }
            if names.count > 1 { choose("from", "Domain that calls", [("", "the first")] + names.map { ($0, $0) }) }
        }
        guard let kind = ["partners": "xmpp-edge", "routes": "sip-edge"][what] else { return [] }
        let edges = try await visit.api.get(["edges"]).document["items"]?.elements ?? []
        let names = edges.filter { $0["kind"]?.text == kind && $0["draining"]?.flag != true }.compactMap {
            $0["instance"]?.text
        }
        if names.count > 1 {
            choose(
                "edge",
                "Edge that walks",
                [("", "the one that messages would take"), ("all", "all of them")] + names.map { ($0, $0) }
            )
        }
        return inputs.isEmpty ? [] : [ConsoleForm.Group(title: "Who walks", inputs: inputs)]
    }

    /// Sends a test message, which the page of explanations has asked for.
    private static func message(_ form: FormBody, _ visit: ConsoleVisit) async throws -> Response {
        let (from, to) = (form["from"] ?? "", form["to"] ?? "")
        let answer = try await visit.api.send(
            .post,
            ["tests", "messages"],
            [("reason", form["reason"])],
            ["from": .text(from), "to": .text(to)]
        )
        guard answer.isSuccess else { return visit.problem(answer) }
        return Self.report(
            answer.document,
            "explain",
            again: Self.messageTest(from, to, button: "Test again"),
            back: "\(Self.root)/explain?from=\(from.inQuery)&to=\(to.inQuery)",
            visit
        )
    }

    /// A button that sends a test message.
    static func messageTest(
        _ from: String,
        _ to: String,
        button: String = "Send a test message"
    ) -> ConsoleForm {
        ConsoleForm(
            action: "\(Self.root)/tests",
            hidden: [("what", "messages"), ("from", from), ("to", to)],
            button: button
        )
    }

    /// A test of everything on a page: certificates, DNS.
    static func test(_ what: String, of page: String, _ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.send(.post, ["tests", what])
        guard answer.isSuccess else { return visit.problem(answer) }
        let again = ConsoleForm(action: "\(Self.root)/\(page)/test", button: "Test again")
        return Self.report(answer.document, page, again: again, back: "\(Self.root)/\(page)", visit)
    }

    static func report(
        _ report: DocumentValue,
        _ page: String,
        again: ConsoleForm,
        back: String,
        _ visit: ConsoleVisit
    ) -> Response {
        let hasPassed = report["passed"]?.flag == true
        return visit.render(
            "Test of \(report["subject"]?.text ?? "")",
            page,
            [
                hasPassed
                    ? .message(.good, "Nothing is bad.") : .message(.bad, "A step has failed; it says what to do."),
                Self.steps(of: report), .form(again), .links([("Back", back, false)]),
            ]
        )
    }

    /// The steps of a test, or of a look at a certificate.
    static func steps(of report: DocumentValue) -> ConsoleBlock {
        .steps(
            (report["steps"]?.elements ?? []).map { step in
                let outcome = step["outcome"]?.text.flatMap(TestStep.Outcome.init) ?? .skipped
                let reason = step["reason"]?.text.flatMap { $0.isEmpty ? nil : " (\($0))" } ?? ""
                return (
                    name: step["step"]?.text ?? "", outcome: outcome.words.text, tone: outcome.words.tone,
                    text: (step["text"]?.text ?? "") + reason, remedy: step["remedy"]?.text ?? ""
                )
            }
        )
    }

    // MARK: The other side

    private static func guides(_ visit: ConsoleVisit) async throws -> Response {
        let system = visit.query("system") ?? ""
        let inputs = [
            ConsoleInput(
                name: "system",
                label: "System",
                kind: .choice(Guide.System.allCases.map { ($0.rawValue, $0.title) }),
                value: system
            ),
            ConsoleInput(
                name: "name",
                label: "Name of this gateway",
                value: visit.query("name") ?? "",
                hint: "Empty: as the certificate says."
            ),
            ConsoleInput(
                name: "address",
                label: "Address of this gateway",
                value: visit.query("address") ?? "",
                hint: "Empty: of the live edges."
            ),
        ]
        var blocks: [ConsoleBlock] = [.search(inputs, button: "Show")]
        var problem: String?
        var status = HTTPResponse.Status.ok
        if !system.isEmpty {
            let answer = try await visit.api.get(
                ["guide", system],
                [("name", visit.query("name")), ("address", visit.query("address"))]
            )
            if answer.isSuccess {
                blocks += Self.guide(answer.document)
            } else {
                (problem, status) = (answer.words, answer.status)
            }
        }
        return visit.render(
            "The other side",
            "guides",
            introduction:
                "What to enter at your SIP server, or at a partner's XMPP server, with the values of this gateway.",
            problem: problem,
            status: status,
            blocks
        )
    }

    private static func guide(_ guide: DocumentValue) -> [ConsoleBlock] {
        let missing = (guide["missing"]?.elements ?? []).map {
            ConsoleBlock.message(.warning, "Missing here: \($0.summary)")
        }
        return missing
            + (guide["sections"]?.elements ?? []).flatMap { section -> [ConsoleBlock] in
                var blocks: [ConsoleBlock] = [.heading(section["title"]?.text ?? "")]
                blocks += (section["notes"]?.elements ?? []).map { .text($0.summary) }
                let fields = section["fields"]?.elements ?? []
                if !fields.isEmpty {
                    let rows = fields.map {
                        [ConsoleCell($0["name"]?.text ?? ""), ConsoleCell($0["value"]?.text ?? "")]
                    }
                    blocks.append(
                        .table(ConsoleTable(caption: "What to enter", columns: ["Field", "Value"], rows: rows))
                    )
                }
                let lines = (section["lines"]?.elements ?? []).map(\.summary)
                if !lines.isEmpty { blocks.append(.code(label: "To type or to paste", lines.joined(separator: "\n"))) }
                return blocks
            }
    }
}

extension TestStep.Outcome {
    fileprivate var words: (text: String, tone: ConsoleTone) {
        switch self {
        case .good: ("good", .good)
        case .warning: ("worth a look", .warning)
        case .bad: ("failed", .bad)
        case .skipped: ("not done", .quiet)
        }
    }
}

extension Guide.System {
    fileprivate var title: String {
        switch self {
        case .lcs: "Live Communications Server 2005"
        case .ocs: "Office Communications Server 2007"
        case .lync: "Lync Server, Skype for Business"
        case .cisco: "Cisco IM and Presence"
        case .prosody: "Prosody"
        case .ejabberd: "ejabberd"
        case .kamailio: "Kamailio"
        }
    }
}
