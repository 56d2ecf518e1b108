import DNS
import NIOCore
import TLS
import TestSupport
import Testing

@testable import NetworkKit

@Suite("Endpoints that DNSSEC proves", .enabled(if: NameServer.isInstalled), .serialized)
struct SecureEndpointTests {
    private static let hash = String(repeating: "AB", count: 32)
    private static let records = """
        _xmpp-server._tcp SRV 10 0 5269 host
        host A 127.0.0.1
        _5269._tcp.host TLSA 3 1 1 \(hash)
        _5269._tcp.host TLSA 9 1 1 \(hash)
        bare A 127.0.0.2
        forged A 127.0.0.3
        """

    private static func resolver(_ server: NameServer, isValidating: Bool = true) throws -> ServiceResolver {
        ServiceResolver(
            try Resolver(
                ResolverConfiguration(
                    upstream: .forwarders([try #require(Forwarder(server.address))]),
                    trustAnchorFile: isValidating ? server.trustAnchorFile : nil
                )
            )
        )
    }

    private static func target(_ resolver: ServiceResolver, _ domain: String) async throws -> ServiceTarget {
        try #require(try await resolver.targets(of: domain, services: [.xmppServer], fallback: .xmppServer).first)
    }

    @Test(
        "Signed zone: the usable TLSA records of the host; without a trust anchor none, as in a zone without signatures"
    )
    func associations() async throws {
        let server = try await NameServer(
            zones: ["signed.example": Self.records, "plain.example": Self.records],
            signed: ["signed.example"]
        )
        let resolver = try Self.resolver(server)
        let secure = try await Self.target(resolver, "signed.example")
        #expect(secure.isSecure)
        let endpoint = try await resolver.endpoint(of: secure)
        #expect(endpoint.addresses.map(\.ipAddress) == ["127.0.0.1"])
        #expect(endpoint.associations.map(\.usage) == [3])
        #expect(endpoint.associations.first?.data == [UInt8](repeating: 0xAB, count: 32))
        // No such records, proven: the trust roots decide.
        let bare = ServiceTarget(service: .xmppServer, host: "bare.signed.example", port: 5269, isSecure: true)
        #expect(try await resolver.endpoint(of: bare).associations.isEmpty)

        let plain = try await Self.target(resolver, "plain.example")
        #expect(!plain.isSecure)
        #expect(try await resolver.endpoint(of: plain).associations.isEmpty)
        // Signed records count for nothing if the way to them is not proven (RFC 7673 § 3.1).
        var led = secure
        led.isSecure = false
        #expect(try await resolver.endpoint(of: led).associations.isEmpty)

        let blind = try Self.resolver(server, isValidating: false)
        let unproven = try await Self.target(blind, "signed.example")
        #expect(!unproven.isSecure)
        #expect(try await blind.endpoint(of: unproven).associations.isEmpty)
        try await server.stop()
    }

    @Test("A forged answer is no answer: neither addresses, nor TLSA records, nor SRV records")
    func bogus() async throws {
        let server = try await NameServer(
            zones: ["signed.example": Self.records],
            signed: ["signed.example"],
            forging: [("127.0.0.3", "127.0.0.4"), ("ABABABABABAB", "CDCDCDCDCDCD")]
        )
        let resolver = try Self.resolver(server)
        for host in ["host.signed.example", "forged.signed.example"] {
            let target = ServiceTarget(service: .xmppServer, host: host, port: 5269, isSecure: true)
            await #expect(throws: ServiceResolutionError.self) { try await resolver.endpoint(of: target) }
        }
        try await server.stop()
    }
}
