import Foundation
import TestSupport
import Testing

@testable import AdministrationClient

@Suite("isthmusctl certificate, with the real services", .serialized, .timeLimit(.minutes(5)))
struct CertificateCommandTests {
    static let passphrase = "correct horse battery staple"
    static let importPassphrase = "the portal of our CA"

    private func openssl(_ arguments: [String]) async throws -> String {
        let result = try await ChildProcess.run("/usr/bin/openssl", arguments)
        #expect(result.status == 0, "\(result.output)")
        return result.output
    }

    private func id(in output: String) throws -> String {
        let match = try #require(output.firstMatch(of: /It is known as ([0-9a-f]+)\./), "\(output)")
        return String(match.output.1)
    }

    @Test("A certificate is made, checked, brought in, exported and encrypted anew, and nothing secret is ever logged")
    func life() async throws {
        let gateway = try await CertificateGateway()
        let scratch = gateway.scratch
        #expect(try await gateway.run("domain", "add", "contoso.test").status == 0)
        let first = try await eventually("the automatic certificate") {
            let list = try await gateway.run("certificate", "list", "--output", "json").output
            return list.firstMatch(of: /"id" ?: ?"([0-9a-f]+)"/).map { String($0.output.1) }
        }
        let check = try await gateway.run("certificate", "check", first)
        #expect(check.status == 0 && check.output.contains("! xmpp chain"), "\(check.output)")

        // The internal CA signs one for SIP; its key may leave.
        let made = try await gateway.run(
            "certificate",
            "request",
            "sip.contoso.test",
            "--use",
            "sip",
            "--exportable",
            "--immediate"
        )
        let exportable = try self.id(in: made.output)
        try scratch.write(Self.passphrase + "\n", to: "passphrase")
        let file = scratch.file("edge.p12").path
        let exported = try await gateway.run(
            "certificate",
            "export",
            exportable,
            "--file",
            file,
            "--password-file",
            scratch.file("passphrase").path
        )
        #expect(exported.status == 0, "\(exported.output)")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let key = try await self.openssl(
            ["pkcs12", "-in", file, "-passin", "pass:\(Self.passphrase)", "-nocerts", "-nodes"]
        )
        let again = try await gateway.run(
            "certificate",
            "export",
            exportable,
            "--file",
            file,
            "--password-file",
            scratch.file("passphrase").path
        )
        #expect(again.status != 0 && again.output.contains("overwrite"))
        let refused = try await gateway.run(
            "certificate",
            "export",
            first,
            "--file",
            scratch.file("no.p12").path,
            "--password-file",
            scratch.file("passphrase").path
        )
        #expect(refused.status == 1 && !FileManager.default.fileExists(atPath: scratch.file("no.p12").path))

        // One of an enterprise CA comes as PKCS#12.
        let enterprise = try TestAuthority("Enterprise CA")
        let identity = try enterprise.issue("DNS:contoso.test,DNS:sip.contoso.test", commonName: "sip.contoso.test")
        try Data(enterprise.rootPEM).write(to: scratch.file("root.pem"))
        try Data(identity.chainPEM).write(to: scratch.file("leaf.pem"))
        try Data(identity.keyPEM).write(to: scratch.file("leaf.key"))
        try scratch.write(Self.importPassphrase, to: "import-passphrase")
        _ = try await self.openssl(
            ["pkcs12", "-export", "-in", scratch.file("leaf.pem").path, "-inkey", scratch.file("leaf.key").path]
                + ["-passout", "pass:\(Self.importPassphrase)", "-out", scratch.file("leaf.pfx").path]
        )
        let before = try await gateway.run("certificate", "check", scratch.file("leaf.pem").path, "--use", "sip")
        #expect(before.status == 2 && before.output.contains("✗ sip chain"), "\(before.output)")
        try await gateway.run("certificate", "trust", "add", scratch.file("root.pem").path)
        let after = try await gateway.run("certificate", "check", scratch.file("leaf.pem").path, "--use", "sip")
        #expect(after.status == 0 && after.output.contains("✓ sip chain"), "\(after.output)")
        let without = try await gateway.run("certificate", "import", scratch.file("leaf.pfx").path)
        #expect(without.status == 1 && without.output.contains("passphrase is needed"), "\(without.output)")
        let imported = try await gateway.run(
            "certificate",
            "import",
            scratch.file("leaf.pfx").path,
            "--password-file",
            scratch.file("import-passphrase").path,
            "--use",
            "sip"
        )
        #expect(imported.status == 0, "\(imported.output)")

