import Foundation
import TestSupport
import Testing

@Suite("isthmusctl, for who keeps a gateway", .serialized)
struct AdministrationTests {
    let gateway: CommandLineGateway

    init() async throws { self.gateway = try await CommandLineGateway() }

    private static let policy = """
        domains:
        - domain: sip.example.com
          xmpp-access: true
        partners:
        - domain: example.net
          partner-type: federated
          sasl: optional
        routes:
        - domain: sip.example.com
          next-hop: 127.0.0.1
          port: 1
          transport: tcp
        hosts:
        - host: 127.0.0.1
        """

    private func apply(_ text: String, _ arguments: String...) async throws -> (status: Int32, output: String) {
        let file = try self.gateway.scratch.write(text, to: "policy.yaml").path
        return try await self.gateway.run(["apply", "-f", file] + arguments)
    }

    @Test("explain shows each rule, the way, and for a refusal what to do; its status tells which it is")
    func explain() async throws {
        #expect(try await self.apply(Self.policy).status == 0)
        let may = try await self.gateway.run(
            "explain",
            "--from",
            "romeo@example.net",
            "--to",
            "juliet@sip.example.com"
        )
        #expect(may.status == 0)
        for words in ["It may cross.", "✓  partner", "on, by the domain sip.example.com", "127.0.0.1:1 over TCP"] {
            #expect(may.output.contains(words), "\(words) in \(may.output)")
        }
        let not = try await self.gateway.run("explain", "--from", "x@other.example", "--to", "juliet@sip.example.com")
        #expect(not.status == 2)
        #expect(not.output.contains("✗  partner") && not.output.contains("isthmusctl partner add other.example"))
        let what = try await self.gateway.run("explain", "--from", "x", "--to", "y", "--kind", "fax")
        #expect(what.status == 1 && what.output.contains("“kind” is none of"))
    }

