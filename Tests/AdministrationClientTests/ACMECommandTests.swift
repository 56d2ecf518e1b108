import Foundation
import TestSupport
import Testing

@Suite(
    "isthmusctl and an ACME CA: the real services, a real Pebble, a real BIND",
    .enabled(if: Pebble.isInstalled && NameServer.isInstalled),
    .timeLimit(.minutes(5))
)
struct ACMECommandTests {
    /// The texts at a name, as BIND tells them.
    private func texts(_ name: String, _ server: NameServer) async throws -> String {
        try await ChildProcess.run("/usr/bin/dig", ["+short", "@127.0.0.1", "-p", "\(server.port)", name, "TXT"]).output
    }

    @Test("A wildcard is proven by dns-01 through dns-publisher; a crash in the middle of its renewal is no obstacle")
    func wildcard() async throws {
        let scratch = try Scratch("acme")
        let clause = try await ChildProcess.run("/usr/sbin/tsig-keygen", ["-a", "hmac-sha256", "isthmus"]).output
        let server = try await NameServer(
            zones: ["contoso.test": "_acme-challenge TXT \"of somebody else\""],
            updateKey: clause,
            updatable: ["contoso.test"]
        )
        var options = Pebble.Options()
        options.isSlow = true
        let pebble = try await Pebble(nameServer: server, options: options)
        let gateway = try await CertificateGateway(
            certificates: [
                "ISTHMUS_CERTIFICATES_ACME_DIRECTORY": pebble.directory,
                "ISTHMUS_CERTIFICATES_ACME_CA_FILE": pebble.rootFile,
                "ISTHMUS_CERTIFICATES_ACME_CONTACT": "hostmaster@contoso.test",
                "ISTHMUS_CERTIFICATES_ACME_AGREE_TO_TERMS": "true",
                "ISTHMUS_CERTIFICATES_ACME_CHALLENGES": "dns-01",
            ],
            dns: [
                "ISTHMUS_DNS_TARGET": "update", "ISTHMUS_DNS_SERVER": "127.0.0.1:\(server.port)",
                "ISTHMUS_DNS_TSIG_FILE": try scratch.write(clause, to: "tsig").path,
            ]
        )
        #expect(try await gateway.run("domain", "add", "contoso.test").status == 0)
        try Data(try await pebble.issuerRoot()).write(to: scratch.file("root.pem"))
        #expect(try await gateway.run("certificate", "trust", "add", scratch.file("root.pem").path).status == 0)

        let request =
            ["certificate", "request", "--issuer", "acme", "--use", "xmpp", "--dns-name", "*.contoso.test"]
            + ["--dns-name", "contoso.test", "--key", "ecdsa-p256", "contoso.test"]
        let look = try await gateway.run(request + ["--dry-run"])
        #expect(
            look.output.contains("by ACME, proven by dns-01") && look.output.contains("contoso.test, *.contoso.test")
        )
        let made = try await gateway.run(request)
        #expect(made.status == 0, "\(made.output)")
        #expect(made.output.contains("… the CA checks contoso.test by dns-01 (1 of 2)"), "\(made.output)")
        #expect(made.output.contains("Pebble Intermediate CA"))
        let id = String(try #require(made.output.firstMatch(of: /It is known as ([0-9a-f]+)\./)).output.1)
        // The proofs are gone, with their marks; what is somebody else's is there still.
        #expect(try await self.texts("_acme-challenge.contoso.test", server) == "\"of somebody else\"\n")
        #expect(try await self.texts("_isthmus.contoso.test", server).contains("_acme-challenge") == false)
        #expect(try await gateway.run("certificate", "list").output.contains("renewal: \(id): "))

        let renewed = try await gateway.run("certificate", "renew", id, "--no-wait")
        #expect(renewed.status == 0, "\(renewed.output)")
        try await eventually("a proof in DNS") {
            try await self.texts("_acme-challenge.contoso.test", server).split(separator: "\n").count > 1
        }
        try await gateway.crashCertService()
        try await eventually("the new one in the old one's place", within: .seconds(90)) {
            let issued = try await self.issued(gateway)
            return !issued.isEmpty && !issued.contains(id)
        }
        #expect(try await self.texts("_acme-challenge.contoso.test", server) == "\"of somebody else\"\n")
        try await self.account(gateway)
        try await gateway.stop()
        #expect(try !gateway.logs().contains("PRIVATE KEY"))
    }