        let oldKey = try String(contentsOf: scratch.file("secret/master.key"), encoding: .utf8)
        let rotated = try await gateway.run("certificate", "rotate-master-key", "--reason", "somebody left")
        #expect(rotated.status == 0 && rotated.output.contains("4 private keys"), "\(rotated.output)")
        let newKey = try String(contentsOf: scratch.file("secret/master.key"), encoding: .utf8)
        #expect(newKey != oldKey)
        let audit = try await gateway.run("audit", "list", "--output", "json").output
        for action in ["certificate export", "certificate export refused", "master key rotate", "somebody left"] {
            #expect(audit.contains(action))
        }
        try await gateway.stop()

        let logs = try gateway.logs()
        #expect(logs.contains("Certificate exported") && logs.contains("Certificate imported"))
        let secrets =
            [Self.passphrase, Self.importPassphrase, oldKey, newKey].map { $0.trimmingCharacters(in: .newlines) }
            + Self.lines(ofKeys: key + String(decoding: identity.keyPEM, as: UTF8.self)) + ["PRIVATE KEY"]
        #expect(secrets.count >= 9)
        for secret in secrets { #expect(!logs.contains(secret), "a secret is in the logs") }
        #expect(!audit.contains(Self.passphrase) && !audit.contains("PRIVATE KEY"))
    }

    /// The lines of Base64 in PEM keys, as any log would break or keep them.
    private static func lines(ofKeys pem: String) -> [String] {
        var lines: [String] = []
        var isKey = false
        for line in pem.split(separator: "\n") {
            if line.hasPrefix("-----") { isKey = line.contains("BEGIN") && line.contains("PRIVATE KEY") }
            if isKey, !line.hasPrefix("-----") { lines.append(String(line)) }
        }
        return lines
    }

    @Test("The certificate of a server is looked at over TLS, and over STARTTLS of XMPP", arguments: [true, false])
    func remote(_ isDirect: Bool) async throws {
        let authority = try TestAuthority("Partner CA")
        let server = try await CertificateServer(
            authority.intermediate("Issuing CA").issue("DNS:partner.test"),
            startTLS: !isDirect
        )
        let address = try #require(ServerAddress("127.0.0.1:\(server.port)"))
        let form: CertificateProbe.Form = isDirect ? .direct : .xmpp(domain: "partner.test")
        let chain = try CertificateProbe(address, form, serverName: "partner.test").chain()
        #expect(chain == String(decoding: server.identity.chainPEM, as: UTF8.self))
    }

    @Test("A server that does not answer, or not as it should, is said to be so")
    func remoteFailures() async throws {
        let nobody = try #require(ServerAddress("127.0.0.1:1"))
        #expect(throws: ClientError.self) { try CertificateProbe(nobody, .direct, serverName: "x").chain() }
        let server = try await CertificateServer(TestAuthority().issue("DNS:partner.test"), startTLS: false)
        let address = try #require(ServerAddress("127.0.0.1:\(server.port)"))
        #expect(throws: ClientError.self) {
            try CertificateProbe(address, .xmpp(domain: "partner.test"), serverName: "partner.test").chain()
        }
    }

    static let addresses: [(String, ServerAddress?)] = [
        ("im.example:5269", ServerAddress("im.example:5269")),
        ("[2001:db8::1]:5061", ServerAddress("[2001:db8::1]:5061")),
        ("2001:db8::1", nil), ("im.example", nil), ("im.example:0", nil), ("im.example:70000", nil), (":5269", nil),
        ("a/b:1", nil),
    ]

    @Test("HOST:PORT is told from files and ids", arguments: addresses)
    func address(_ text: String, _ expected: ServerAddress?) {
        #expect(ServerAddress(text) == expected)
        #expect((expected == nil) == (ServerAddress(text) == nil))
    }
}
