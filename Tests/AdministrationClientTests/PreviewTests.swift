import Foundation
import TestSupport
import Testing

@testable import AdministrationClient

@Suite("isthmusctl … --dry-run, with the real services", .serialized, .timeLimit(.minutes(3)))
struct PreviewTests {
    private let gateway: CertificateGateway

    init() async throws { self.gateway = try await CertificateGateway() }

    /// Runs a command with `--dry-run`, which must succeed and say that nothing was changed.
    private func preview(_ arguments: String...) async throws -> String {
        let result = try await self.gateway.run(arguments + ["--dry-run"])
        #expect(result.status == 0 && result.output.contains("nothing was changed"), "\(arguments): \(result.output)")
        return result.output
    }

    /// All that could have been changed.
    private func state() async throws -> [String] {
        var found: [String] = []
        for what in [
            ["certificate", "list"], ["certificate", "trust", "list"], ["token", "list"], ["config", "history"],
        ] {
            found.append(try await self.gateway.run(what + ["-o", "json"]).output)
        }
        return found
    }

    @Test("Certificates and trust: what would be different is said, and nothing is")
    func certificates() async throws {
        #expect(try await self.gateway.run("domain", "add", "contoso.test").status == 0)
        try await eventually("the automatic certificate") {
            try await self.gateway.run("certificate", "list", "-o", "json").output.contains("contoso.test")
        }
        let made = try await self.gateway.run(
            "certificate",
            "request",
            "sip.contoso.test",
            "--use",
            "sip",
            "--immediate",
            "--reason",
            "a first one"
        )
        let id = String(try #require(made.output.firstMatch(of: /It is known as ([0-9a-f]+)\./)?.output.1))
        let authority = try TestAuthority("Partner CA")
        let root = self.gateway.scratch.file("root.pem")
        try Data(authority.rootPEM).write(to: root)
        let foreign = try authority.issue("DNS:contoso.test")
        let bundle = self.gateway.scratch.file("foreign.pem")
        try Data(foreign.chainPEM + foreign.keyPEM).write(to: bundle)
        let before = try await self.state()

        let unassigned = try await self.preview("certificate", "assign", id)
        #expect(unassigned.contains("~ certificate \(id)") && unassigned.contains("uses: sip → (none)"))
        let assigned = try await self.preview("certificate", "assign", id, "--use", "xmpp")
        #expect(assigned.contains("uses: sip → xmpp") && assigned.contains("xmpp names"), "it is checked: \(assigned)")
        #expect(try await self.preview("certificate", "remove", id).contains("- certificate \(id)"))
        #expect(try await self.preview("certificate", "renew", id).contains("+ request for a certificate"))
        #expect(try await self.preview("certificate", "rotate-master-key").contains("~ master key"))
        let imported = try await self.preview("certificate", "import", bundle.path, "--use", "xmpp")
        #expect(imported.contains("+ certificate of ") && imported.contains("✗ xmpp chain"), "\(imported)")
        #expect(
            try await self.preview("certificate", "trust", "add", root.path, "--use", "xmpp").contains("Partner CA")
        )
        let nothing = try await self.gateway.run("certificate", "remove", "nobody", "--dry-run")
        #expect(nothing.status == 1 && nothing.output.contains("there is no certificate nobody"))
        let noRoot = try await self.gateway.run("certificate", "trust", "add", bundle.path, "--dry-run")
        #expect(noRoot.status == 1 && noRoot.output.contains("not of an authority"))
        #expect(try await self.state() == before)

        #expect(
            try await self.gateway.run(
                "certificate",
                "trust",
                "add",
                root.path,
                "--use",
                "xmpp",
                "--reason",
                "a partner"
            )
            .status == 0
        )
        let again = try await self.gateway.run("certificate", "trust", "add", root.path, "--use", "xmpp", "--dry-run")
        #expect(again.output.contains("Nothing to change."))
        let wider = try await self.preview("certificate", "trust", "add", root.path)
        #expect(wider.contains("uses: xmpp → (none)"), "\(wider)")
        let roots = try await self.gateway.run("certificate", "trust", "list").output
        let row = try #require(roots.split(separator: "\n").first { $0.contains("Partner CA") })
        let fingerprint = String(row.prefix { $0 != " " })
        #expect(try await self.preview("certificate", "trust", "remove", fingerprint).contains("Partner CA"))
        let audit = try await self.gateway.run("audit", "list").output
        #expect(audit.contains("a partner") && audit.contains("a first one"), "reasons are kept: \(audit)")
        try await self.gateway.stop()
    }

    @Test("Tokens and backups: what would be different is said, object by object, and nothing is")
    func store() async throws {
        #expect(try await self.gateway.run("host", "add", "192.0.2.1").status == 0)
        let file = self.gateway.scratch.file("backup").path
        #expect(try await self.gateway.run("backup", "create", file).status == 0)
        #expect(try await self.gateway.run("backup", "show", file).output.contains("host: 1"))
        #expect(try await self.gateway.run("host", "remove", "192.0.2.1").status == 0)
        #expect(try await self.gateway.run("host", "add", "192.0.2.2").status == 0)
        let before = try await self.state()

        #expect(try await self.preview("token", "add", "alice", "--role", "operator").contains("+ token alice"))
        #expect(try await self.gateway.run("token", "show", "alice").status == 1)
        let restored = try await self.preview("backup", "restore", file)
        #expect(restored.contains("+ host 192.0.2.1") && restored.contains("- host 192.0.2.2"), "\(restored)")
        #expect(restored.contains("version: 3 → 1"))
        #expect(try await self.state() == before)

        #expect(try await self.gateway.run("token", "add", "alice", "--reason", "new here").status == 0)
        #expect(try await self.preview("token", "remove", "alice").contains("- token alice"))
        #expect(try await self.gateway.run("token", "show", "alice").output.contains("viewer"))
        let denied = try await self.gateway.run("token", "set", "alice", "--role", "admin")
        #expect(denied.status == 64 && denied.output.contains("isthmusctl token add"), "\(denied.output)")
        try await self.gateway.stop()
    }
}
