import Foundation
import TestSupport
import Testing

@Suite("isthmusctl", .serialized)
struct CommandTests {
    let gateway: CommandLineGateway

    init() async throws { self.gateway = try await CommandLineGateway() }

    @Test("An empty gateway is set up from the command line alone, in Lync's words")
    func setUp() async throws {
        let domain = try await self.gateway.run("domain", "add", "sip.example.com", "--xmpp-access", "true")
        #expect(domain.status == 0 && domain.output.contains("+ domain sip.example.com"))
        #expect(domain.output.contains("isthmusctl route add sip.example.com"), "it says what is missing")
        let route = try await self.gateway.run(
            "route",
            "add",
            "sip.example.com",
            "--next-hop",
            "192.0.2.10",
            "--port",
            "5060",
            "--transport",
            "tcp"
        )
        #expect(route.output.contains("isthmusctl host add 192.0.2.10"))
        #expect(try await self.gateway.run("host", "add", "192.0.2.10").status == 0)
        let partner = try await self.gateway.run(
            "partner",
            "add",
            "xmpp.example.net",
            "--additional-domain",
            "a.example.net",
            "--additional-domain",
            "b.example.net",
            "--partner-type",
            "federated",
            "--tls",
            "required",
            "--sasl",
            "optional",
            "--dialback",
            "true",
            "--keep-alive",
            "false",
            "--connection-limit",
            "5",
            "--proxy-fqdn",
            "proxy.example.net:5270",
            "--require-client-auth",
            "true",
            "--description",
            "a note"
        )
        #expect(partner.output.contains("Done; the configuration is at version 4."))
        let shown = try await self.gateway.run("partner", "show", "xmpp.example.net", "--output", "yaml")
        let expected = """
            domain: xmpp.example.net
            description: a note
            additional-domains:
            - a.example.net
            - b.example.net
            partner-type: federated
            tls: required
            sasl: optional
            dialback: true
            keep-alive: false
            connection-limit: 5
            proxy-fqdn: proxy.example.net:5270
            require-client-auth: true
            enabled: true

            """
        #expect(shown.output == expected)
        let status = try await self.gateway.run("status")
        #expect(status.output.contains("domains=1 partners=1"))
    }

    @Test("A change names only what it changes, and elements of a list are added and taken")
    func changes() async throws {
        _ = try await self.gateway.run(
            "partner",
            "add",
            "a.example",
            "--sasl",
            "optional",
            "--additional-domain",
            "b.example"
        )
        let set = try await self.gateway.run(
            "partner",
            "set",
            "a.example",
            "--add-additional-domain",
            "c.example",
            "--remove-additional-domain",
            "b.example",
            "--enabled",
            "false",
            "--reason",
            "they moved"
        )
        #expect(set.output.contains("additional-domains: b.example → c.example"))
        #expect(set.output.contains("enabled: true → false"))
        let audit = try await self.gateway.run("audit", "list")
        #expect(audit.output.contains("change partner a.example") && audit.output.contains("they moved"))
        let removed = try await self.gateway.run("partner", "remove", "a.example")
        #expect(removed.output.contains("- partner a.example"))
        #expect(try await self.gateway.run("partner", "list").output == "none\n")
    }

    @Test("A dry run shows the difference and changes nothing")
    func dryRun() async throws {
        let dry = try await self.gateway.run(
            "settings",
            "set",
            "--default-tls",
            "optional",
            "--blocked-domain",
            "inbound:*.x.example",
            "--dry-run"
        )
        #expect(dry.output.contains("default-partner.tls: required → optional"))
        #expect(dry.output.contains("blocked-domains: (none) → inbound:*.x.example"))
        #expect(dry.output.contains("nothing was changed"))
        #expect(try await self.gateway.run("settings", "show").output.contains("blocked-domains                -"))
    }