    /// The ids of the certificates that Pebble has issued.
    private func issued(_ gateway: CertificateGateway) async throws -> [String] {
        let list = try await gateway.run("certificate", "list", "--output", "json").output
        let records = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]] ?? []
        return records.filter { ($0["issuer"] as? String)?.contains("Pebble") == true }.compactMap {
            $0["id"] as? String
        }
    }

    /// The account gets another key, revokes, and ends.
    private func account(_ gateway: CertificateGateway) async throws {
        func thumbprint(_ output: String) -> Substring? { output.firstMatch(of: /thumbprint: (\S+)/).map(\.output.1) }
        let shown = try await gateway.run("certificate", "account", "show")
        #expect(
            shown.output.contains("status: valid") && shown.output.contains("mailto:hostmaster@contoso.test"),
            "\(shown.output)"
        )
        for deed in ["rotate-key", "deactivate"] {
            let seen = try await gateway.run("certificate", "account", deed, "--dry-run")
            #expect(seen.status == 0 && seen.output.contains("nothing was changed"), "\(seen.output)")
        }
        let untouched = try await gateway.run("certificate", "account", "show")
        #expect(thumbprint(untouched.output) == thumbprint(shown.output))
        let rotated = try await gateway.run("certificate", "account", "rotate-key", "--reason", "it was copied")
        #expect(rotated.status == 0 && rotated.output.contains("status: valid"), "\(rotated.output)")
        #expect(thumbprint(rotated.output) != nil && thumbprint(rotated.output) != thumbprint(shown.output))

        let id = try #require(try await self.issued(gateway).first)
        let refused = try await gateway.run("certificate", "revoke", id, "--cause", "superseded")
        #expect(refused.status == 1 && refused.output.contains("is in use for xmpp"), "\(refused.output)")
        let unknown = try await gateway.run("certificate", "revoke", id, "--cause", "boredom")
        #expect(unknown.status != 0 && unknown.output.contains("key-compromise"), "\(unknown.output)")
        let seen = try await gateway.run("certificate", "revoke", id, "--force", "--dry-run")
        #expect(seen.output.contains("request for a certificate") && seen.output.contains("nothing was changed"))
        #expect(try await gateway.run("certificate", "list").output.contains("has revoked it") == false)
        #expect(try await gateway.run("certificate", "assign", id).status == 0)
        let revoked = try await gateway.run(
            "certificate",
            "revoke",
            id,
            "--cause",
            "superseded",
            "--reason",
            "a new one"
        )
        #expect(revoked.status == 0 && revoked.output.contains("has revoked \(id)"), "\(revoked.output)")
        #expect(!revoked.output.contains("ordered in its place"))
        #expect(try await gateway.run("certificate", "list").output.contains("its CA has revoked it on"))

        let hasty = try await gateway.run("certificate", "account", "deactivate")
        #expect(hasty.status != 0 && hasty.output.contains("--yes"))
        let ended = try await gateway.run("certificate", "account", "deactivate", "--yes")
        #expect(ended.status == 0 && ended.output.contains("The account has ended"), "\(ended.output)")
        #expect(try await gateway.run("certificate", "account", "show").output.contains("status: none"))
        let audit = try await gateway.run("audit", "list", "--output", "json").output
        for action in ["acme account key rotate", "it was copied", "certificate revoke", "acme account deactivate"] {
            #expect(audit.contains(action), "\(action)")
        }
    }
}
