import Foundation
import TestSupport
import Testing

@Suite(
    "isthmusctl and an ACME CA: the real services, a real Pebble, a real BIND",
    .enabled(if: Pebble.isInstalled && NameServer.isInstalled),
    .timeLimit(.minutes(3))
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
            let list = try await gateway.run("certificate", "list", "--output", "json").output
            return !list.contains("\"\(id)\",") && list.contains("Pebble Intermediate CA")
        }
        #expect(try await self.texts("_acme-challenge.contoso.test", server) == "\"of somebody else\"\n")
        try await gateway.stop()
        #expect(try !gateway.logs().contains("PRIVATE KEY"))
    }
}
