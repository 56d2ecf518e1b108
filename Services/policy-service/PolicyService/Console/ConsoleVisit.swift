import HTTPTypes
import Hummingbird
import Policy

/// One request of somebody who is signed in.
struct ConsoleVisit: Sendable {
    let request: Request
    let session: ConsoleSessions.Session
    let api: ConsoleAPI
    let page: ConsolePage

    func frame(_ title: String, _ path: String = "", problem: String? = nil) -> ConsolePage.Frame {
        ConsolePage.Frame(
            title: title,
            path: path,
            session: self.session,
            notice: self.query("done").map { "Done: \($0)." },
            problem: problem
        )
    }

    func render(
        _ template: String,
        _ frame: ConsolePage.Frame,
        status: HTTPResponse.Status = .ok,
        _ values: [String: Any] = [:]
    ) -> Response {
        self.page.render(template, frame, status: status, values)
    }

    /// A value of the query; `nil` when it is empty.
    func query(_ name: String) -> String? { self.request.query(name).flatMap { $0.isEmpty ? nil : $0 } }

    func problem(_ status: HTTPResponse.Status, _ text: String) -> Response {
        self.render("table", self.frame("This was not done", problem: text), status: status)
    }

    /// What the API refused to do, in its own words.
    func problem(_ answer: ConsoleAPI.Answer) -> Response {
        let details = answer.mistakes.map { "\($0["object"]?.text ?? ""): \($0["problem"]?.text ?? "")" }
        return self.problem(answer.status, ([answer.title] + details).joined(separator: "; "))
    }

    func missing() -> Response { self.problem(.notFound, "There is no such page.") }
}

extension DocumentValue {
    /// The members of a mistake or a warning, for a template.
    var texts: [String: Any] {
        Dictionary((self.members ?? []).map { ($0.name, $0.value.summary) }) { $1 }
    }
}
