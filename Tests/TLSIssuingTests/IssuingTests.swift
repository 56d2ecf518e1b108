import Foundation
import TestSupport
import Testing

@testable import TLS

@Suite("Requests and certificates we write")
struct IssuingTests {
    let scratch: Scratch

    init() throws { self.scratch = try Scratch("issuing") }

    static let fields = CertificateRequestFields(
        subject: SubjectName(
            commonName: "sip.contoso.test",
            organization: "Contoso \"Ltd\", Zürich",
            organizationalUnit: "Messaging",
            locality: "Zürich",
            state: "ZH",
            country: "CH"
        ),
        names: [.dns("xmpp.contoso.test"), .dns("sip.contoso.test"), .dns("contoso.test")],
        templateName: "WebServer"
    )

    @Test("openssl verifies a request with each kind of key and reads its fields", arguments: KeyKind.allCases)
    func requestIsReadable(_ kind: KeyKind) async throws {
        let key = try PrivateKey(generating: kind)
        let request = try CertificateRequest(Self.fields, key: key)
        let file = try self.scratch.path("request.pem", request.pem())
        let text = try await OpenSSLCommand.run(
            "req",
            "-verify",
            "-noout",
            "-text",
            "-nameopt",
            "esc_2253,utf8,sep_comma_plus",
            "-in",
            file
        )
        #expect(text.contains("verify OK"))
        #expect(text.contains("DNS:xmpp.contoso.test, DNS:sip.contoso.test, DNS:contoso.test"))
        #expect(text.contains("TLS Web Server Authentication, TLS Web Client Authentication"))
        #expect(text.contains("1.3.6.1.4.1.311.20.2"))
        #expect(text.contains(#"O=Contoso \"Ltd\"\, Zürich"#))
        #expect(request.publicKeyFingerprint == key.publicKeyFingerprint)
        #expect(try CertificateRequest(pem: request.pem()).publicKeyFingerprint == key.publicKeyFingerprint)
    }

    @Test("A request for an imported key of an algorithm that needs no digest", arguments: ["ed25519", "ed448"])
    func withoutDigest(_ algorithm: String) async throws {
        let pem = try await OpenSSLCommand.run("genpkey", "-algorithm", algorithm)
        let request = try CertificateRequest(Self.fields, key: PrivateKey(pem: Array(pem.utf8)))
        let file = try self.scratch.path("request.pem", request.pem())
        let text = try await OpenSSLCommand.run("req", "-verify", "-noout", "-text", "-in", file)
        #expect(text.lowercased().contains("signature algorithm: \(algorithm)"), "\(text)")
    }

    @Test(
        "GnuTLS reads a request of every kind of key, and its signature holds",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/certtool")),
        arguments: KeyKind.allCases
    )
    func requestIsReadByGnuTLS(_ kind: KeyKind) async throws {
        let request = try CertificateRequest(Self.fields, key: PrivateKey(generating: kind))
        let file = try self.scratch.path("request.pem", request.pem())
        let read = try await ChildProcess.run("/usr/bin/certtool", ["--crq-info", "--infile", file])
        #expect(read.status == 0, "\(read.output)")
        for words in [
            "Self signature: verified", "DNSname: sip.contoso.test", "TLS WWW Server", "TLS WWW Client",
            "Digital signature", "Key encipherment", "1.3.6.1.4.1.311.20.2",
        ] {
            #expect(read.output.contains(words), "\(words): \(read.output)")
        }
    }

    @Test("A request for another key asks for the same")
    func renewedRequest() async throws {
        let old = try CertificateRequest(Self.fields, key: PrivateKey(generating: .rsa2048))
        let key = try PrivateKey(generating: .ecdsaP256)
        let new = try CertificateRequest(renewing: old.pem(), key: key)
        #expect(new.publicKeyFingerprint == key.publicKeyFingerprint)
        let same = try CertificateRequest(Self.fields, key: key)
        func text(_ request: CertificateRequest) async throws -> String {
            let file = try self.scratch.path("request.pem", request.pem())
            return try await OpenSSLCommand.run(
                "req",
                "-verify",
                "-noout",
                "-text",
                "-reqopt",
                "no_sigdump",
                "-in",
                file
            )
        }
        #expect(try await text(new) == text(same))
    }

