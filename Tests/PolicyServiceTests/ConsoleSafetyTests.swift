import Foundation
import Hummingbird
import Policy
import Testing
import Wire

@testable import PolicyService

/// What somebody could do to the console from outside: with a page of their own, a link, a cookie, a token of too small a role.
@Suite("The console keeps others out")
struct ConsoleSafetyTests {
    let api: RunningAPI
    let session: ConsoleSession

    init() async throws {
        self.api = try await RunningAPI(signIns: 100)
        self.session = ConsoleSession(self.api.base)
    }

    /// What every form leads to, with something in place of what varies.
    private func posts() throws -> [String] {
        try self.api.console().router().routes.filter { $0.method == .post }
            .map { $0.path.description.replacing("{key}", with: "c1") }
    }

    private func formKey() async throws -> String {
        try #require(try await self.session.get("/console/partners/edit").hidden("form-key"))
    }

    // MARK: Forged forms

    @Test("No form does anything without a session, from elsewhere, or without the key of its session: each of them")
    func forgery() async throws {
        let posts = try self.posts().filter { $0 != "/console/sign-in" }
        #expect(posts.count > 30 && posts.contains("/console/deeds/c1") && posts.contains("/console/sign-out"))
        let wish = ["field-domain": "evil.example", "key": "c1", "sure": "true", "name": "evil", "role": "admin"]
        for path in posts {
            let page = try await self.session.post(path, wish)
            #expect(page.status == 303 && page.location == "/console/sign-in", "\(path)")
        }
        _ = try await self.session.signIn(self.api.admin)
        let other = ConsoleSession(self.api.base)
        _ = try await other.signIn(self.api.admin)
        let foreign = try #require(try await other.get("/console/partners/edit").hidden("form-key"))
        let own = try await self.formKey()
        for path in posts {
            for (key, site) in [("", "same-origin"), (foreign, "same-origin"), (own, "cross-site"), (own, "same-site")]
            {
                let fields = wish.merging(["form-key": key]) { $1 }
                let page = try await self.session.post(path, fields, headers: ["Sec-Fetch-Site": site])
                #expect(page.status == 403 && page.text.contains("did not come from a page"), "\(path), \(site)")
            }
        }
        #expect(try await self.session.get("/console").status == 200, "nobody was signed out by it")
        #expect(await self.api.engine.version == 0 && self.api.others.requests.isEmpty)
        #expect(!self.api.routes.tokens.records.contains { $0.name == "evil" })
    }

    @Test("A form of somebody else's page does not sign in")
    func forgedSignIn() async throws {
        let fields = ["token": self.api.admin]
        let page = try await self.session.post("/console/sign-in", fields, headers: ["Sec-Fetch-Site": "cross-site"])
        #expect(page.status == 403 && page.headers["set-cookie"] == nil)
    }

    // MARK: Sessions

    @Test("A session cannot be chosen by somebody else, and who signs in anew leaves the old one behind")
    func fixation() async throws {
        self.session.cookie = "isthmus-session=chosen-by-somebody-else"
        _ = try await self.session.signIn(self.api.admin)
        let first = try #require(self.session.cookie)
        #expect(first != "isthmus-session=chosen-by-somebody-else")
        let thief = ConsoleSession(self.api.base)
        thief.cookie = "isthmus-session=chosen-by-somebody-else"
        #expect(try await thief.get("/console").status == 303)
        _ = try await self.session.signIn(self.api.admin)
        #expect(self.session.cookie != first)
        thief.cookie = first
        #expect(try await thief.get("/console").status == 303)
        #expect(try await self.session.get("/console").status == 200)
    }