    @Test("Every mistake is told, with what would be right, and the status says so")
    func mistakes() async throws {
        let wrong = try await self.gateway.run(
            "partner",
            "add",
            "a_b",
            "--tls",
            "not-supported",
            "--connection-limit",
            "0"
        )
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("3 mistakes"))
        #expect(wrong.output.contains("partner a_b: domain “a_b”: the label “a_b” has characters other than letters"))
        #expect(wrong.output.contains("SASL must have TLS support"))
        #expect(wrong.output.contains("use a number from 1 to 100000"))
        let unknown = try await self.gateway.run("partner", "set", "nobody.example", "--enabled", "true")
        #expect(unknown.status == 1 && unknown.output.contains("there is no partner nobody.example."))
        let old = try await self.gateway.run("host", "add", "192.0.2.1", "--base", "7")
        #expect(old.status == 1 && old.output.contains("at version 0 now"))
        let nothing = try await self.gateway.run("partner", "set", "nobody.example")
        #expect(nothing.status == 64 && nothing.output.contains("Say what to change"))
    }

    @Test("A configuration is exported, applied, and applied again without a change")
    func apply() async throws {
        let file = try self.gateway.scratch.write(
            """
            settings:
              xmpp-access: true
            domains:
            - domain: sip.example
            users:
            - {address: juliet@sip.example, display-name: "Juliet: “Capulet”"}
            routes:
            - {domain: sip.example, next-hop: 192.0.2.1, transport: tcp, user: "*"}
            hosts:
            - host: 192.0.2.1
            """,
            to: "gateway.yaml"
        ).path
        let first = try await self.gateway.run("apply", "-f", file)
        #expect(first.status == 0 && first.output.contains("+ user juliet@sip.example"))
        #expect(
            try await self.gateway.run("apply", "-f", file).output
                == "Nothing to change; the configuration is at version 1.\n"
        )
        let export = try await self.gateway.run("export")
        let exported = try self.gateway.scratch.write(export.output, to: "export.yaml").path
        #expect(try await self.gateway.run("apply", "-f", exported).output.hasPrefix("Nothing to change"))
        let missing = try await self.gateway.run("apply", "-f", "/nonexistent.yaml")
        #expect(missing.status == 1 && missing.output.contains("I cannot read /nonexistent.yaml"))
    }

    @Test("Names with an @ or a slash are no obstacle")
    func names() async throws {
        _ = try await self.gateway.run("domain", "add", "sip.example")
        #expect(try await self.gateway.run("user", "add", "o/b@sip.example", "--xmpp-access", "true").status == 0)
        let set = try await self.gateway.run("user", "set", "o/b@sip.example", "--xmpp-access", "inherit")
        #expect(set.output.contains("xmpp-access: true → (none)"))
    }

    @Test(
        "What is missing is said as a colleague would: no token, no service, a wrong address, a service behind that is down"
    )
    func obstacles() async throws {
        let noToken = try await self.gateway.run("status", environment: ["ISTHMUS_TOKEN_FILE": "/nonexistent"])
        #expect(noToken.status == 1 && noToken.output.contains("I cannot read /nonexistent"))
        let wrongToken = try self.gateway.scratch.write("isthmus-wrong\n", to: "wrong").path
        let refused = try await self.gateway.run("status", "--token-file", wrongToken)
        #expect(refused.status == 1 && refused.output.contains("does not know the token in \(wrongToken)"))
        let nobody = try await self.gateway.run("status", "--api", "127.0.0.1:1")
        #expect(nobody.status == 1 && nobody.output.contains("I cannot reach policy-service at http://127.0.0.1:1"))
        let nonsense = try await self.gateway.run("status", "--api", "ftp://127.0.0.1")
        #expect(nonsense.status == 1 && nonsense.output.contains("is no address of an API"))
    }

    @Test("A viewer's token looks and changes nothing")
    func viewer() async throws {
        let made = try await self.gateway.run("token", "add", "guest")
        let file = try self.gateway.scratch.write(made.output, to: "guest").path
        #expect(try await self.gateway.run("partner", "list", "--token-file", file).status == 0)
        let refused = try await self.gateway.run("host", "add", "192.0.2.1", "--token-file", file)
        #expect(refused.status == 1 && refused.output.contains("may look but not change"))
        #expect(try await self.gateway.run("token", "remove", "guest").status == 0)
        #expect(try await self.gateway.run("partner", "list", "--token-file", file).status == 1)
    }

    @Test("Keys are made once, left alone when asked to, and replaced otherwise; the secret ones are the owner's")
    func keys() async throws {
        let folder = self.gateway.scratch.file("more-keys")
        func secret() throws -> String {
            try String(contentsOf: folder.appending(path: "sip-edge.secret"), encoding: .utf8)
        }
        #expect(try await self.gateway.run("keys", "init", "--directory", folder.path).status == 0)
        let first = try secret()
        _ = try await self.gateway.run("keys", "init", "--directory", folder.path, "--only-missing")
        #expect(try secret() == first)
        _ = try await self.gateway.run("keys", "init", "--directory", folder.path, "--rotate")
        #expect(try secret() != first)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.appending(path: "sip-edge.secret").path)
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let both = try await self.gateway.run("keys", "init", "--directory", folder.path, "--rotate", "--only-missing")
        #expect(both.status == 64)
    }
}
