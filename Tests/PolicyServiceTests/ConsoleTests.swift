import Foundation
import Hummingbird
import Messaging
import Policy
import Testing

@testable import PolicyService

@Suite("The console")
struct ConsoleTests {
    let api: RunningAPI
    let session: ConsoleSession

    init() async throws {
        self.api = try await RunningAPI()
        self.session = ConsoleSession(self.api.base)
    }

    /// All pages there are.
    static let paths = ConsoleNavigation.pages.map(\.href)

    private func formKey() async throws -> String {
        try #require(try await self.session.get("/console/partners/edit").hidden("form-key"))
    }

    // MARK: Who may come in

    @Test("Without a session every page leads to the sign-in, and no form does anything")
    func closed() async throws {
        for path in Self.paths + ["/console/partners/edit", "/console/nowhere"] {
            let page = try await self.session.get(path)
            #expect(page.status == 303 && page.location == "/console/sign-in", "\(path)")
        }
        #expect(try await self.session.get("/").location == "/console")
        #expect(await self.api.engine.version == 0)
    }

    @Test("A token opens a session; the cookie is for this host and no script")
    func signIn() async throws {
        #expect(try await self.session.get("/console/sign-in").status == 200)
        let refused = try await self.session.signIn("isthmus-wrong")
        #expect(refused.status == 403 && refused.text.contains("no token"))
        let page = try await self.session.signIn(self.api.admin)
        #expect(page.status == 303 && page.location == "/console")
        let cookie = try #require(page.headers["set-cookie"])
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/console"] { #expect(cookie.contains(attribute)) }
        #expect(!cookie.contains(self.api.admin))
        // They ask services that are not there.
        let away = ["/dns", "/certificates", "/trust"]
        for path in Self.paths.filter({ path in !away.contains { path.hasSuffix($0) } }) {
            let page = try await self.session.get(path)
            #expect(page.status == 200 && page.text.contains("root (admin)"), "\(path)")
        }
    }

    @Test("Whose token is removed is signed out at once; who signs out is out")
    func signedOut() async throws {
        _ = try await self.session.signIn(self.api.admin)
        let key = try await self.formKey()
        let other = ConsoleSession(self.api.base)
        _ = try await other.signIn(self.api.viewer)
        #expect(try await other.get("/console").status == 200)
        #expect(try await self.api.send("DELETE", "/v1/tokens/guest").status == 200)
        #expect(try await other.get("/console").status == 303)

        #expect(try await self.session.post("/console/sign-out", ["form-key": key]).status == 303)
        #expect(try await self.session.get("/console").status == 303)
    }

    @Test("Too many attempts to sign in are refused, a right one too")
    func attempts() async throws {
        var pages: [ConsoleSession.Page] = []
        for _ in 0..<7 { pages.append(try await self.session.signIn("isthmus-wrong")) }
        #expect(pages.first?.text.contains("no token") == true)
        #expect(pages.last?.text.contains("too many attempts") == true)
        #expect(try await self.session.signIn(self.api.admin).status == 403)
    }

    // MARK: What it does

