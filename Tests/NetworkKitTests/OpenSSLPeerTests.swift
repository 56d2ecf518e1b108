import Foundation
import NetworkKit
import TLS
import TestSupport
import Testing

@Suite("The openssl program as the peer")
struct OpenSSLPeerTests {
    private static let program = "/usr/bin/openssl"

    /// Runs `openssl s_client` against a new listener.
    private func connect(_ options: [String]) async throws -> (output: String, server: Record) {
        let authority = try TestAuthority()
        let context = try TLSContext([authority.issue("DNS:b.example")], trusting: authority)
        let listener = try await TestListener(echo: true) {
            (context, .server(requestClientCertificate: true, alpn: ["xmpp-server"]))
        }
        let (_, output) = try await ChildProcess.run(
            Self.program,
            ["s_client", "-connect", "127.0.0.1:\(listener.listener.port)", "-servername", "b.example"] + options
        )
        return (output, try await listener.connection())
    }

    @Test("TLS 1.2 and 1.3 are spoken", arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func versions(option: String, version: String) async throws {
        let (output, server) = try await self.connect([option, "-alpn", "other,xmpp-server"])
        try await eventually("the handshake") { server.now.handshake != nil }
        #expect(server.now.handshake?.protocolVersion == version)
        #expect(server.now.handshake?.alpn == "xmpp-server")
        #expect(output.contains("ALPN protocol: xmpp-server"))
        #expect(output.contains("Compression: NONE"))
    }

    @Test("TLS 1.0 and 1.1 are refused", arguments: ["-tls1", "-tls1_1"])
    func oldVersions(option: String) async throws {
        let (_, server) = try await self.connect([option, "-cipher", "ALL:@SECLEVEL=0"])
        try await eventually("the end") { server.now.isClosed }
        #expect(server.now.handshake == nil)
        #expect(server.now.errors == ["\(TLSError.handshakeFailed("unsupported protocol"))"])
    }

    @Test("Ciphers without forward secrecy or authentication are refused", arguments: ["kRSA", "aNULL", "eNULL"])
    func weakCiphers(ciphers: String) async throws {
        let (_, server) = try await self.connect(["-tls1_2", "-cipher", "\(ciphers):@SECLEVEL=0"])
        try await eventually("the end") { server.now.isClosed }
        #expect(server.now.handshake == nil)
    }

    @Test("RFC 6120 §5.3.5: a peer that asks for renegotiation is refused")
    func noRenegotiation() async throws {
        let authority = try TestAuthority()
        let context = try TLSContext([authority.issue("DNS:b.example")], trusting: authority)
        let listener = try await TestListener(echo: true) { (context, .server(requestClientCertificate: true)) }
        // s_client takes a line “R” as the wish to negotiate again.
        let (_, output) = try await ChildProcess.run(
            "/bin/sh",
            ["-c", "printf 'R\\n' | \(Self.program) s_client -connect 127.0.0.1:\(listener.listener.port) -tls1_2"]
        )
        let server = try await listener.connection()
        try await eventually("the end") { server.now.isClosed }
        #expect(server.now.handshake?.protocolVersion == "TLSv1.2")
        #expect(output.contains("RENEGOTIATING"))
        #expect(output.contains("no renegotiation"), "\(output.suffix(500))")
        #expect(server.now.text.isEmpty)
    }

    @Test("No session can be resumed")
    func noResumption() async throws {
        let (output, _) = try await self.connect(["-tls1_2"])
        #expect(!output.contains("session ticket:"))
    }
}
