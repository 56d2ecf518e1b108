import Hummingbird
import Policy

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
                let answer = try await visit.api.send(.post, ["tests", what, key])
                guard answer.isSuccess else { return visit.problem(answer) }
                let page = what == "preflight" ? "domains" : what
                let back = "\(Self.root)/\(page)/edit?key=\(key.inQuery)"
                return Self.report(
                    answer.document,
                    page,
                    again: ConsoleForm(
                        action: "\(Self.root)/tests",
                        hidden: [("what", what), ("key", key)],
                        button: "Test again"
                    ),
                    back: back,
                    visit
                )
            }
        }
        group.get("guides") { request, context in
            try await self.signedIn(request, context) { try await Self.guides($0) }
        }
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
            again: ConsoleForm(
                action: "\(Self.root)/tests",
                hidden: Self.messageTest(from, to).hidden,
                button: "Test again"
            ),
            back: "\(Self.root)/explain?from=\(from.inQuery)&to=\(to.inQuery)",
            visit
        )
    }

    /// A button that sends a test message.
    static func messageTest(_ from: String, _ to: String) -> ConsoleForm {
        ConsoleForm(
            action: "\(Self.root)/tests",
            hidden: [("what", "messages"), ("from", from), ("to", to)],
            button: "Send a test message"
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
        again form: ConsoleForm,
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
                Self.steps(of: report), .form(form), .links([("Back", back, false)]),
            ]
        )
    }

    /// The steps of a test, or of a look at a certificate.
    static func steps(of report: DocumentValue) -> ConsoleBlock {
        .steps(
            (report["steps"]?.elements ?? []).map { step in
                let outcome = step["outcome"]?.text.flatMap(TestStep.Outcome.init) ?? .skipped
                return (
                    name: step["step"]?.text ?? "", outcome: outcome.words.text, tone: outcome.words.tone,
                    text: step["text"]?.text ?? "", remedy: step["remedy"]?.text ?? ""
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
