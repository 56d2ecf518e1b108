import Foundation
import Policy
import ServiceKit
import TLS
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("TLS of another time, where an administrator has said so (SPEC §5)", .tags(.sip), .serialized)
struct OldTLSTests {
    private static let program = "/usr/bin/openssl"
    private static let old = ["-cipher", "ALL:@SECLEVEL=0"]

    /// What `openssl s_client` of TLS 1.0 or 1.1 says of a port.
    static func client(_ version: String, _ port: Int) async throws -> String {
        let arguments = ["s_client", "-connect", "127.0.0.1:\(port)", version] + self.old
        return try await ChildProcess.run(self.program, arguments).output
    }

    @Test("TLS 1.0 and 1.1 are taken by the listener for them, and by no other", arguments: ["-tls1", "-tls1_1"])
    func listener(_ version: String) async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["sip.tls-legacy": "127.0.0.1:0"]
        )
        let port = try #require(await edge.edge.server.legacyTLSPort)
        let taken = try await Self.client(version, port)
        #expect(taken.contains("Cipher is ECDHE-ECDSA-AES"), "\(taken.suffix(600))")
        let refused = try await Self.client(version, await edge.tlsPort())
        #expect(refused.contains("Cipher is (NONE)"), "\(refused.suffix(600))")
        await edge.stop()
    }

    @Test(
        "What servers of 2003 have beside AES is taken only where OpenSSL still has it: 3DES as far as it is built in, RC4 never",
        arguments: ["DES-CBC3-SHA", "RC4-SHA", "RC4-MD5"]
    )
    func oldCiphers(_ cipher: String) async throws {
        let listing = try await ChildProcess.run(Self.program, ["ciphers", "ALL:@SECLEVEL=0"]).output
        let isTaken = cipher == "DES-CBC3-SHA" && listing.contains(cipher)
        let trust = try SecureTests.Trust(isRSA: true)
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["sip.tls-legacy": "127.0.0.1:0"]
        )
        let port = try #require(await edge.edge.server.legacyTLSPort)
        let arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-tls1", "-cipher", "\(cipher):@SECLEVEL=0"]
        let output = try await ChildProcess.run(Self.program, arguments).output
        #expect(output.contains("Cipher is \(cipher)") == isTaken, "\(output.suffix(600))")
        await edge.stop()
    }

    @Test("A route with legacy-tls reaches a server of TLS 1.0; without it, and in FIPS mode, it does not")
    func route() async throws {
        let trust = try SecureTests.Trust()
        let made = try trust.authority.issue("DNS:localhost")
        let scratch = try Scratch("old-tls")
        try scratch.write(String(decoding: made.chainPEM, as: UTF8.self), to: "chain.pem")
        try scratch.write(String(decoding: made.keyPEM, as: UTF8.self), to: "key.pem")
        let port = try FreePort.any()
        let server = try ChildProcess(
            Self.program,
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-tls1", "-www", "-cert", scratch.file("chain.pem").path,
                "-key",
                scratch.file("key.pem").path,
            ] + Self.old,
            log: scratch.file("log")
        )
        try await eventually("the server listens") {
            (try? String(contentsOf: scratch.file("log"), encoding: .utf8))?.contains("ACCEPT") == true
        }
        var route = StaticRoute(id: "r", domain: "sip.test", nextHop: "localhost", port: port, transport: .tls)
        let edge = try await TestEdge(routes: [route], identities: [trust.edge], roots: trust.authority.rootPEM)
        let status = try await eventually("it is refused") {
            await edge.edge.server.nextHops().first { !$0.error.isEmpty }
        }
        #expect(status.error.contains("protocol"), "\(status.error)")
        route.allowsLegacyTLS = true
        edge.control.change(.route(route))
        try await eventually("it is reached") {
            await edge.edge.server.nextHops().first { $0.connection == "connected" } != nil
        }
        await edge.stop()
        let approved = try await TestEdge(
            routes: [route],
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["tls.fips": "true"]
        )
        try await eventually("it is refused, and says why") {
            await approved.edge.server.nextHops().first { $0.error.contains("FIPS") } != nil
        }
        await approved.stop()
        // It waits for a request on the connection it has, and for nothing else.
        server.kill()
    }

    @Test(
        "FIPS mode takes what is approved and nothing else",
        arguments: [
            (["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"], true),
            (["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], false),
            (["-tls1_3", "-groups", "X25519"], false), (["-tls1_3", "-groups", "P-384"], true),
            (["-tls1_2", "-cipher", "ECDHE+AESGCM"], true), (["-tls1_2", "-cipher", "ECDHE+CHACHA20"], false),
            (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], false),
        ]
    )
    func fips(_ options: [String], _ isTaken: Bool) async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["tls.fips": "true"]
        )
        let arguments = ["s_client", "-connect", "127.0.0.1:\(await edge.tlsPort())"] + options
        let output = try await ChildProcess.run(Self.program, arguments).output
        #expect(output.contains("Cipher is (NONE)") != isTaken, "\(output.suffix(800))")
        await edge.stop()
    }

    @Test("FIPS mode says whether OpenSSL's provider does the work: in the log, in its metrics and in its status")
    func fipsProvider() async throws {
        let trust = try SecureTests.Trust()
        let log = LogCollector()
        let edge = try await TestEdge(
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["tls.fips": "true"],
            log: log
        )
        let isActive = FIPSProvider.isActive
        #expect(log.lines.contains { $0.contains("FIPS mode: approved algorithms only") })
        #expect(log.text.contains("OpenSSL's FIPS provider is not used") != isActive)
        let value = edge.edge.server.counters.first { $0.name == "fips-provider" }?.value
        #expect(value == (isActive ? 1 : 0))
        #expect(edge.metrics.prometheusText().contains("isthmus_tls_fips_provider \(isActive ? 1 : 0)"))
        await edge.stop()
    }

    @Test("“required” without OpenSSL's FIPS provider is a mistake of the configuration that says what is missing")
    func fipsRequired() {
        var settings = SettingsReader(SettingsSource(values: ["tls.fips": "required"]))
        let configuration = SIPEdge.Configuration(&settings)
        let mistakes = settings.finish()
        #expect(configuration.fips == .required)
        guard !FIPSProvider.isActive else { return #expect(mistakes.isEmpty) }
        #expect(mistakes.map(\.problem).contains { $0.contains("FIPS provider cannot be used: OSSL_PROVIDER_load") })
        #expect(mistakes.first?.hint.contains("fipsinstall") == true)
    }

    @Test("FIPS mode and old TLS contradict each other", arguments: ["true", "required"])
    func fipsWithoutLegacy(_ mode: String) {
        let values = ["tls.fips": mode, "sip.tls-legacy": "127.0.0.1:0"]
        var settings = SettingsReader(SettingsSource(values: values))
        _ = SIPEdge.Configuration(&settings)
        #expect(settings.finish().contains { $0.problem.contains("nothing before TLS 1.2") })
    }
}
