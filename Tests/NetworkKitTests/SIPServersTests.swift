import DNS
import TestSupport
import Testing

@testable import NetworkKit

@Suite("Finding SIP servers (RFC 3263)")
struct SIPServersTests {
    private static func pointer(
        _ order: UInt16,
        _ preference: UInt16,
        _ service: String,
        _ replacement: String,
        flags: String = "s",
        expression: String = ""
    ) -> NameAuthorityPointer {
        NameAuthorityPointer(
            order: order,
            preference: preference,
            flags: flags,
            service: service,
            expression: expression,
            replacement: replacement
        )
    }

    @Test("Of NAPTR records the lowest order that can be used counts, by preference (RFC 3403 §4.1)")
    func order() {
        let usable = ServiceResolver.usable([
            Self.pointer(10, 1, "E2U+sip", "enum.example"),  // another application
            Self.pointer(20, 1, "SIPS+D2S", "sctp.example"),  // SCTP is not spoken here
            Self.pointer(30, 1, "SIP+D2T", "regexp.example", expression: "!a!b!"),
            Self.pointer(30, 2, "SIP+D2T", "address.example", flags: "a"),
            Self.pointer(30, 3, "SIP+D2T", ""),
            Self.pointer(50, 9, "SIP+D2T", "second.example"),
            Self.pointer(50, 5, "SIPS+D2T", "first.example"),
            Self.pointer(90, 1, "SIP+D2U", "weaker.example"),
        ])
        #expect(usable.map(\.0) == [.tls, .tcp])
        #expect(usable.map(\.1) == ["first.example", "second.example"])
        #expect(ServiceResolver.usable([]).isEmpty)
    }

    static let zones = [
        "named.test": """
        @ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.hosted.test.
        @ NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.named.test.
        _sip._tcp SRV 0 0 5060 weaker
        _sips._tcp SRV 0 0 5061 own
        """,
        "hosted.test": """
        _sips._tcp SRV 10 0 5071 a
        _sips._tcp SRV 20 0 5072 b
        """,
        "srv.test": """
        _sip._tcp SRV 0 0 5070 tcp
        _sip._udp SRV 0 0 5080 udp
        """,
        "plain.test": "@ A 127.0.0.1",
        "none.test": "_sips._tcp SRV 0 0 0 .",
        "broken.test": #"@ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.broken.test."#,
    ]

    static let expectations: [(domain: String, service: SIPService?, servers: [String])] = [
        ("named.test", nil, ["tls a.hosted.test:5071", "tls b.hosted.test:5072"]),
        // The transport is said: no NAPTR (RFC 3263 §4.1).
        ("named.test", .tls, ["tls own.named.test:5061"]),
        ("named.test", .tcp, ["tcp weaker.named.test:5060"]),
        // No NAPTR: the first transport that has SRV records.
        ("srv.test", nil, ["tcp tcp.srv.test:5070"]),
        ("srv.test", .udp, ["udp udp.srv.test:5080"]),
        // No SRV: the domain, at the default port (RFC 3263 §4.2).
        ("srv.test", .tls, ["tls srv.test:5061"]),
        ("plain.test", nil, ["udp plain.test:5060"]),
        ("plain.test", .tcp, ["tcp plain.test:5060"]),
    ]

    @Test("NAPTR, SRV, or the domain itself, from a real name server", .enabled(if: NameServer.isInstalled))
    func real() async throws {
        let server = try await NameServer(zones: Self.zones)
        let forwarder = try #require(Forwarder(server.address))
        let resolver = ServiceResolver(try Resolver(ResolverConfiguration(upstream: .forwarders([forwarder]))))
        for (domain, service, expected) in Self.expectations {
            let found = try await resolver.sipServers(of: domain, service)
            let servers = found.servers.map { "\($0.service) \($0.host):\($0.port)" }
            #expect(servers == expected, "\(domain) \(String(describing: service))")
            #expect((1...60).contains(found.timeToLive))
        }
        await #expect(throws: ServiceResolutionError.refused) { try await resolver.sipServers(of: "none.test", nil) }
        await #expect(throws: ServiceResolutionError.refused) { try await resolver.sipServers(of: "none.test", .tls) }
        await #expect(throws: ServiceResolutionError.lookup(.noData)) {
            try await resolver.sipServers(of: "broken.test", nil)
        }
        await #expect(throws: ServiceResolutionError.self, "a name server that refuses is no absence") {
            try await resolver.sipServers(of: "elsewhere.example", nil)
        }
        try await server.stop()
    }
}
