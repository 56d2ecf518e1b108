import Hummingbird
import Messaging
import Policy

/// What was refused, and why: the list with its filters, one refusal in full, and the decision as it would be now.
extension ConsoleRoutes {
    private static let filters = [
        "party", "partner", "domain", "direction", "reason", "message-id", "since", "until",
    ]

    func addRefusals(to group: RouterGroup<APIContext>) {
        group.get("refusals") { request, context in
            try await self.signedIn(request, context) { try await Self.refusals($0) }
        }
        group.get("refusals/:key") { request, context in
            let key = try context.key()
            return try await self.signedIn(request, context) { try await Self.refusal(key, $0) }
        }
        group.get("explain") { request, context in
            try await self.signedIn(request, context) { try await Self.explain($0) }
        }
    }

    private static func refusals(_ visit: ConsoleVisit) async throws -> Response {
        let moments = ["since", "until"]
        let query = (Self.filters + ["before"]).map { name in
            (name, moments.contains(name) ? visit.query(name)?.universalMoment : visit.query(name))
        }
        let answer = try await visit.api.get(["refusals"], query)
        let items = answer.document["items"]?.elements ?? []
        func text(_ name: String, _ label: String, _ hint: String? = nil) -> ConsoleInput {
            ConsoleInput(name: name, label: label, value: visit.query(name) ?? "", hint: hint)
        }
        func moment(_ name: String, _ label: String) -> ConsoleInput {
            let value = (visit.query(name) ?? "").fieldMoment
            return ConsoleInput(name: name, label: label, kind: .moment, value: value, hint: "In UTC.")
        }
        let inputs = [
            text("party", "Address or domain"),
            ConsoleInput.choice(
                "reason",
                "Reason",
                any: "any",
                RefusalReason.allCases.map(\.rawValue),
                visit.query("reason")
            ),
        ]
        let more = [
            text("partner", "Partner"), text("domain", "Domain, ours or theirs"),
            ConsoleInput.choice(
                "direction",
                "Direction",
                any: "any",
                RefusalRecord.Direction.allCases.map(\.rawValue),
                visit.query("direction")
            ), text("message-id", "Message id"), moment("since", "Since"), moment("until", "Until"),
        ]
        let isFiltered = Self.filters.contains { visit.query($0) != nil }
        var table = Self.table(ofRefusals: items)
        if isFiltered { table.empty = "Nothing that was refused is like this. Take a filter away to see more." }
        let isOpen = more.contains { visit.query($0.name) != nil }
        var blocks: [ConsoleBlock] = [
            .filters(inputs, more: more, isOpen: isOpen, button: "Show"), .table(table),
        ]
        if isFiltered { blocks.append(.links([("Show all", "\(Self.root)/refusals", false)])) }
        if let next = answer.document["next"], next != .null {
            blocks.append(Self.next("refusals", "before", next, visit, keeping: Self.filters))
        }
        return visit.render(
            "Refusals",
            "refusals",
            introduction: "What was refused, and why. Open one to see the rule that decided, and what to do.",
            problem: answer.isSuccess ? nil : answer.words,
            status: answer.isSuccess ? .ok : answer.status,
            blocks
        )
    }

    static func table(ofRefusals items: [DocumentValue]) -> ConsoleTable {
        ConsoleTable(
            caption: "Refusals",
            columns: ["Number", "When", "What", "From → to", "Reason", "In words"],
            rows: items.map { item in
                let number = item["number"]?.summary ?? ""
                return [
                    ConsoleCell(number, href: "\(Self.root)/refusals/\(number.inQuery)"),
                    ConsoleCell(time: item["time"]), ConsoleCell(item["subject"]?.text ?? ""),
                    ConsoleCell("\(item["from"]?.text ?? "") → \(item["to"]?.text ?? "")"),
                    ConsoleCell(item["reason"]?.text ?? "", tone: .bad), ConsoleCell(item["text"]?.text ?? ""),
                ]
            },
            empty: "Nothing was refused."
        )
    }

