import Foundation
import Policy
import TestSupport
import Testing

@testable import PolicyService

/// Scenes of an administrator's day.
///
/// The pictures they take are kept below `.build`, or where `ISTHMUS_SCREENSHOTS` says.
@Suite("The console in a real browser", .enabled(if: Browser.isInstalled, "needs chromium-driver"), .serialized)
struct ConsoleBrowserTests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI(signIns: 100) }

    private func version() async -> Int { await self.api.engine.version }

    @Test("An administrator signs in, adds a partner as the table of negotiations says, and sees it live")
    func addPartner() async throws {
        try await Browser.run { browser in
            try await browser.open(self.api.base + "/")
            try await browser.checkPage("sign in")
            try await browser.picture("sign-in-light")
            try await browser.type("isthmus-wrong", into: "#token")
            try await browser.follow("main button")
            #expect(try await browser.text("[role=alert]").contains("no token"))
            _ = try await browser.complaints()
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.follow("nav a[href='/console/partners']")
            #expect(try await browser.text(".empty").contains("Add the first one"))
            try await browser.follow("main a.button")
            try await browser.type("example.org", into: "#field-domain")
            try await self.checkNegotiation(browser)
            try await browser.choose("optional", of: "#field-tls")
            try await browser.choose("required", of: "#field-sasl")
            try await browser.choose("true", of: "#field-dialback")
            try await browser.picture("partner-new-light")
            try await browser.follow("main form button")

            #expect(try await browser.text("h1") == "Review the change")
            #expect(try await browser.text("main").contains("is added"))
            #expect(try await browser.text(".message.warning").contains("Allowing TLS to be optional"))
            #expect(await self.version() == 0, "only looked at")
            try await browser.checkPage("review")
            try await browser.picture("review-light")
            try await browser.type("a new friend", into: "#reason")
            try await browser.follow("main form button")
            #expect(try await browser.text("[role=status]") == "Done: version 1.")
            #expect(try await browser.text("main table").contains("example.org"))
            let live = try await self.api.send("GET", "/v1/partners/example.org").body
            #expect(live["tls"]?.text == "optional" && live["sasl"]?.text == "required")

            try await browser.follow("nav a[href='/console/audit']")
            #expect(try await browser.text("main table").contains("a new friend"))
        }
    }

    /// Each choice shows its row of the table at once, and only that.
    private func checkNegotiation(_ browser: Browser) async throws {
        for rule in NegotiationTable.rows {
            try await browser.choose(rule.tls.rawValue, of: "#field-tls")
            try await browser.choose(rule.sasl.rawValue, of: "#field-sasl")
            try await browser.choose("\(rule.dialback)", of: "#field-dialback")
            let shown =
                "return [...document.querySelectorAll('.row')].filter(e => e.checkVisibility()).map(e => e.className)"
            let rows = try await browser.evaluate(shown) as? [String] ?? []
            #expect(
                rows.count == 1 && rows.first?.hasPrefix("row row-\(rule.number) ") == true,
                "row \(rule.number): \(rows)"
            )
            #expect(
                try await browser.text(".row-\(rule.number)").contains(
                    rule.methods.first?.words ?? "Nothing can be negotiated"
                )
            )
        }
    }

    @Test("A mistake is told above the form with a link to its field, and what was written stays")
    func mistakes() async throws {
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/partners/edit")
            try await browser.type("example org", into: "#field-domain")
            try await browser.type("kept", into: "#field-description")
            try await browser.choose("not-supported", of: "#field-tls")
            try await browser.follow("main form button")
            #expect(try await browser.text("[role=alert]").contains("there is something to put right"))
            #expect(try await browser.value("#field-description") == "kept")
            #expect(
                try await browser.count("[aria-invalid=true]") == 4,
                "the domain, and the three that do not go together"
            )
            _ = try await browser.complaints()
            try await browser.checkPage("mistakes")
            try await browser.picture("mistakes-light")
            try await browser.click("[role=alert] a")
            #expect(try await browser.address.contains("#field-"))
            #expect(await self.version() == 0)
        }
    }

    @Test("Changes of several pages are staged, looked at together, and committed as one version")
    func staging() async throws {
        try await ConsoleWorld(api: self.api).fill()
        let before = await self.version()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/partners/edit?key=example.org")
            try await browser.type("A friend", into: "#field-description")
            try await browser.follow("main form button.plain")
            #expect(try await browser.text("h1") == "Staged changes")
            try await browser.open(self.api.base + "/console/external-access")
            try await browser.type("*.spam.example inbound", into: "#field-blocked-domains")
            try await browser.choose("true", of: "#field-xmpp-access")
            try await browser.follow("main form button.plain")
            try await browser.open(self.api.base + "/console/routes/edit")
            try await browser.type("sip.example.com", into: "#field-domain")
            try await browser.type("pool02.example.com", into: "#field-next-hop")
            try await browser.type("2", into: "#field-priority")
            try await browser.follow("main form button.plain")
            #expect(try await browser.text(".staged") == "3 staged changes")
            #expect(await self.version() == before, "nothing is done yet")
            try await browser.checkPage("staged changes")
            try await browser.picture("staged-light")
            let fields = try await browser.text("tbody tr:nth-child(2) td:nth-child(3)")
            #expect(fields == "XMPP access, Blocked domains", "only what was changed")

            // One is thought better of, another filled in once more.
            try await browser.follow("tbody tr:nth-child(3) button")
            #expect(try await browser.text(".staged") == "2 staged changes")
            try await browser.follow("tbody tr:nth-child(1) a")
            #expect(try await browser.value("#field-description") == "A friend")
            try await browser.type("A good friend", into: "#field-description")
            try await browser.follow("main form button.plain")
            #expect(try await browser.text(".staged") == "2 staged changes")

            try await browser.type("CHG-7", into: "#reason")
            try await browser.follow("form[action$='/changes/commit'] button")
            #expect(try await browser.text("[role=status]") == "Done: version \(before + 1).")
            #expect(try await browser.count(".staged") == 0)
        }
        let state = await self.api.engine.state
        #expect(state.partners["example.org"]?.description == "A good friend")
        #expect(state.settings.xmppAccess && state.settings.blockedDomains.map(\.pattern) == ["*.spam.example"])
        #expect(await self.version() == before + 1)
    }

    @Test("Whoever was second is told what the first has done, and loses nothing; both changes are live in the end")
    func conflict() async throws {
        try await ConsoleWorld(api: self.api).fill()
        let version = await self.version()
        try await Browser.run { browser in
            try await Browser.run { other in
                for (browser, token) in [(browser, self.api.admin), (other, self.api.admin)] {
                    try await browser.signIn(self.api.base, token)
                    try await browser.open(self.api.base + "/console/partners/edit?key=example.org")
                }
                try await other.choose("optional", of: "#field-tls")
                try await other.follow("main form button")
                try await other.follow("main form button")
                #expect(try await other.text("[role=status]") == "Done: version \(version + 1).")

                try await browser.type("7", into: "#field-connection-limit")
                try await browser.follow("main form button")
                #expect(try await browser.text("h1") == "Somebody else was first")
                #expect(try await browser.text("main").contains("nothing of yours is lost"))
                #expect(try await browser.text("main table").contains("optional"), "what the other has done")
                _ = try await browser.complaints()
                try await browser.checkPage("conflict")
                try await browser.picture("conflict-light")
                try await browser.follow("main form button")
                #expect(try await browser.text("h1") == "Review the change")
                #expect(try await browser.text("main table").contains("7"))
                try await browser.follow("main form button")
                #expect(try await browser.text("[role=status]") == "Done: version \(version + 2).")
            }
        }
        let partner = try #require(await self.api.engine.state.partners["example.org"])
        #expect(partner.tls == .optional && partner.connectionLimit == 7)
    }

    @Test("Staged changes on an old version are kept, shown beside what others have done, and go on from there")
    func staleStage() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/partners/edit?key=example.org")
            try await browser.type("7", into: "#field-connection-limit")
            try await browser.follow("main form button.plain")
            let other = try await self.api.send("PATCH", "/v1/partners/example.org", #"{"tls":"optional"}"#)
            #expect(other.status == 200)
            try await browser.follow("form[action$='/changes/commit'] button")
            #expect(try await browser.text("main").contains("somebody else has committed"))
            #expect(try await browser.text("main").contains("optional"))
            _ = try await browser.complaints()
            try await browser.follow("form[action$='/changes/rebase'] button")
            try await browser.follow("form[action$='/changes/commit'] button")
            #expect(try await browser.text("[role=status]").hasPrefix("Done: version"))
        }
        let partner = try #require(await self.api.engine.state.partners["example.org"])
        #expect(partner.tls == .optional && partner.connectionLimit == 7)
    }

    @Test("A session that has ended leads to the sign-in and back to the page; staged changes are still there")
    func sessions() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/hosts/edit")
            try await browser.type("192.0.2.77", into: "#field-host")
            try await browser.follow("main form button.plain")
            self.api.surroundings.advance(milliseconds: 31 * 60 * 1_000)
            try await browser.open(self.api.base + "/console/users?search=juliet")
            #expect(try await browser.text("[role=alert]").contains("Your session has ended"))
            try await browser.type(self.api.admin, into: "#token")
            try await browser.follow("main button")
            #expect(try await browser.address.hasSuffix("/console/users?search=juliet"))
            #expect(try await browser.text(".staged") == "1 staged change")
            try await browser.follow(".who button")
            #expect(try await browser.title == "Sign in · Isthmus")
            try await browser.open(self.api.base + "/console/users")
            #expect(try await browser.title == "Sign in · Isthmus")
            try await browser.back()
            #expect(try await browser.count("main table") == 0, "nothing is kept after signing out")
        }
    }

    @Test("A viewer sees everything and is offered nothing that would be refused")
    func viewer() async throws {
        try await ConsoleWorld(api: self.api).fill()
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.viewer)
            try await browser.open(self.api.base + "/console/partners/edit?key=example.org")
            #expect(try await browser.text("main").contains("may look at this and not change it"))
            for page in ConsoleNavigation.pages {
                try await browser.open(self.api.base + page.href)
                #expect(try await browser.count("main form[method=post] button") == 0, "\(page.path)")
            }
        }
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        #expect(!audit.contains("refused"))
    }

    @Test("Without scripts in the browser a partner is added all the same")
    func withoutScripts() async throws {
        try await Browser.run(hasScripts: false) { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.open(self.api.base + "/console/partners/edit")
            try await browser.type("example.org", into: "#field-domain")
            try await browser.choose("optional", of: "#field-tls")
            #expect(try await browser.isVisible(".row-3"), "the table of negotiations follows")
            try await browser.follow("main form button")
            try await browser.follow("main form button")
            #expect(try await browser.text("[role=status]") == "Done: version 1.")
        }
        #expect(await self.api.engine.state.partners["example.org"]?.tls == .optional)
    }

    @Test("By keyboard alone: skip link, visible focus, the order of the page, a partner added")
    func keyboard() async throws {
        try await Browser.run { browser in
            try await browser.open(self.api.base + "/console/sign-in")
            try await browser.press(.tab)
            #expect(try await browser.text(":focus") == "Skip to the content")
            #expect(try await browser.isVisible(".skip"))
            try await browser.press(.tab, .tab)
            try await browser.write(self.api.admin)
            try await browser.follow { try await browser.press(.enter) }
            #expect(try await browser.text("h1") == "Overview")
            try await browser.open(self.api.base + "/console/partners/edit")
            try await browser.press(.tab, .enter)
            #expect(try await browser.evaluate("return document.activeElement.id") as? String == "main")
            try await browser.press(.tab)
            #expect(try await browser.evaluate("return document.activeElement.id") as? String == "field-domain")
            try await browser.write("example.org")
            try await self.checkTabOrder(browser)
            _ = try await browser.evaluate("document.getElementById('field-domain').focus()")
            try await browser.follow { try await browser.press(.enter) }
            #expect(try await browser.text("h1") == "Review the change")
        }
    }

    /// Every field and button is reached, in the order of the page, and each shows that it has the focus.
    private func checkTabOrder(_ browser: Browser) async throws {
        let fields =
            "return [...document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea, button, a)')].length"
        let count = try #require(try await browser.evaluate(fields) as? Int)
        var last = -1
        for _ in 1..<count {
            let place = """
                const all = [...document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea, button, a)')];
                const outline = getComputedStyle(document.activeElement).outlineStyle;
                return [all.indexOf(document.activeElement), outline !== 'none' ? 1 : 0];
                """
            let found = try #require(try await browser.evaluate(place) as? [Int])
            #expect(found[0] == last + 1 && found[1] == 1, "\(found) after \(last)")
            last = found[0]
            try await browser.press(.tab)
        }
    }

    @Test("On a phone the pages are behind a button that needs no script")
    func menu() async throws {
        try await Browser.run { browser in
            try await browser.signIn(self.api.base, self.api.admin)
            try await browser.resize(width: 360, height: 740, isPhone: true)
            #expect(try await browser.isVisible("nav") == false)
            try await browser.click(".menu")
            #expect(try await browser.isVisible("nav a[href='/console/routes']"))
            try await browser.checkPage("menu")
            try await browser.picture("menu-phone")
            try await browser.press(.escape)
            #expect(try await browser.isVisible("nav") == false)
            try await browser.click(".menu")
            try await browser.follow("nav a[href='/console/routes']")
            #expect(try await browser.text("h1") == "Static routes")
        }
    }
}
