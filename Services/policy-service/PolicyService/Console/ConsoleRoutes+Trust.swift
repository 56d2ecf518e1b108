import Foundation
import Hummingbird
import Policy
import Wire

/// Whom the edges trust: the CAs beside those of the system, each with its uses, its end and its fingerprint.
extension ConsoleRoutes {
    private static let trustPath = "trust"
    /// A CA that ends so soon is worth a word: its successor has to be brought in before.
    private static let soonEnding: TimeInterval = 60 * 86_400

    func addTrust(to group: RouterGroup<APIContext>) {
        let trust = group.group("\(Self.trustPath)")
        trust.get { request, context in
            try await self.signedIn(request, context) { try await Self.trust($0) }
        }
        trust.post { request, context in
            try await self.submitted(request, context) { visit, form in
                let wish: DocumentValue = ["data": .text(form["data"] ?? ""), "uses": CertificateForm.uses(form)]
                let isSure = form["sure"] == "true"
                let query = [("dry-run", isSure ? nil : "true"), ("reason", form["reason"])]
                let answer = try await visit.api.send(.post, ["trust-roots"], query, wish)
                guard answer.isSuccess else { return try await Self.trust(visit, form, refusal: answer) }
                guard !isSure else { return Self.trusted("the CA is trusted; the edges have it at once") }
                return Self.review(
                    visit,
                    Self.trustPath,
                    title: "Trust this CA?",
                    form,
                    to: "\(Self.root)/\(Self.trustPath)",
                    button: "Trust it",
                    answer
                )
            }
        }
        trust.post("remove") { request, context in
            try await self.submitted(request, context) { visit, form in
                guard let key = form["key"], !key.isEmpty else { return visit.missing() }
                guard form["sure"] == "true" else { return try await Self.confirmDistrust(of: key, visit) }
                let answer = try await visit.api.send(.delete, ["trust-roots", key], [("reason", form["reason"])])
                guard answer.isSuccess else { return visit.problem(answer) }
                return Self.trusted("the CA is trusted no more")
            }
        }
    }

    private static func trusted(_ done: String) -> Response {
        FrontResponder.redirect(to: "\(Self.root)/\(Self.trustPath)?done=\(done.inQuery)")
    }

    private static func trust(
        _ visit: ConsoleVisit,
        _ form: FormBody? = nil,
        refusal: ConsoleAPI.Answer? = nil
    ) async throws -> Response {
        let answer = try await visit.api.get(["trust-roots"])
        guard answer.isSuccess else {
            return visit.render("Trusted CAs", Self.trustPath, problem: answer.words, status: answer.status, [])
        }
        let mayChange = visit.may(.delete, "/v1/trust-roots/{key}")
        let rows = (answer.document["items"]?.elements ?? []).map { Self.row(of: $0, mayChange: mayChange) }
        var blocks: [ConsoleBlock] = [
            .table(
                ConsoleTable(
                    caption: "Trusted CAs",
                    columns: ["Subject", "Trusted for", "State", "Valid until", "Fingerprint"]
                        + (mayChange ? [""] : []),
                    rows: rows,
                    empty: "Only the CAs of the system are trusted, as far as the edges are set to."
                )
            )
        ]
        if visit.may(.post, "/v1/trust-roots") { blocks.append(.form(Self.newRoot(form, refusal))) }
        return visit.render(
            "Trusted CAs",
            Self.trustPath,
            introduction: "Whose certificates the edges believe, of XMPP partners and of SIP servers. "
                + "Compare a fingerprint with what its CA publishes before you trust it.",
            problem: refusal.flatMap { $0.mistakes.isEmpty ? $0.words : nil },
            status: refusal?.status ?? .ok,
            blocks
        )
    }

    private static func row(of root: DocumentValue, mayChange: Bool) -> [ConsoleCell] {
        let subject = root["subject"]?.text ?? ""
        let uses = (root["uses"]?.elements ?? []).map { $0.summary.uppercased() }.joined(separator: ", ")
        let last = ConsoleCell(
            button: "Remove",
            of: subject,
            action: "\(Self.root)/\(Self.trustPath)/remove",
            ("key", root["id"]?.text ?? "")
        )
        return [
            ConsoleCell(subject), ConsoleCell(uses), Self.state(endingAt: root["not-after"]?.text ?? ""),
            ConsoleCell(time: root["not-after"]), ConsoleCell(code: root["fingerprint"]?.text ?? ""),
        ] + (mayChange ? [last] : [])
    }

    private static func state(endingAt moment: String) -> ConsoleCell {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let end = try? style.parse(moment) else { return ConsoleCell("") }
        if end < Date.now { return ConsoleCell("expired", tone: .bad) }
        return end < Date.now + self.soonEnding
            ? ConsoleCell("ends soon", tone: .warning) : ConsoleCell("valid", tone: .good)
    }

    private static func newRoot(_ sent: FormBody?, _ refusal: ConsoleAPI.Answer?) -> ConsoleForm {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.trustPath)", button: "Look at it")
        form.groups = [
            ConsoleForm.Group(
                title: "Trust a CA",
                inputs: [
                    ConsoleInput(
                        name: "data",
                        label: "Certificate of the CA",
                        kind: .lines(6),
                        value: sent?["data"] ?? "",
                        hint: "PEM; several, one after the other, are all trusted.",
                        mistake: refusal?.mistakes.first { $0["field"]?.text == "data" }?.words
                    )
                ]
            ),
            ConsoleForm.Group(title: "What for", inputs: CertificateForm.useInputs([])),
        ]
        form.mistakes = (refusal?.mistakes ?? []).map { ($0.sentence, $0["field"]?.text) }
        return form
    }

    private static func confirmDistrust(of key: String, _ visit: ConsoleVisit) async throws -> Response {
        let roots = try await visit.api.get(["trust-roots"]).document["items"]?.elements ?? []
        guard let root = roots.first(where: { $0["id"]?.text == key }) else {
            return visit.problem(.notFound, "There is no such CA.")
        }
        var form = ConsoleForm(action: "\(Self.root)/\(Self.trustPath)/remove", button: "Trust it no more")
        form.isDangerous = true
        form.groups = [Self.reason]
        form.hidden = [("sure", "true"), ("key", key)]
        form.back = "\(Self.root)/\(Self.trustPath)"
        return visit.render(
            "Trust \(root["subject"]?.text ?? key) no more?",
            Self.trustPath,
            introduction: "Streams and connections whose certificates it has issued cannot be made any more; "
                + "those that are open end at the next look at their certificates.",
            [.form(form)]
        )
    }
}