    private static func refusal(_ key: String, _ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["refusals", key])
        guard answer.isSuccess else { return visit.problem(answer) }
        let item = answer.document
        let rows =
            Self.rows(of: item, Self.fields) + Self.rows(of: item["certificate"] ?? .null, Self.certificateFields)
        let (from, to) = (item["from"]?.text ?? "", item["to"]?.text ?? "")
        var blocks: [ConsoleBlock] = [
            .message(.bad, "\((item["text"]?.text ?? "").capitalizedFirst)"),
            .message(.warning, "To do: \(item["advice"]?.text ?? "")"),
            .table(ConsoleTable(caption: "The refusal", columns: ["Field", "Value"], rows: rows)),
        ]
        if !from.isEmpty, !to.isEmpty {
            let kind = Self.kind(ofSubject: item["subject"]?.text ?? "")
            let query = "from=\(from.inQuery)&to=\(to.inQuery)&kind=\(kind.rawValue)"
            blocks.append(.links([("Explain: would it be refused now?", "\(Self.root)/explain?\(query)", true)]))
        }
        return visit.render("Refusal \(key)", "refusals", blocks)
    }

    /// What happened, from the first to the last; what is said above the table is not in it.
    private static let fields = [
        ("time", "When"), ("service", "Seen by"), ("direction", "Direction"), ("subject", "What"), ("from", "From"),
        ("to", "To"), ("partner", "Partner"), ("step", "It had come as far as"), ("rule", "Rule that decided"),
        ("reason", "Reason"), ("answer", "The peer was told"), ("peer", "Peer"), ("peer-port", "Its port"),
        ("message-id", "Message id"),
    ]
    private static let certificateFields = [
        ("names", "Its certificate is for"), ("subject", "Subject"), ("issuer", "Issued by"),
        ("not-before", "Valid from"), ("not-after", "Valid until"), ("fingerprint", "Fingerprint"),
        ("rejection", "Not taken, because"),
    ]

    private static func rows(of item: DocumentValue, _ fields: [(String, String)]) -> [[ConsoleCell]] {
        fields.compactMap { name, label in
            guard let value = item[name], !value.summary.isEmpty else { return nil }
            let cell =
                switch name {
                case "time": ConsoleCell(time: value)
                // Seconds since 1970, as certificates count them.
                case "not-before", "not-after":
                    ConsoleCell(time: DocumentValue(milliseconds: Int64(value.integer ?? 0) * 1_000))
                case "fingerprint": ConsoleCell(code: value.summary)
                default: ConsoleCell(value.summary)
                }
            return [ConsoleCell(label), cell]
        }
    }

    private static func kind(ofSubject subject: String) -> Decision.Kind {
        switch subject {
        case "presence": .subscription
        case "stream", "connection": .stream
        default: .instantMessage
        }
    }

    // MARK: Explain

    private static func explain(_ visit: ConsoleVisit) async throws -> Response {
        let (from, to) = (visit.query("from") ?? "", visit.query("to") ?? "")
        let inputs = [
            ConsoleInput(name: "from", label: "From", value: from, hint: "romeo@example.net", isRequired: true),
            ConsoleInput(name: "to", label: "To", value: to, hint: "juliet@sip.example.com", isRequired: true),
            ConsoleInput.choice(
                "kind",
                "What",
                any: nil,
                Decision.Kind.allCases.map(\.rawValue),
                visit.query("kind") ?? Decision.Kind.instantMessage.rawValue
            ),
        ]
        var blocks: [ConsoleBlock] = [.search(inputs, button: "Explain")]
        var problem: String?
        var status = HTTPResponse.Status.ok
        if !from.isEmpty || !to.isEmpty {
            let answer = try await visit.api.get(
                ["explain"],
                [("from", from), ("to", to), ("kind", visit.query("kind"))]
            )
            if answer.isSuccess {
                blocks += Self.explanation(answer.document)
                if answer.document["allowed"]?.flag == true, visit.may(.post, "/v1/tests/messages"),
                    answer.document["kind"]?.text == Decision.Kind.instantMessage.rawValue
                {
                    blocks.append(.form(Self.messageTest(from, to)))
                    blocks.append(
                        .text("It says that it is a test of the administrator, and goes out in the name of \(from).")
                    )
                }
            } else {
                (problem, status) = (answer.words, answer.status)
            }
        }
        return visit.render(
            "Explain",
            "explain",
            introduction: "Whether something may cross, decided now by the very rules of the edges, each in its order.",
            problem: problem,
            status: status,
            blocks
        )
    }

    /// The pages on which a refusal is put right.
    private static func cures(_ document: DocumentValue) -> [ConsoleBlock.Link] {
        let isInbound = document["direction"]?.text == Decision.Direction.inbound.rawValue
        let (from, to) = (document["from"]?.text ?? "", document["to"]?.text ?? "")
        let (ours, theirs) = isInbound ? (to, from) : (from, to)
        func domain(_ address: String) -> String { address.split(separator: "@").last.map(String.init) ?? address }
        switch document["reason"]?.text.flatMap(RefusalReason.init) {
        case .unknownPartner:
            let partners = "\(Self.root)/partners"
            return [
                ("Make \(domain(theirs)) a partner", "\(partners)/edit?new=\(domain(theirs).inQuery)", true),
                ("Find the partner it belongs to", partners, false),
            ]
        case .domainBlocked:
            return [("The lists of domains", "\(Self.root)/external-access", true)]
        case .unknownUser:
            return [("Add \(ours) to the directory", "\(Self.root)/users/edit?new=\(ours.inQuery)", true)]
        case .userNotEnabled:
            return [
                ("For all users", "\(Self.root)/external-access", true),
                ("For \(domain(ours))", "\(Self.root)/domains/edit?key=\(domain(ours).inQuery)", false),
            ]
        case .notOurDomain:
            return [
                ("Add \(domain(ours)) as a SIP domain", "\(Self.root)/domains/edit?new=\(domain(ours).inQuery)", true)
            ]
        case .partnerDisabled: return [("The partners", "\(Self.root)/partners", true)]
        case .noRoute: return [("Add a route", "\(Self.root)/routes/edit", true)]
        case .some, nil: return []
        }
    }

    private static func explanation(_ document: DocumentValue) -> [ConsoleBlock] {
        let isAllowed = document["allowed"]?.flag == true
        var blocks: [ConsoleBlock] = [.message(isAllowed ? .good : .bad, document["verdict"]?.text ?? "")]
        if let remedy = document["remedy"]?.text, !remedy.isEmpty {
            blocks.append(.message(.warning, "To do: \(remedy)"))
        }
        let cures = Self.cures(document)
        if !cures.isEmpty { blocks.append(.links(cures)) }
        blocks.append(.heading("The rules, in their order"))
        blocks.append(
            .steps(
                (document["steps"]?.elements ?? []).map { step in
                    let outcome = step["outcome"]?.text ?? ""
                    let tone: ConsoleTone = outcome == "passed" ? .good : outcome == "refused" ? .bad : .quiet
                    return (
                        step["rule"]?.text ?? "", ConsoleWords.spoken(outcome), tone, step["text"]?.text ?? "", ""
                    )
                }
            )
        )
        let path = document["path"]?.elements?.compactMap(\.text) ?? []
        if !path.isEmpty {
            blocks.append(.heading("Where it would go"))
            blocks += path.map { .text($0.capitalizedFirst + ".") }
        }
        return blocks
    }
}