    @Test("The cookie is for this host and no script, and over TLS for nothing else; signing out takes it away")
    func cookie() async throws {
        let plain = try #require(try await self.session.signIn(self.api.admin).headers["set-cookie"])
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age="] {
            #expect(plain.contains(attribute))
        }
        #expect(!plain.contains("Secure") && !plain.contains(self.api.admin))
        let fields = ["token": self.api.admin]
        let other = ConsoleSession(self.api.base)
        let secure = try await other.post("/console/sign-in", fields, headers: ["X-Forwarded-Proto": "https"])
        #expect(secure.headers["set-cookie"]?.hasSuffix("; Secure") == true)
        let page = try await self.session.post("/console/sign-out", ["form-key": try await self.formKey()])
        #expect(page.headers["set-cookie"]?.contains("Max-Age=0") == true)
        #expect(try await self.session.get("/console").status == 303, "the session is over, whoever has the cookie")
    }

    static let elsewhere = [
        "https://evil.example/", "//evil.example/console/", "/\\evil.example", "/console/../v1/partners",
        "/consoleevil", "/console\\@evil.example", "/console/\r\nSet-Cookie: a=b", "javascript:alert(1)", "/", "",
        "/console/..", "/console//evil.example", "/console/%2e%2e/v1", "https:/console/", " /console/users",
    ]

    @Test("After signing in one comes to a page of the console, wherever a link wanted to lead", arguments: elsewhere)
    func openRedirects(_ next: String) async throws {
        let page = try await self.session.post("/console/sign-in", ["token": self.api.admin, "next": next])
        #expect(page.status == 303 && page.location == "/console")
    }

    @Test("And to the page that was wanted, if it is one")
    func redirect() async throws {
        let fields = ["token": self.api.admin, "next": "/console/users?search=juliet"]
        #expect(try await self.session.post("/console/sign-in", fields).location == "/console/users?search=juliet")
    }

    // MARK: Headers

    @Test("No page is kept by a cache, framed, or loads anything from elsewhere: each of them, and each error")
    func headers() async throws {
        _ = try await self.session.signIn(self.api.admin)
        let paths = try self.api.console().router().routes.filter { $0.method == .get }
            .map { $0.path.description.replacing("{key}", with: "1").replacing("**", with: "nowhere") }
        #expect(paths.count > 30)
        for path in paths {
            let page = try await self.session.get(path)
            let isAsset = path.hasSuffix(".css") || path.hasSuffix(".svg")
            #expect(page.headers["cache-control"] == (isAsset ? "max-age=86400" : "no-store"), "\(path)")
            #expect(page.headers["x-content-type-options"] == "nosniff", "\(path)")
            #expect(page.headers["x-frame-options"] == "DENY", "\(path)")
            let policy = page.headers["content-security-policy"] ?? ""
            for rule in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
                #expect(policy.contains(rule), "\(path)")
            }
            #expect(!policy.contains("unsafe") && !policy.contains("script-src"), "\(path)")
            #expect(page.text.firstMatch(of: /(src|href)="(https?:)?\/\//) == nil, "\(path)")
        }
    }

    // MARK: Roles

    /// Every form that is on a page: where it leads, and what it sends along.
    private func forms(
        on path: String,
        _ session: ConsoleSession
    ) async throws -> [(action: String, sent: [String: String])] {
        let text = try await session.get(path).text
        let all = text.matches(of: /<form method="post" action="([^"]+)"(?s:.*?)<\/form>/)
        return all.filter { $0.0.contains("<button") }.flatMap { form in
            let hidden = form.0.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/)
            let sent = Dictionary(hidden.map { (String($0.1), String($0.2).unescaped) }) { $1 }
            let others = form.0.matches(of: /formaction="([^"]+)"/).map { String($0.1) }
            return ([String(form.1)] + others).map { ($0.unescaped, sent) }
        }
    }

    @Test(
        "Whatever is offered is not refused: every form on every page, to each role",
        arguments: TokenRecord.Role.allCases
    )
    func offers(_ role: TokenRecord.Role) async throws {
        try await ConsoleWorld(api: self.api).fill()
        let token =
            switch role {
            case .viewer: self.api.viewer
            case .operator: self.api.operating
            case .admin: self.api.admin
            }
        _ = try await self.session.signIn(token)
        let pages =
            ConsoleNavigation.pages.map(\.href)
            + [
                "partners/edit?key=example.org", "users/edit?key=juliet@sip.example.com", "domains/edit",
                "certificates/c1",
                "certificates/c3", "certificates/c4", "certificates/request", "certificates/import", "history/1",
                "explain?from=romeo@example.org&to=juliet@sip.example.com",
            ].map { "/console/\($0)" }
        var seen: Set<String> = []
        for page in pages {
            for form in try await self.forms(on: page, self.session) where form.action != "/console/sign-out" {
                guard seen.insert("\(form.action) \(form.sent["key"] ?? "")").inserted else { continue }
                #expect(role != .viewer, "\(page) offers \(form.action)")
                let answer = try await self.session.post(form.action, form.sent)
                #expect(answer.status != 403 && answer.status != 404, "\(page) offers \(form.action), which is refused")
            }
        }
        let actions = Set(seen.map { String($0.prefix { $0 != " " }) })
        let daily: Set = [
            "/console/users/preview", "/console/certificates/c1/uses", "/console/deeds/certificate-renewal",
            "/console/certificates/request", "/console/dns/apply", "/console/transfer",
        ]
        let grave: Set = [
            "/console/partners/preview", "/console/tokens", "/console/trust", "/console/deeds/certificate-revocation",
            "/console/deeds/dialback-rotation", "/console/deeds/acme-end", "/console/history/1/restore",
        ]
        #expect(role == .viewer || actions.isSuperset(of: daily), "\(daily.subtracting(actions))")
        #expect(role == .admin ? actions.isSuperset(of: grave) : actions.isDisjoint(with: grave))
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        #expect(!audit.contains("\"refused\""))
    }

    // MARK: Deeds

    @Test(
        "What cannot be taken back is looked at first, and done when it is meant",
        arguments: ConsoleDeed.all.map(\.name)
    )
    func deeds(_ name: String) async throws {
        try await ConsoleWorld(api: self.api).fill()
        let deed = try #require(ConsoleDeed.named(name))
        #expect(APICatalogue.entries.contains { $0.method == deed.method && $0.path == deed.entry })
        _ = try await self.session.signIn(self.api.admin)
        let path = "/console/deeds/\(name)"
        var fields = ["form-key": try await self.formKey(), "chosen": "true"]
        let key = deed.path.contains("{key}") ? "c3" : ""
        if !key.isEmpty { fields["key"] = key }
        let audit = try await self.api.store.audit(PageRequest()).count
        let review = try await self.session.post(path, fields)
        #expect(review.status == 200 && review.text.contains("Nothing is changed yet"))
        #expect(review.text.contains("class=\"difference\""), "it is said what would be different")
        #expect(try await self.api.store.audit(PageRequest()).count == audit, "only looked at")
        fields["sure"] = "true"
        fields["reason"] = "CHG-9"
        if let typed = deed.typed {
            let refused = try await self.session.post(path, fields)
            #expect(refused.status == 422 && refused.text.contains("This is not"))
            #expect(try await self.api.store.audit(PageRequest()).count == audit)
            fields["typed"] = deed.text(typed, key)
        }
        let done = try await self.session.post(path, fields)
        #expect(done.status == 303 && done.location?.hasPrefix("/console/\(deed.page)?done=") == true)
        let entry = try #require(try await self.api.store.audit(PageRequest()).first)
        #expect(entry.reason == "CHG-9" && entry.author == "root")
    }

    // MARK: Files

    @Test("Users and contacts are brought in after a look, and taken away again; a backup is for an administrator")
    func transfer() async throws {
        _ = try await self.api.send("POST", "/v1/domains", #"{"domain":"sip.example.com"}"#)
        _ = try await self.session.signIn(self.api.admin)
        var fields = ["form-key": try await self.formKey(), "what": "users", "text": "sip:juliet@sip.example.com\r\n"]
        let review = try await self.session.post("/console/transfer", fields)
        #expect(review.status == 200 && review.text.contains("juliet@sip.example.com"))
        #expect(await self.api.engine.state.user(address: "juliet@sip.example.com") == nil, "only looked at")
        fields["sure"] = "true"
        #expect(try await self.session.post("/console/transfer", fields).status == 303)
        #expect(await self.api.engine.state.user(address: "juliet@sip.example.com") != nil)
        fields["text"] = "nobody"
        let wrong = try await self.session.post("/console/transfer", fields)
        #expect(
            wrong.status >= 400 && wrong.text.contains("role=\"alert\"") && wrong.text.contains(">nobody</textarea>")
        )

        let file = try await self.session.get("/console/transfer/files/users.csv")
        #expect(file.text.contains("juliet@sip.example.com"))
        #expect(file.headers["content-disposition"] == "attachment; filename=\"users.csv\"")
        let backup = "/console/transfer/files/isthmus-backup.jsonl"
        #expect(try await self.session.get(backup).status == 200)
        let viewer = ConsoleSession(self.api.base)
        _ = try await viewer.signIn(self.api.viewer)
        #expect(try await viewer.get(backup).status == 403)
        #expect(try await !viewer.get("/console/transfer").text.contains("isthmus-backup"))
    }
}

extension String {
    /// Without the references that HTML writes some characters by.
    fileprivate var unescaped: String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .reduce(self) { $0.replacing($1.0, with: $1.1) }
    }
}
