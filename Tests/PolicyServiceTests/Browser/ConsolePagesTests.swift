import Bus
import Foundation
import Hummingbird
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// Every page, on every screen, with everything that can be on it.
@Suite(
    "The pages of the console in a real browser",
    .enabled(if: Browser.isInstalled, "needs chromium-driver"),
    .serialized
)
struct ConsolePagesTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI(signIns: 100) }

    /// Pages that the navigation does not lead to directly.
    private static let further = [
        ("partner", "partners/edit?key=example.org"), ("domain", "domains/edit?key=sip.example.com"),
        ("route", "routes/edit"), ("user", "users/edit?key=juliet@sip.example.com"), ("host", "hosts/edit"),
        ("certificate", "certificates/c1"), ("certificate-acme", "certificates/c3"),
        ("certificate-automatic", "certificates/c4"),
        ("certificate-request", "certificates/request"), ("certificate-import", "certificates/import"),
        ("refusal", "refusals/2"), ("version", "history/1"), ("compare", "history/1?to=3"),
        ("guide", "guides?system=lync"), ("refusals-filtered", "refusals?direction=inbound&since=2023-01-01T00:00:00"),
        ("explain-refused", "explain?from=romeo@montague.example&to=juliet@sip.example.com&kind=instant-message"),
        ("explain-allowed", "explain?from=romeo@example.org&to=juliet@sip.example.com&kind=instant-message"),
        ("search", "partners?search=jabber"), ("nothing-found", "partners?search=nobody"), ("missing", "nowhere"),
    ]

    private static var pages: [(name: String, path: String)] {
        ConsoleNavigation.pages.map { ($0.path.isEmpty ? "overview" : $0.path, $0.path) } + self.further
    }

    /// What is no page: files, and what is asked for before somebody is signed in.
    private static let otherRoutes: Set = [
        "/console/style.css", "/console/icon.svg", "/console/sign-in", "/console/transfer/files/{key}",
    ]

    @Test("No page is forgotten here: each route of the console is in the list of pages")
    func everyRoute() throws {
        let paths = Self.pages.map { "/console" + ($0.path.isEmpty ? "" : "/") + $0.path.prefix { $0 != "?" } }
        for route in try self.api.console().router().routes where route.method == .get {
            let pattern = route.path.description
            guard !Self.otherRoutes.contains(pattern), !pattern.hasSuffix("**") else { continue }
            let parts = pattern.split(separator: "/")
            let isSeen = paths.contains { path in
                let words = path.split(separator: "/")
                return words.count == parts.count
                    && zip(words, parts).allSatisfy { $0 == $1 || $1.hasPrefix("{") && $0 != "edit" }
            }
            #expect(isSeen, "\(pattern)")
        }
    }

    @Test("Each page is well made, readable and no wider than the screen: on a desk and on a phone, light and dark")
    func everyPage() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            for isPhone in [false, true] {
                try await browser.resize(width: isPhone ? 360 : 1280, height: isPhone ? 740 : 900, isPhone: isPhone)
                for page in Self.pages {
                    try await browser.prefer(dark: false)
                    try await browser.open("\(self.api.base)/console/\(page.path)")
                    // The browser says so of every answer that is an error.
                    if page.path == "nowhere" { _ = try await browser.complaints() }
                    try await browser.checkPage("\(page.name), \(isPhone ? "phone" : "desk")")
                    try await browser.picture("\(page.name)-\(isPhone ? "phone" : "light")")
                    try await browser.check(PageChecks.keyboard, page.name)
                    try await browser.prefer(dark: true)
                    try await browser.check(PageChecks.contrast, "\(page.name), dark")
                    if !isPhone { try await browser.picture("\(page.name)-dark") }
                }
            }
        }
    }

    @Test("With very much in it, and very long names, no page is wider than the screen and lists have pages")
    func crowdedPages() async throws {
        try await ConsoleWorld(api: self.api).crowd(partners: 120)
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            for isPhone in [false, true] {
                try await browser.resize(width: isPhone ? 360 : 1280, height: isPhone ? 740 : 900, isPhone: isPhone)
                for (name, path) in ConsoleWorld.crowdedPages {
                    try await browser.open("\(self.api.base)/console/\(path)")
                    try await browser.check(PageChecks.structure, name)
                    try await browser.checkWidth(name)
                    if !isPhone { try await browser.picture("crowded-\(name)-light") }
                }
            }
            try await browser.open(self.api.base + "/console/partners")
            #expect(try await browser.count("tbody tr") == 100)
            #expect(try await browser.text("main").contains("100 on this page; 120 in all."))
            try await browser.follow("main p.links a[href*='after=']")
            #expect(try await browser.count("tbody tr") == 20)
            try await browser.follow("main p.links a[href$='partners?']")
            #expect(try await browser.count("tbody tr") == 100)
        }
    }

    @Test("With nothing in it yet each page says what to do")
    func emptyPages() async throws {
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            for page in ConsoleNavigation.pages {
                try await browser.open(self.api.base + page.href)
                _ = try await browser.complaints()
                try await browser.checkPage("\(page.path), empty")
                let isEmpty = try await browser.count(".empty") > 0
                #expect(try await browser.count("main table, main form, .message") > 0 || isEmpty, "\(page.path)")
            }
            try await browser.open(self.api.base + "/console")
            try await browser.picture("overview-empty-light")
        }
    }

    @Test("What a page shows is what the API says: edges, streams, subscriptions, certificates, DNS, health")
    func liveState() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            let expected = [
                ("", ["xmpp-edge-1", "alive", "draining", "behind", "unknown-partner"]),
                ("health", ["cert-service", "dns-publisher", "2 changes are wanted", "1 live secret", "sip-edge-1"]),
                ("streams", ["example.org → sip.example.com", "TLSv1.3", "sasl external", "4210 in", "xmpp-edge-1"]),
                ("subscriptions", ["romeo@example.org", "juliet@sip.example.com", "XMPP → SIP", "active"]),
                (
                    "certificates",
                    ["Gateway 2026", "active", "waiting for the CA", "expires in 20 days"]
                ), ("secrets", ["d1", "current", "https://acme.example/directory"]),
                ("trust", ["Example Root", "valid", "2030-03-17"]),
                ("tokens", ["root", "admin", "the one you use"]),
                ("dns", ["_xmpp-server._tcp.sip.example.com", "Somebody else has changed it"]),
                ("users", ["Juliet Capulet", "XMPP server"]), ("hosts", ["pool01.example.com"]),
                ("routes", ["pool01.example.com", "TLS"]), ("history", ["root", "add partner example.org"]),
            ]
            for (path, words) in expected {
                try await browser.open("\(self.api.base)/console/\(path)")
                let text = try await browser.text("main")
                for word in words { #expect(text.contains(word), "\(path): \(word)") }
            }
            self.api.others.answer(.dnsPublisher, .failure(.unreachable))
            try await browser.open(self.api.base + "/console/health")
            #expect(try await browser.text("main").contains("dns-publisher cannot be reached"))
            #expect(try await browser.text(".pill.bad") == "down")
        }
    }

    @Test("A refusal is found by its filters, seen in full, and explained; after the cure it is explained as allowed")
    func refusals() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/refusals")
            #expect(try await browser.count("tbody tr") == 2)
            try await browser.choose("unknown-partner", of: "#reason")
            try await browser.type("montague.example", into: "#party")
            try await browser.follow(".search button")
            #expect(try await browser.count("tbody tr") == 1)
            try await browser.follow("tbody a")
            #expect(try await browser.text("main").contains("remote-server-not-found"))
            try await browser.follow("main a.button")
            #expect(try await browser.text(".message.bad").contains("unknown-partner"))
            #expect(try await browser.count(".steps li.bad") == 1)
            let cure = #"{"domain":"montague.example","partner-type":"federated"}"#
            #expect(try await self.api.send("POST", "/v1/partners", cure).status == 201)
            try await browser.reload()
            #expect(try await browser.text(".message.good").contains("may cross"))
        }
    }

    @Test("The certificate wizard makes a request; a certificate is assigned and, after a question, removed")
    func certificates() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/certificates")
            try await browser.follow("main a.button")
            try await browser.type("Example", into: "#organization")
            try await browser.follow("main form button")
            #expect(try await browser.text("h1") == "Is this what you want?")
            #expect(try await browser.text("pre").contains("organisation: Example"))
            try await browser.follow("main form button")
            #expect(try await browser.text("pre").contains("BEGIN CERTIFICATE REQUEST"))
            try await browser.open(self.api.base + "/console/certificates/c1")
            try await browser.choose("false", of: "#use-sip")
            try await browser.follow("form[action$='/uses'] button")
            #expect(try await browser.text("h1") == "Assign certificate c1?")
            #expect(try await browser.text("main").contains("it names every domain"), "whether it serves is said")
            try await browser.picture("assign-review-light")
            let wish = Body.certificateAssignment(.init(id: "c1", uses: [.xmpp]))
            #expect(!self.api.others.requests.contains(wish), "not without being asked")
            try await browser.follow("main form button")
            #expect(self.api.others.requests.contains(wish))

            try await browser.open(self.api.base + "/console/certificates/import")
            try await browser.type("-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----", into: "#data")
            try await browser.type("the key of it", into: "#private-key")
            try await browser.choose("true", of: "#use-sip")
            try await browser.follow("form[action$='/import'] button")
            #expect(try await browser.text("h1") == "Assign certificate c1?", "it is here, and serves nothing yet")
            #expect(try await browser.count("input[value*='the key of it']") == 0, "a key is not sent back")
            let other = Body.certificateAssignment(.init(id: "c1", uses: [.sip]))
            #expect(!self.api.others.requests.contains(other), "not without being asked")
            try await browser.follow("main form button")
            #expect(self.api.others.requests.contains(other))

            try await browser.open(self.api.base + "/console/certificates/c1")
            try await browser.follow("form[action$='/certificate-removal'] button")
            #expect(try await browser.text("h1") == "Remove certificate c1?")
            #expect(try await browser.text(".difference").contains("is removed"))
            #expect(!self.api.others.requests.contains(.certificateRemoval(id: "c1")), "not without being asked")
            try await browser.follow("main form button")
            #expect(self.api.others.requests.contains(.certificateRemoval(id: "c1")))
            try await self.revoke(browser)
        }
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        #expect(audit.contains("certificate request"))
    }

    /// After a look, and only when its id was typed.
    private func revoke(_ browser: Browser) async throws {
        try await browser.open(self.api.base + "/console/certificates/c3")
        try await browser.follow("form[action$='/certificate-revocation'] button")
        try await browser.choose("key-compromise", of: "#cause")
        try await browser.follow("main form button")
        #expect(try await browser.text("h1") == "Revoke certificate c3?")
        #expect(try await browser.text(".difference").contains("revoked"))
        try await browser.picture("revoke-review-light")
        let wish = Body.certificateRevocation(.init(id: "c3", cause: .keyCompromise))
        try await browser.type("c1", into: "#typed")
        try await browser.follow("main form button")
        #expect(try await browser.text("[role=alert]").contains("This is not “c3”"))
        _ = try await browser.complaints()
        try await browser.checkPage("revocation, mistyped")
        #expect(!self.api.others.requests.contains(wish), "not without being sure")
        try await browser.type("c3", into: "#typed")
        try await browser.follow("main form button")
        #expect(try await browser.text("[role=status]").contains("has revoked certificate c3"))
        #expect(self.api.others.requests.contains(wish))
    }

    @Test("A token is made, shown once, used to sign in, and revoked; a CA is trusted, and after a question no more")
    func tokensAndTrust() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/tokens")
            try await browser.type("night shift", into: "#name")
            try await browser.choose("operator", of: "#role")
            try await browser.follow("main form.card button")
            #expect(try await browser.text("h1") == "Make this token?")
            #expect(try await browser.text(".difference").contains("night shift"))
            #expect(!self.api.routes.tokens.records.contains { $0.name == "night shift" }, "only looked at")
            try await browser.follow("main form.card button")
            let token = try await browser.text("pre")
            #expect(token.hasPrefix("isthmus"))
            try await browser.picture("token-made-light")
            #expect(try await self.api.send("GET", "/v1/status", token: token).status == 200)
            try await browser.open(self.api.base + "/console/tokens")
            #expect(try await browser.text("main").contains("night shift"))
            #expect(try await !browser.text("main").contains(token), "it is shown once")
            try await browser.follow("button[aria-label='Revoke night shift']")
            try await browser.follow("main form button.danger")
            #expect(try await browser.text("[role=status]").contains("night shift"))
            #expect(try await self.api.send("GET", "/v1/status", token: token).status == 401)

            try await browser.open(self.api.base + "/console/trust")
            try await browser.type("no certificate", into: "#data")
            try await browser.follow("main form.card button")
            #expect(try await browser.text("[role=alert]").contains("neither PEM nor Base64"))
            let authority = try TestAuthority("New Root")
            try await browser.type(String(decoding: authority.rootPEM, as: UTF8.self), into: "#data")
            try await browser.follow("main form.card button")
            #expect(try await browser.text("h1") == "Trust this CA?")
            #expect(try await browser.text(".difference").contains("New Root"))
            #expect(!self.api.others.requests.contains { if case .trustRootAddition = $0 { true } else { false } })
            try await browser.picture("trust-review-light")
            try await browser.type("a partner's", into: "#reason")
            try await browser.follow("main form.card button")
            #expect(try await browser.text("[role=status]").contains("is trusted"))
            try await browser.follow("button[aria-label^='Remove']")
            #expect(try await browser.text("h1").contains("Example Root"))
            #expect(!self.api.others.requests.contains(.trustRootRemoval(id: "t1")), "not without being asked")
            try await browser.follow("main form button.danger")
            #expect(self.api.others.requests.contains(.trustRootRemoval(id: "t1")))
            try await browser.follow("form.who button")
            try await browser.signIn(self.api.base, self.api.operating)
            for path in ["tokens", "trust"] {
                try await browser.open("\(self.api.base)/console/\(path)")
                #expect(try await browser.count("main form") == 0, "\(path) is for an administrator to change")
            }
        }
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        for what in ["token add", "token remove", "trust root add", "trust root remove"] {
            #expect(audit.contains(what))
        }
    }

    @Test("The plan for DNS is done as it was seen; a partner and a route are tested; an old version is restored")
    func acts() async throws {
        try await ConsoleWorld(api: self.api).fill()
        let version = await self.api.engine.version
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/dns")
            try await browser.follow("main form button")
            #expect(try await browser.text("[role=status]") == "Done: 2 changes.")
            for (path, words) in [
                ("partners/edit?key=example.org", "asked about example.org"),
                ("routes/edit?key=r8", "the server of r8 does not answer (next-hop-timeout)"),
            ] {
                try await browser.open("\(self.api.base)/console/\(path)")
                try await browser.follow("form[action$='/tests'] button")
                #expect(try await browser.text(".steps").contains(words))
                try await browser.checkPage("test")
                guard path.hasPrefix("partners") else { continue }
                // In whose name, and by which edge, may be chosen where there is more than one.
                #expect(try await browser.count("#edge") == 0, "the other one is draining")
                try await browser.choose("voice.example.com", of: "#from")
                try await browser.follow("form[action$='/tests'] button")
                #expect(try await browser.text(".steps").contains("by voice.example.com"))
            }
            try await browser.picture("test-light")
            try await browser.open(self.api.base + "/console/users/edit?key=tybalt@sip.example.com")
            try await browser.follow("main form button.danger")
            #expect(try await browser.text("main").contains("is removed"))
            try await browser.picture("remove-light")
            try await browser.follow("main form button.danger")
            #expect(await self.api.engine.state.user(address: "tybalt@sip.example.com") == nil)
            try await browser.open("\(self.api.base)/console/history/\(version)")
            try await browser.follow("main form button.danger")
            #expect(try await browser.text("[role=status]") == "Done: version \(version + 2).")
        }
        #expect(await self.api.engine.state.user(address: "tybalt@sip.example.com") != nil)
    }

    // MARK: What it must not do

    /// What peers, users and CAs might write.
    static let hostile =
        "<script>window.owned=1</script>\"><img src=x onerror=window.owned=1><svg/onload=window.owned=1>"
        + "' onmouseover='window.owned=1' x='{{title}}{{{title}}}</textarea></title><a href=javascript:window.owned=1>"

    @Test("Whatever comes from the wire is text on every page: no script runs, no element is made, no rule is broken")
    func hostileStrings() async throws {
        try await ConsoleWorld(api: self.api, mark: Self.hostile).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            var seen = 0
            for page in Self.pages {
                try await browser.open("\(self.api.base)/console/\(page.path)")
                #expect(try await browser.evaluate("return window.owned ?? 0") as? Int == 0, "\(page.name)")
                #expect(try await browser.evaluate(PageChecks.safety) as? [String] == [], "\(page.name)")
                let complaints = try await browser.complaints()
                // Of an answer that is an error the browser always says so.
                #expect(complaints == [] || page.path == "nowhere", "\(page.name): \(complaints)")
                if try await browser.text("body").contains("<script>window.owned=1</script>") { seen += 1 }
            }
            #expect(seen >= 9, "the strings are to be seen, as text")
            try await browser.open(
                self.api.base + "/console/partners?done=\(Self.hostile.inQuery)&search=\(Self.hostile.inQuery)"
            )
            #expect(try await browser.evaluate(PageChecks.safety) as? [String] == [])
        }
    }

    @Test("Should a script ever get into a page, the content policy keeps it from running")
    func contentPolicy() async throws {
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            for script in [
                "const s = document.createElement('script'); s.textContent = 'window.owned = 1'; document.body.append(s)",
                "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned = 1\">')",
                "const f = document.createElement('iframe'); f.src = 'javascript:parent.owned = 1'; document.body.append(f)",
            ] {
                _ = try await browser.evaluate(script)
                let complaints = try await eventually("the browser to complain") {
                    let found = try await browser.complaints().filter { $0.contains("Content Security Policy") }
                    return found.isEmpty ? nil : found
                }
                #expect(!complaints.isEmpty)
                #expect(try await browser.evaluate("return window.owned ?? 0") as? Int == 0)
            }
        }
    }
}