    @Test("The template name is a BMPString, as a Microsoft CA expects")
    func templateNameIsBMP() async throws {
        let request = try CertificateRequest(Self.fields, key: PrivateKey(generating: .ecdsaP256))
        let file = try self.scratch.path("request.pem", request.pem())
        let text = try await OpenSSLCommand.run("asn1parse", "-in", file)
        let value = try #require(
            text.split(separator: "\n").drop { !$0.contains("1.3.6.1.4.1.311.20.2") }.dropFirst().first
        )
        // 1E 12: BMPString, 18 bytes, "WebServer"
        #expect(value.contains("1E12005700650062005300650072007600650072"))
    }

    @Test("openssl verifies a chain of the internal CA for both purposes", arguments: [KeyKind.rsa2048, .ecdsaP384])
    func chainVerifies(_ kind: KeyKind) async throws {
        let authority = try Fixtures.authority()
        let key = try PrivateKey(generating: kind)
        let leaf = try authority.issue(
            Self.fields,
            for: key,
            notBefore: Fixtures.now - 60,
            notAfter: Fixtures.now + 3600
        )
        let root = try self.scratch.path("root.pem", authority.root.pem())
        let file = try self.scratch.path("leaf.pem", leaf.pem())
        for purpose in ["sslserver", "sslclient"] {
            let text = try await OpenSSLCommand.run(
                "verify",
                "-x509_strict",
                "-CAfile",
                root,
                "-purpose",
                purpose,
                "-verify_hostname",
                "contoso.test",
                file
            )
            #expect(text.contains(": OK"))
        }
        #expect(leaf.publicKeyFingerprint == key.publicKeyFingerprint)
        #expect(leaf.names.dnsNames == ["xmpp.contoso.test", "sip.contoso.test", "contoso.test"])
        #expect(leaf.notAfter == Fixtures.now + 3600)
        #expect(leaf.allowsServerAuthentication && leaf.allowsClientAuthentication)
        #expect(leaf.covers(host: "contoso.test") && !leaf.covers(host: "chat.contoso.test"))
        #expect(!leaf.hasWeakSignature && !leaf.isAuthority && authority.root.isAuthority)
        #expect(try Certificate(der: leaf.der()).fingerprint == leaf.fingerprint)
    }

    @Test("A certificate does not outlive the root that signed it")
    func rootBoundsLifetime() throws {
        let authority = try Fixtures.authority(lifetime: 1000)
        let leaf = try authority.issue(
            Self.fields,
            for: PrivateKey(generating: .ecdsaP256),
            notBefore: 0,
            notAfter: Fixtures.now + 100_000
        )
        #expect(leaf.notAfter == authority.root.notAfter)
        #expect(leaf.notBefore == authority.root.notBefore)
    }

    static let unwritable: [AlternativeName] = [
        .dns(""), .dns("a b.test"), .dns("bücher.test"), .dns("a\0.test"), .address("300.1.1.1"), .service("_x.\n"),
    ]

    @Test("A name that no certificate can carry is refused, not mangled", arguments: unwritable)
    func badNameIsRefused(_ name: AlternativeName) throws {
        let key = try PrivateKey(generating: .ecdsaP256)
        let fields = CertificateRequestFields(subject: SubjectName(commonName: "x.test"), names: [name])
        #expect(throws: IssuingError.self) { try CertificateRequest(fields, key: key) }
    }

    @Test("All kinds of alternative names survive the way into a certificate and back")
    func namesRoundTrip() throws {
        let names: [AlternativeName] = [
            .dns("a.test"), .address("192.0.2.1"), .address("2001:db8::1"), .xmppAddress("a.test"),
            .service("_xmpp-server.a.test"),
        ]
        let fields = CertificateRequestFields(subject: SubjectName(commonName: "a.test"), names: names)
        let leaf = try Fixtures.authority().issue(
            fields,
            for: PrivateKey(generating: .ecdsaP256),
            notBefore: 0,
            notAfter: Fixtures.now + 60
        )
        #expect(leaf.names.dnsNames == ["a.test"])
        #expect(leaf.names.ipAddresses == ["192.0.2.1", "2001:db8::1"])
        #expect(leaf.names.xmppAddresses == ["a.test"])
        #expect(leaf.names.srvNames == ["_xmpp-server.a.test"])
    }

    @Test("A country that is not two letters is refused")
    func badCountryIsRefused() throws {
        var fields = Self.fields
        fields.subject.country = "Switzerland"
        #expect(throws: IssuingError.invalidField("C")) {
            try CertificateRequest(fields, key: PrivateKey(generating: .ecdsaP256))
        }
    }

    @Test(
        "Bytes that are no certificate are refused",
        arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    )
    func rubbishIsRefused(_ text: String) {
        #expect(throws: IssuingError.malformed("certificate")) { try Certificate.chain(pem: Array(text.utf8)) }
        #expect(throws: IssuingError.malformed("certificate request")) { try CertificateRequest(pem: Array(text.utf8)) }
        #expect(throws: IssuingError.malformed("private key")) { try PrivateKey(pem: Array(text.utf8)) }
    }
}
