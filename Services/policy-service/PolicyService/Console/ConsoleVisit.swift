import HTTPTypes
import Hummingbird
import Policy

/// One request of somebody who is signed in.
struct ConsoleVisit: Sendable {
    let request: Request
    let session: ConsoleSessions.Session
    let api: ConsoleAPI
    let page: ConsolePage
    let stage: ConsoleStage

    /// The changes that wait to be committed.
    var draft: ConsoleStage.Draft? { self.stage.draft(of: self.session.name) }

    func render(
        _ title: String,
        _ path: String = "",
        introduction: String? = nil,
        problem: String? = nil,
        status: HTTPResponse.Status = .ok,
        _ blocks: [ConsoleBlock]
    ) -> Response {
        let frame = ConsolePage.Frame(
            title: title,
            path: path,
            introduction: introduction,
            session: self.session,
            staged: self.draft?.changes.count ?? 0,
            notice: self.query("done").map { "Done: \($0)." },
            problem: problem
        )
        return self.page.render(frame, status: status, blocks)
    }

    /// Whether the token may do this.
    func may(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        self.session.role.covers(APICatalogue.role(for: method, path))
    }

    /// A value of the query; `nil` when it is empty.
    func query(_ name: String) -> String? { self.request.query(name).flatMap { $0.isEmpty ? nil : $0 } }

    func problem(_ status: HTTPResponse.Status, _ text: String) -> Response {
        self.render("This was not done", problem: text, status: status, [])
    }

    /// What the API refused to do, in its own words.
    func problem(_ answer: ConsoleAPI.Answer) -> Response {
        self.problem(answer.status, answer.words)
    }

    func missing() -> Response { self.problem(.notFound, "There is no such page.") }
}

extension ConsoleAPI.Answer {
    /// What went wrong, with every mistake.
    var words: String {
        let details = self.mistakes.map { "\($0["object"]?.text ?? ""): \($0["problem"]?.text ?? "")" }
        return ([self.title.capitalizedFirst] + details).joined(separator: "; ") + "."
    }
}

extension DocumentValue {
    /// A mistake or a warning in one sentence, with the object that it is about.
    var sentence: String { "\((self["object"]?.text ?? "").capitalizedFirst): \(self.fieldLabels)\(self.words)." }
}