    @Test("A partner is added: the change is seen with its warning, committed with a reason, and in the audit log")
    func addPartner() async throws {
        _ = try await self.session.signIn(self.api.admin)
        var fields = ["form-key": try await self.formKey(), "key": "", "base": ""]
        fields["field-domain"] = "example.org"
        fields["field-tls"] = "optional"
        let preview = try await self.session.post("/console/partners/preview", fields)
        #expect(preview.status == 200 && preview.text.contains("is added"))
        #expect(preview.text.contains("class=\"message warning\""))
        #expect(await self.api.engine.version == 0, "only looked at")

        fields["reason"] = "a new friend"
        let done = try await self.session.post("/console/partners/commit", fields)
        #expect(done.status == 303)
        let partner = try #require(await self.api.engine.state.partners["example.org"])
        #expect(partner.tls == .optional && partner.sasl == .required)
        let list = try await self.session.get(try #require(done.location))
        #expect(list.text.contains("example.org") && list.text.contains("Done: version 1."))
        let audit = try await self.session.get("/console/audit")
        #expect(audit.text.contains("a new friend") && audit.text.contains("root"))
    }

    @Test("A mistake is told beside its field, and what was written stays")
    func mistake() async throws {
        _ = try await self.session.signIn(self.api.admin)
        var fields = ["form-key": try await self.formKey(), "key": "", "base": ""]
        fields["field-domain"] = "example.org"
        fields["field-description"] = "kept"
        fields["field-connection-limit"] = "many"
        let page = try await self.session.post("/console/partners/preview", fields)
        #expect(page.status == 422)
        #expect(page.text.contains("value=\"many\" inputmode=\"numeric\" aria-invalid=\"true\""))
        #expect(page.text.contains("value=\"kept\"") && page.text.contains("role=\"alert\""))
    }

    @Test("A partner is changed and removed; whoever looked at an older version is told so")
    func changeAndRemove() async throws {
        _ = try await self.session.signIn(self.api.admin)
        #expect(try await self.api.send("POST", "/v1/partners", #"{"domain":"example.org"}"#).status == 201)
        let edit = try await self.session.get("/console/partners/edit?key=example.org")
        var fields = ["form-key": try #require(edit.hidden("form-key")), "key": "example.org"]
        fields["base"] = edit.hidden("base")
        fields["field-enabled"] = "false"
        let preview = try await self.session.post("/console/partners/preview", fields)
        #expect(preview.text.contains("<del>yes</del>") && preview.text.contains("<ins>no</ins>"))
        #expect(!preview.text.contains("Dialback</th>"), "what stays is not shown")

        #expect(try await self.api.send("POST", "/v1/partners", #"{"domain":"example.net"}"#).status == 201)
        let late = try await self.session.post("/console/partners/commit", fields)
        #expect(late.status == 409 && late.text.contains("Somebody else was first"))

        fields["base"] = ""
        #expect(try await self.session.post("/console/partners/commit", fields).status == 303)
        #expect(await self.api.engine.state.partners["example.org"]?.isEnabled == false)
        fields["what"] = "remove"
        #expect(try await self.session.post("/console/partners/preview", fields).text.contains("is removed"))
        #expect(try await self.session.post("/console/partners/commit", fields).status == 303)
        #expect(await self.api.engine.state.partners["example.org"] == nil)
    }

    @Test("Every kind of object has a form with every field of the API", arguments: ConsoleCollection.all.map(\.path))
    func forms(_ path: String) async throws {
        _ = try await self.session.signIn(self.api.admin)
        let collection = try #require(ConsoleCollection.all.first { $0.path == path })
        let page = try await self.session.get("/console/\(path)/edit")
        for member in try #require(collection.blank.members)
        where !(collection.hasGivenKey && member.name == collection.keyField) {
            #expect(page.text.contains("name=\"field-\(member.name)\""), "\(member.name)")
            #expect(page.text.contains("<label for=\"field-\(member.name)\""), "\(member.name)")
            #expect(ConsoleWords.known.contains(member.name), "\(member.name) has no words")
        }
        #expect(collection.columns.allSatisfy { collection.blank[$0] != nil })
    }

    @Test("Every setting is on one page, that of the rules for unknown domains too")
    func everySetting() {
        let fields = ConsoleCollection.settings.flatMap { $0.groups.flatMap(\.fields) }
        #expect(fields.count == Set(fields).count)
        let settings = GatewaySettings().document.members ?? []
        #expect(Set(fields.map { String($0.prefix { $0 != "." }) }) == Set(settings.map(\.name)))
        // What names a partner says nothing of unknown domains.
        let own: Set = ["domain", "description", "additional-domains", "proxy-fqdn", "enabled"]
        let rules = Set(Partner(domain: "").document.members?.map(\.name) ?? []).subtracting(own)
        #expect(Set(fields.compactMap { $0.split(separator: ".").dropFirst().first.map(String.init) }) == rules)
    }

    @Test("The settings are changed, lists of domains line by line")
    func settings() async throws {
        _ = try await self.session.signIn(self.api.admin)
        let page = try await self.session.get("/console/settings")
        var fields = ["form-key": try #require(page.hidden("form-key")), "base": try #require(page.hidden("base"))]
        fields["field-connection-limit"] = "500"
        #expect(try await self.session.post("/console/settings/commit", fields).status == 303)
        fields["base"] = ""
        fields["field-blocked-domains"] = "*.evil.example inbound\r\nspam.example\r\n"
        fields["field-default-partner.tls"] = "optional"
        #expect(try await self.session.post("/console/external-access/commit", fields).status == 303)
        let settings = await self.api.engine.state.settings
        #expect(settings.connectionLimit == 500 && settings.keepAliveInterval == 300)
        #expect(settings.blockedDomains.map(\.pattern) == ["*.evil.example", "spam.example"])
        #expect(settings.blockedDomains.map(\.direction) == [.inbound, .both])
        #expect(settings.defaultPartner.tls == .optional && settings.defaultPartner.sasl == .required)
    }

    @Test("A viewer may look and not change")
    func viewer() async throws {
        _ = try await self.session.signIn(self.api.viewer)
        #expect(try await self.session.get("/console/partners").status == 200)
        let fields = ["form-key": try await self.formKey(), "key": "", "base": "", "field-domain": "example.org"]
        let page = try await self.session.post("/console/partners/commit", fields)
        #expect(page.status == 403 && page.text.contains("may look but not change"))
        #expect(await self.api.engine.version == 0)
    }

    // MARK: What it must not do

    static let scripts = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
        "</textarea><script>",
        "{{title}}", "javascript:alert(1)", "<svg/onload=alert(1)>",
    ]

    @Test("What peers and users have written is text on every page", arguments: scripts)
    func escaping(_ script: String) async throws {
        await self.api.refusals.add([
            RefusalRecord(
                time: 1,
                service: "xmpp-edge",
                messageID: MessageID(script),
                subject: script,
                from: script,
                to: script,
                peer: script,
                reason: .unknownUser,
                answer: script,
                text: script
            )
        ])
        let document = DocumentValue.object([
            .init("domain", .text("example.org")), .init("description", .text(script)),
        ])
        #expect(try await self.api.send("POST", "/v1/partners", document.json()).status == 201)
        _ = try await self.session.signIn(self.api.admin)
        let query = script.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for path in [
            "/console", "/console/partners", "/console/partners?search=\(query)",
            "/console/partners/edit?key=example.org",
            "/console/partners/edit?key=\(query)", "/console/refusals", "/console/refusals?party=\(query)",
            "/console/audit", "/console/partners?done=\(query)",
        ] {
            let page = try await self.session.get(path)
            #expect(
                !page.text.contains("<script") && !page.text.contains("<img") && !page.text.contains("<svg"),
                "\(path)"
            )
            if script.contains(where: { "<>\"'".contains($0) }) { #expect(!page.text.contains(script), "\(path)") }
            #expect(!page.text.contains("href=\"javascript") && !page.text.contains("href=\"nil"), "\(path)")
            #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true, "\(path)")
        }
    }
}
