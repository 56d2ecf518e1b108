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
    /// When it came, in milliseconds since 1970.
    let now: Int64

    /// The changes that wait to be committed.
    var draft: ConsoleStage.Draft? { self.stage.draft(of: self.session.name) }

    func render(
        _ title: String,
        _ path: String = "",
        introduction: String? = nil,
        problem: String? = nil,
        status: HTTPResponse.Status = .ok,
        actions: [ConsoleBlock.Link] = [],
        _ blocks: [ConsoleBlock]
    ) -> Response {
        let frame = ConsolePage.Frame(
            title: title,
            path: path,
            introduction: introduction,
            session: self.session,
            staged: self.draft?.changes.count ?? 0,
            notice: self.query("done").map { "Done: \($0)." },
            problem: problem,
            trail: self.trail(to: path),
            actions: actions,
            now: self.now
        )
        return self.page.render(frame, status: status, blocks)
    }

    /// The page of the navigation that this one is below; none for those that the navigation leads to.
    private func trail(to path: String) -> [(label: String, href: String)] {
        guard !path.isEmpty, let page = ConsoleNavigation.pages.first(where: { $0.path == path }),
            self.request.uri.path != page.href
        else { return [] }
        return [(page.label, page.href)]
    }

    /// Whether the token may do this.
    func may(_ method: HTTPRequest.Method, _ path: String) -> Bool {
        self.session.role.covers(APICatalogue.role(for: method, path))
    }

    /// A value of the query; `nil` when it is empty.
    func query(_ name: String) -> String? { self.request.query(name).flatMap { $0.isEmpty ? nil : $0 } }

    func problem(_ status: HTTPResponse.Status, _ text: String) -> Response {
        let title = self.request.method == .get ? "This cannot be shown" : "This was not done"
        return self.render(title, problem: text, status: status, [])
    }

    /// Says which role is needed.
    func forbidden(_ method: HTTPRequest.Method, _ path: String) -> Response {
        self.problem(.forbidden, "This needs the role \(APICatalogue.role(for: method, path).rawValue).")
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
