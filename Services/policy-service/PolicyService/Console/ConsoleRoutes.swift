import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Policy

/// The console: pages for a browser, made of what the API says (SPEC §11).
///
/// They need no script.
struct ConsoleRoutes: Sendable {
    static let root = "/console"
    private static let cookie = "isthmus-session"

    let api: any HTTPResponder<APIContext>
    let tokens: Tokens
    let logger: Logger
    let page: ConsolePage
    private let sessions = ConsoleSessions()
    private let limit = SignInLimit()

    init(api: any HTTPResponder<APIContext>, tokens: Tokens, logger: Logger) throws {
        self.api = api
        self.tokens = tokens
        self.logger = logger
        self.page = try ConsolePage()
    }

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: TraceMiddleware())
        let group = router.group("console")
        group.get("style.css") { _, _ in Self.style() }
        group.get("sign-in") { request, _ in self.signInPage(request) }
        group.post("sign-in") { request, context in try await self.signIn(request, context) }
        group.post("sign-out") { request, context in try await self.signOut(request, context) }
        self.addObjects(to: group)
        self.addSettings(to: group)
        self.addRecords(to: group)
        self.addDNS(to: group)
        group.get("**") { request, context in
            try await self.signedIn(request, context) { visit in
                visit.missing()
            }
        }
        return router
    }

    // MARK: Sessions

    /// Shows a page to somebody who is signed in; anybody else is asked to be.
    func signedIn(
        _ request: Request,
        _ context: APIContext,
        _ show: (ConsoleVisit) async throws -> Response
    ) async throws -> Response {
        guard let name = Self.session(in: request), let session = self.sessions.session(name, at: .now()),
            // A token that was removed, or has another role now, counts at once.
            self.tokens.caller(with: session.token) == APIContext.Caller(name: session.name, role: session.role)
        else { return FrontResponder.redirect(to: Self.root + "/sign-in") }
        let api = ConsoleAPI(responder: self.api, token: session.token, context: context)
        return try await show(ConsoleVisit(request: request, session: session, api: api, page: self.page))
    }

    /// The same for what a form does: it must come from a page of ours.
    func submitted(
        _ request: Request,
        _ context: APIContext,
        _ act: (ConsoleVisit, FormBody) async throws -> Response
    ) async throws -> Response {
        let form = try await FormBody(request)
        return try await self.signedIn(request, context) { visit in
            guard Self.isFromHere(request), form["form-key"] == visit.session.formKey else {
                self.logger.warning(
                    "Console form refused: it came from elsewhere",
                    metadata: ["author": "\(visit.session.name)"]
                )
                return visit.problem(
                    .forbidden,
                    "This form did not come from a page of this console. Open the page again."
                )
            }
            return try await act(visit, form)
        }
    }

    /// What the browser says of where a form was ([Fetch Metadata §2.3](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)); old
    /// ones say nothing.
    private static func isFromHere(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] else { return true }
        return site == "same-origin" || site == "none"
    }

    private static func session(in request: Request) -> String? {
        for pair in (request.headers[.cookie] ?? "").split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == Self.cookie { return String(parts[1]) }
        }
        return nil
    }

    private func signInPage(_ request: Request, problem: String? = nil) -> Response {
        self.page.render(
            "sign-in",
            ConsolePage.Frame(title: "Sign in", problem: problem),
            status: problem == nil ? .ok : .forbidden
        )
    }

    private func signIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let address = context.remoteAddress ?? ""
        guard self.limit.admits(address, at: .now()) else {
            self.logger.warning("Console sign-in refused: too many attempts", metadata: ["peer.address": "\(address)"])
            return self.signInPage(request, problem: "There were too many attempts. Wait a minute, and try again.")
        }
        let form = try await FormBody(request)
        guard Self.isFromHere(request), let token = form["token"], let caller = self.tokens.caller(with: token) else {
            self.logger.warning("Console sign-in refused", metadata: ["peer.address": "\(address)"])
            return self.signInPage(request, problem: "This is no token of this gateway.")
        }
        self.logger.notice(
            "Console sign-in",
            metadata: ["author": "\(caller.name)", "peer.address": "\(address)"]
        )
        var response = FrontResponder.redirect(to: Self.root)
        // Only over TLS if the proxy in front of us says that it is.
        let isSecure = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] } == "https"
        response.headers[.setCookie] =
            "\(Self.cookie)=\(self.sessions.open(token, caller, at: .now())); Path=\(Self.root); HttpOnly; SameSite=Strict"
            + "; Max-Age=\(ConsoleSessions.lifetime.nanoseconds / 1_000_000_000)" + (isSecure ? "; Secure" : "")
        return response
    }

    private func signOut(_ request: Request, _ context: APIContext) async throws -> Response {
        try await self.submitted(request, context) { _, _ in
            if let name = Self.session(in: request) { self.sessions.close(name) }
            var response = FrontResponder.redirect(to: Self.root + "/sign-in")
            response.headers[.setCookie] = "\(Self.cookie)=; Path=\(Self.root); HttpOnly; SameSite=Strict; Max-Age=0"
            return response
        }
    }

    private static func style() -> Response {
        var headers = ConsolePage.safety
        headers[.contentType] = "text/css; charset=utf-8"
        headers[.cacheControl] = "max-age=3600"
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: ConsoleStyle.text))
        )
    }
}
