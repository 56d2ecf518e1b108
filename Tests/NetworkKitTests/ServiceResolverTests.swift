import DNS
import NIOCore
import TestSupport
import Testing

@testable import NetworkKit

@Suite("Finding the hosts of a domain")
struct ServiceResolverTests {
    private typealias Lookup = ServiceResolver.Lookup

    private static func found(
        _ service: DomainService,
        _ records: (UInt16, String, UInt16)...,
        secure: Bool = false
    ) -> Lookup {
        let records = records.map { ServiceRecord(priority: $0.0, weight: 0, port: $0.2, target: $0.1) }
        return Lookup(service, .success(LookupAnswer(records: records, isSecure: secure, timeToLive: 60)))
    }

    private static func targets(_ lookups: Lookup...) throws -> [String] {
        try ServiceResolver.targets(of: "a.example", lookups, fallback: .xmppServer) { $0 }
            .map { "\($0.service) \($0.host):\($0.port)\($0.isSecure ? " secure" : "")" }
    }

    @Test("Records of both services are mixed by priority (XEP-0368 §4)")
    func mixed() throws {
        let targets = try Self.targets(
            Self.found(.xmppServer, (10, "one", 5269), (30, "three", 5269)),
            Self.found(.xmppServerDirectTLS, (20, "two", 5270), secure: true)
        )
        #expect(targets == ["xmppServer one:5269", "xmppServerDirectTLS two:5270 secure", "xmppServer three:5269"])
    }

    @Test("Without records the domain itself is tried; with a refusal nothing is")
    func fallback() throws {
        let absent = Lookup(.xmppServer, .failure(.nameNotFound))
        let empty = Lookup(.xmppServerDirectTLS, .failure(.noData))
        #expect(try Self.targets(absent, empty) == ["xmppServer a.example:5269"])
        #expect(throws: ServiceResolutionError.refused) { try Self.targets(Self.found(.xmppServer, (0, "", 0)), empty) }
        #expect(
            try Self.targets(Self.found(.xmppServerDirectTLS, (0, "", 0)), Self.found(.xmppServer, (0, "h", 1))) == [
                "xmppServer h:1"
            ]
        )
    }

    @Test("A failed lookup is no absence, but does not spoil what another found")
    func failure() throws {
        let failed = Lookup(.xmppServer, .failure(.timedOut))
        let empty = Lookup(.xmppServerDirectTLS, .failure(.noData))
        #expect(throws: ServiceResolutionError.lookup(.timedOut)) { try Self.targets(failed, empty) }
        #expect(try Self.targets(failed, Self.found(.xmppServerDirectTLS, (0, "h", 1))) == ["xmppServerDirectTLS h:1"])
    }

    @Test("With a real name server, down to the addresses", .enabled(if: NameServer.isInstalled))
    func real() async throws {
        let server = try await NameServer(zones: [
            "partner.test": """
            _xmpp-server._tcp SRV 10 0 5269 xmpp
            _xmpps-server._tcp SRV 5 0 5270 xmpp
            _sip._tcp SRV 0 0 0 .
            xmpp A 127.0.0.1
            xmpp AAAA ::1
            """
        ])
        let forwarder = try #require(Forwarder(server.address))
        let services = ServiceResolver(try Resolver(ResolverConfiguration(upstream: .forwarders([forwarder]))))
        let targets = try await services.targets(
            of: "partner.test",
            services: [.xmppServerDirectTLS, .xmppServer],
            fallback: .xmppServer
        )
        #expect(targets.map(\.port) == [5270, 5269])
        let addresses = try await services.addresses(of: targets[0])
        #expect(addresses.map(\.ipAddress) == ["::1", "127.0.0.1"])
        #expect(addresses.map(\.port) == [5270, 5270])
        #expect(try await services.addresses(of: "192.0.2.1", port: 5060).map(\.port) == [5060])
        await #expect(throws: ServiceResolutionError.refused) {
            try await services.targets(of: "partner.test", services: [.sip], fallback: .sip)
        }
        let fallback = try await services.targets(of: "partner.test", services: [.sips], fallback: .sips)
        #expect(fallback == [ServiceTarget(service: .sips, host: "partner.test", port: 5061)])
        await #expect(throws: ServiceResolutionError.lookup(.noData)) { try await services.addresses(of: fallback[0]) }
        try await server.stop()
    }
}
