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
    private let attempts: AttemptLimiter
    private let now: @Sendable () -> Moment
    private let sessions = ConsoleSessions()
    private let stage = ConsoleStage()

    /// `attempts`: how often somebody may sign in.
    init(
        api: any HTTPResponder<APIContext>,
        tokens: Tokens,
        attempts: AttemptLimiter,
        now: @escaping @Sendable () -> Moment,
        logger: Logger
    ) throws {
        self.api = api
        self.tokens = tokens
        self.attempts = attempts
        self.now = now
        self.logger = logger
        self.page = try ConsolePage()
    }

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: TraceMiddleware())
        let group = router.group("console")
        group.get("style.css") { _, _ in ConsolePage.asset(ConsoleStyle.text, "text/css; charset=utf-8") }
        group.get("icon.svg") { _, _ in ConsolePage.asset(ConsoleStyle.icon, "image/svg+xml") }
        group.get("sign-in") { request, _ in self.signInPage(request) }
        group.post("sign-in") { request, context in try await self.signIn(request, context) }
        group.post("sign-out") { request, context in try await self.signOut(request, context) }
        self.addObjects(to: group)
        self.addChanges(to: group)
        self.addOverview(to: group)
        self.addRecords(to: group)
        self.addRefusals(to: group)
        self.addHistory(to: group)
        self.addCertificates(to: group)
        self.addTrust(to: group)
        self.addSecrets(to: group)
        self.addDeeds(to: group)
        self.addTransfer(to: group)
        self.addTokens(to: group)
        self.addDNS(to: group)
        self.addTests(to: group)
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
        guard let name = Self.session(in: request), let session = self.sessions.session(name, at: self.now().deadline),
            // A token that was removed, or has another role now, counts at once.
            self.tokens.caller(with: session.token) == APIContext.Caller(name: session.name, role: session.role)
        else { return ConsoleSignIn.redirect(from: request, hadSession: Self.session(in: request) != nil) }
        let api = ConsoleAPI(responder: self.api, token: session.token, context: context)
        return try await show(
            ConsoleVisit(
                request: request,
                session: session,
                api: api,
                page: self.page,
                stage: self.stage,
                now: self.now().wall
            )
        )
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

    private func signInPage(_ request: Request, next: String? = nil, problem: String? = nil) -> Response {
        ConsoleSignIn.page(
            self.page,
            next: next ?? request.query("next"),
            hasEnded: request.query("ended") != nil,
            problem: problem
        )
    }

    private func signIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let address = context.remoteAddress ?? ""
        guard self.attempts.take(from: address, at: self.now()) else {
            self.logger.warning("Console sign-in refused: too many attempts", metadata: ["peer.address": "\(address)"])
            return self.signInPage(request, problem: "There were too many attempts. Wait a minute, and try again.")
        }
        let form = try await FormBody(request)
        guard Self.isFromHere(request), let token = form["token"]?.trimmed, let caller = self.tokens.caller(with: token)
        else {
            self.logger.warning("Console sign-in refused", metadata: ["peer.address": "\(address)"])
            return self.signInPage(request, next: form["next"], problem: "This is no token of this gateway.")
        }
        self.logger.notice(
            "Console sign-in",
            metadata: ["author": "\(caller.name)", "peer.address": "\(address)"]
        )
        var response = FrontResponder.redirect(to: ConsoleSignIn.target(form["next"]))
        // Only over TLS if the proxy in front of us says that it is.
        let isSecure = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] } == "https"
        // Whoever was signed in here before is so no more.
        if let old = Self.session(in: request) { self.sessions.close(old) }
        let session = self.sessions.open(token, caller, at: self.now().deadline)
        response.headers[.setCookie] =
            "\(Self.cookie)=\(session); Path=\(Self.root); HttpOnly; SameSite=Strict"
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
}