    @Test("The configuration's history is listed, compared and brought back")
    func history() async throws {
        _ = try await self.apply(Self.policy, "--reason", "the beginning")
        _ = try await self.gateway.run("partner", "set", "example.net", "--enabled", "false")
        let history = try await self.gateway.run("config", "history")
        #expect(history.output.contains("the beginning") && history.output.contains("change partner example.net"))
        let difference = try await self.gateway.run("config", "diff", "1")
        #expect(difference.output == "~ partner example.net\n    enabled: true → false\n")
        #expect(try await self.gateway.run("config", "diff", "1", "1").output.contains("Nothing differs"))
        let dry = try await self.gateway.run("config", "restore", "1", "--dry-run")
        #expect(dry.output.contains("enabled: false → true") && dry.output.contains("This was a dry run"))
        let restored = try await self.gateway.run("config", "restore", "1")
        #expect(restored.output.contains("Done; the configuration is at version 3."))
        let old = try await self.gateway.run("config", "show", "1")
        let exported = try await self.gateway.run("config", "export")
        #expect(
            exported.output == "# Version 3. `apply --base 3` is refused if somebody changes it before you do.\n"
                + old.output
        )
        let file = try self.gateway.scratch.write(exported.output, to: "export.yaml").path
        #expect(try await self.gateway.run("config", "import", file).output.contains("Nothing to change"))
        #expect(try await self.gateway.run("config", "import", file, "--base", "2").status == 1)
        #expect(try await self.gateway.run("config", "restore", "9").output.contains("there is no version 9"))
    }

    @Test("The guide has this gateway's values and says what is missing")
    func guide() async throws {
        _ = try await self.apply(Self.policy)
        let guide = try await self.gateway.run("guide", "ocs", "--name", "gw.example.com", "--address", "192.0.2.7")
        #expect(guide.status == 0)
        for words in ["Routing tab: a static route for example.net", "192.0.2.7", "Treat As Authenticated  checked"] {
            #expect(guide.output.contains(words), "\(words)")
        }
        #expect(!guide.output.contains("!"))
        let bare = try await self.gateway.run("guide", "lync")
        #expect(bare.output.hasPrefix("! ") && bare.output.contains("--name FQDN"))
        #expect(try await self.gateway.run("guide", "exchange").output.contains("there are lcs, ocs, lync"))
    }

    @Test("A test prints its steps and says by its status whether anything is bad")
    func tests() async throws {
        _ = try await self.apply(Self.policy)
        let route = try await self.gateway.run("test", "route", "r1")
        #expect(route.status == 2)
        #expect(route.output.contains("✗ connection") && route.output.contains("Is the server running"))
        let im = ["test", "im", "--from", "romeo@example.net", "--to", "juliet@sip.example.com"]
        let way = try await self.gateway.run(im + ["--dry-run"])
        #expect(way.status == 2 && way.output.contains("It may cross.") && way.output.contains("✗ connection"))
        let message = try await self.gateway.run(im)
        #expect(message.status == 2 && message.output.contains("✓ policy"), "\(message.output)")
        #expect(message.output.contains("no xmpp-edge is alive") && message.output.contains("none was sent"))
        let refused = try await self.gateway.run(
            "test",
            "im",
            "--from",
            "x@else.example",
            "--to",
            "juliet@sip.example.com"
        )
        #expect(refused.status == 2 && refused.output.contains("✗ policy"), "\(refused.output)")
        #expect(refused.output.contains("isthmusctl partner add else.example"))
        #expect(try await self.gateway.run("test", "im", "--from", "x", "--to", "y").status == 1)
        let preflight = try await self.gateway.run("preflight", "sip.example.com")
        #expect(preflight.status == 2 && preflight.output.contains("✓ xmpp-access"))
        #expect(preflight.output.contains("✗ xmpp-edge") && preflight.output.contains("cert-service cannot be reached"))
        #expect(try await self.gateway.run("test", "partner", "else.example").status == 1)
    }

    @Test("Users come and go by the hundred, in one commit, and what a file does not tell stays")
    func users() async throws {
        _ = try await self.apply(Self.policy)
        let table =
            "address,display-name,xmpp-access\njuliet@sip.example.com,\"Juliet, C.\",true\nnurse@sip.example.com,,\n"
        let file = try self.gateway.scratch.write(table, to: "users.csv").path
        let added = try await self.gateway.run("user", "import", file)
        #expect(added.output.contains("+ user juliet@sip.example.com") && added.output.contains("version 2"))
        let uris = try self.gateway.scratch.write("sip:juliet@sip.example.com\n", to: "UserList.txt").path
        let moved = try await self.gateway.run("user", "import", uris, "--home", "xmpp", "--dry-run")
        #expect(moved.output.contains("home: sip → xmpp") && !moved.output.contains("nurse"))
        #expect(!moved.output.contains("display-name"))
        let gone = try await self.gateway.run("user", "import", uris, "--remove-others")
        #expect(gone.output.contains("- user nurse@sip.example.com"))
        let exported = try await self.gateway.run("user", "export")
        #expect(exported.output.contains("juliet@sip.example.com,\"Juliet, C.\",sip,true,false"))
        let wrong = try self.gateway.scratch.write("sip:juliet@nowhere.example\n", to: "wrong.txt").path
        let refused = try await self.gateway.run("user", "import", wrong)
        #expect(
            refused.status == 1 && refused.output.contains("line 1, user juliet@nowhere.example"),
            "\(refused.output)"
        )
        #expect(refused.output.contains("is not one of this gateway's domains"))
        let half = "address,home\ntybalt@sip.example.com,sip\n\nnobody,sip\nbenvolio@sip.example.com,moon\n"
        let mixed = try self.gateway.scratch.write(half, to: "half.csv").path
        let halves = try await self.gateway.run("user", "import", mixed)
        #expect(halves.status == 1 && halves.output.contains("line 4"), "\(halves.output)")
        let moon = try self.gateway.scratch.write(half.replacing("nobody,sip\n", with: ""), to: "moon.csv").path
        let bad = try await self.gateway.run("user", "import", moon)
        #expect(bad.status == 1 && bad.output.contains("home “moon”"), "\(bad.output)")
        #expect(try await self.gateway.run("user", "export").output == exported.output, "nothing of them was taken")
        let round = try self.gateway.scratch.write(exported.output, to: "round.csv").path
        #expect(
            try await self.gateway.run("user", "import", round, "--remove-others").output.contains("Nothing to change")
        )
    }

    @Test("A contact list is checked against the directory, and renamed")
    func contacts() async throws {
        _ = try await self.apply(Self.policy)
        _ = try await self.gateway.run("user", "add", "juliet@sip.example.com")
        let list =
            "juliet,sip.example.com,romeo,example.net,,General,0\njuliet,sip.example.com,nurse,sip.example.com,,General,0\n"
        let file = try self.gateway.scratch.write(list, to: "contacts.csv").path
        let checked = try await self.gateway.run("contact", "check", file)
        #expect(checked.status == 2)
        #expect(checked.output == "nurse@sip.example.com: it is not in the directory\n1 problem in 2 entries.\n")
        let names = "Contact ID, New Contact ID\nnurse@sip.example.com,angelica@sip.example.com\n"
        let renames = try self.gateway.scratch.write(names, to: "renames.csv").path
        let renamed = try await self.gateway.run("contact", "rename", file, "--renames", renames)
        #expect(renamed.output.contains("juliet,sip.example.com,angelica,sip.example.com,,General,0"))
        let header = "User ID,User Domain,Contact ID,Contact Domain,Nickname,Group Name,State\n"
        #expect(try await self.gateway.run("contact", "export").output == header)
        let wrong = try self.gateway.scratch.write(
            list + "juliet,else.example,a,b.example,,General,0\nx,y\n",
            to: "wrong.csv"
        )
        let refused = try await self.gateway.run("contact", "import", wrong.path)
        #expect(
            refused.status == 1 && refused.output.contains("line 4") && refused.output.contains("line 3"),
            "\(refused.output)"
        )
        #expect(try await self.gateway.run("contact", "export").output == header, "nothing of it was taken")
        let dry = try await self.gateway.run("contact", "import", file, "--dry-run")
        #expect(dry.output.contains("2 entries: 2 new, 0 changed, 0 removed; 1 say"), "\(dry.output)")
        #expect(try await self.gateway.run("contact", "export").output == header)
        #expect(try await self.gateway.run("contact", "import", file).status == 0)
        let exported = try await self.gateway.run("contact", "export").output
        #expect(exported.split(separator: "\n").dropFirst().sorted() == list.split(separator: "\n").sorted())
        let same = try self.gateway.scratch.write(exported, to: "exported.csv").path
        let again = try await self.gateway.run("contact", "import", same, "--remove-others")
        #expect(again.output.contains("2 entries: 0 new, 0 changed, 0 removed"), "\(again.output)")
        let approved = try await self.gateway.run("subscription", "list", "--direction", "sip-to-xmpp")
        #expect(approved.output.contains("juliet@sip.example.com") && approved.output.contains("romeo@example.net"))
    }

    @Test("An operator adds users and no partners; completions are printed for each shell")
    func operators() async throws {
        _ = try await self.apply(Self.policy)
        let made = try await self.gateway.run("token", "add", "clerk", "--role", "operator")
        let file = try self.gateway.scratch.write(made.output, to: "clerk").path
        let user = try await self.gateway.run("user", "add", "tybalt@sip.example.com", "--token-file", file)
        #expect(user.status == 0)
        let partner = try await self.gateway.run("partner", "add", "x.example", "--token-file", file)
        #expect(partner.status == 1 && partner.output.contains("it has the role operator, this needs admin"))
        for shell in ["bash", "zsh", "fish"] {
            #expect(try await self.gateway.run("completion", shell).output.contains("preflight"))
        }
    }
}
