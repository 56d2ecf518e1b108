import Bus
import DNS
import Messaging
import Policy
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("XEP-0368: TLS from the first byte", .timeLimit(.minutes(5)), .enabled(if: NameServer.isInstalled, "needs BIND"))
struct DirectTLSTests {
    @Test("A stream to the port that DNS names for direct TLS, and stanzas both ways on it")
    func stream() async throws {
        let authority = try GatewayFederationTests.authority.get()
        func gateway(_ domain: String, _ resolver: ResolverConfiguration?) async throws -> TestGateway {
            try await TestGateway(
                domain,
                identity: try GatewayFederationTests.identity(domain),
                trusting: authority.rootPEM,
                resolver: resolver ?? ResolverConfiguration(upstream: .forwarders([]))
            )
        }
        let second = try await gateway(GatewayFederationTests.two, nil)
        let names = try await NameServer(
            zones: [
                "two.example": """
                _xmpp-server._tcp SRV 0 0 0 .
                _xmpps-server._tcp SRV 0 0 \(second.directPort) edge
                edge A 127.0.0.1
                """
            ]
        )
        let forwarder = try #require(Forwarder("127.0.0.1@\(names.port)"))
        let first = try await gateway(
            GatewayFederationTests.one,
            ResolverConfiguration(upstream: .forwarders([forwarder]))
        )
        try await first.federate(with: [Partner(domain: second.domain, kind: .federated)])
        // Nothing listens where two would have to connect: it can answer on one's stream only.
        try await second.federate(with: [Partner(domain: first.domain, kind: .federated, proxyFQDN: "127.0.0.1:1")])
        _ = try await first.sip.send([message("there", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message to arrive") { second.sip.texts == ["there"] }
        _ = try await second.sip.send([message("back", from: "romeo@two.example", to: "juliet@one.example")])
        try await eventually("the answer to arrive") { first.sip.texts == ["back"] }
        for gateway in [first, second] {
            let streams = await gateway.federation.streams(StreamQuery()).streams
            #expect(streams.map(\.authentication) == ["sasl-external"])
            #expect(streams.allSatisfy { $0.security.hasPrefix("TLSv1.3") })
        }
        try await GatewayFederationTests.stop(first, second)
        try await names.stop()
    }

    @Test(
        "The port speaks the protocol xmpp-server, and begins no stream with who wants another",
        arguments: ["xmpp-server", "http/1.1"]
    )
    func applicationProtocol(name: String) async throws {
        let gateway = try await HostilePeerTests.gateway(Partner(domain: "partner.example", kind: .federated))
        let (_, output) = try await ChildProcess.run(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(gateway.directPort)", "-servername", "sip.example", "-alpn", name]
        )
        #expect(output.contains("ALPN protocol: xmpp-server") == (name == "xmpp-server"), "\(output)")
        try await gateway.stop()
    }
}
