import DNS
import NetworkKit
import ServiceKit
import Testing

@Suite("Settings of the network")
struct NetworkSettingsTests {
    private static func read(_ environment: [String: String]) -> (ResolverConfiguration, ConnectionLimits, Int) {
        var settings = SettingsReader(SettingsSource(environment: environment))
        let resolver = ResolverConfiguration(&settings)
        let limits = ConnectionLimits(&settings)
        return (resolver, limits, settings.mistakes.count)
    }

    @Test("Nothing set: the system's name servers, and limits")
    func defaults() {
        let (resolver, limits, mistakes) = Self.read([:])
        #expect(resolver == ResolverConfiguration())
        #expect(limits.maximum == 10_000 && limits.maximumPerClient == 100)
        #expect(limits.arrivalRate == .init(perSecond: 20, burst: 50))
        #expect(mistakes == 0)
    }

    @Test("Name servers with port, and mistakes that are told")
    func values() throws {
        let (resolver, limits, mistakes) = Self.read([
            "ISTHMUS_RESOLVER_SERVERS": "127.0.0.1@5353, 192.0.2.1", "ISTHMUS_RESOLVER_TIMEOUT": "2s",
            "ISTHMUS_LIMITS_CONNECTIONS_PER_ADDRESS": "7", "ISTHMUS_LIMITS_CONNECTION_RATE": "3",
            "ISTHMUS_LIMITS_CONNECTION_BURST": "4",
        ])
        let servers = try ["127.0.0.1@5353", "192.0.2.1@53"].map { try #require(Forwarder($0)) }
        #expect(resolver.upstream == .forwarders(servers))
        #expect(resolver.timeout == .seconds(2))
        #expect(limits.maximumPerClient == 7)
        #expect(limits.arrivalRate == .init(perSecond: 3, burst: 4))
        #expect(mistakes == 0)
        #expect(Self.read(["ISTHMUS_RESOLVER_SERVERS": "dns.example", "ISTHMUS_LIMITS_CONNECTIONS": "0"]).2 == 2)
    }
}
