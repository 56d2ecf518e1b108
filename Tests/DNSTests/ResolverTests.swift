import DNS
import TestSupport
import Testing

@Suite("Lookups at a real name server", .enabled(if: NameServer.isInstalled), .serialized)
struct ResolverTests {
    private static let records = """
        _xmpp-server._tcp SRV 10 60 5269 Host1.partner.test.
        _xmpp-server._tcp SRV 10 20 5269 host2.partner.test.
        _xmpp-server._tcp SRV 20 0 5270 host3.partner.test.
        _none._tcp SRV 0 0 0 .
        host1 A 127.0.0.1
        host1 A 127.0.0.2
        host1 AAAA ::1
        host2 A 127.0.0.3
        alias CNAME host2
        _isthmus TXT "one " "two"
        empty TXT "x"
        loop1 CNAME loop2
        loop2 CNAME loop1
        """

    private static func resolver(
        _ server: NameServer,
        timeout: Duration = .seconds(10),
        maximumOutstanding: Int = 1024
    ) throws -> Resolver {
        let forwarder = try #require(Forwarder(server.address))
        return try Resolver(
            ResolverConfiguration(
                upstream: .forwarders([forwarder]),
                timeout: timeout,
                maximumOutstanding: maximumOutstanding
            )
        )
    }

    @Test("SRV, A, AAAA, TXT, CNAME, and their absence, in a zone under .test (RFC 6761)")
    func records() async throws {
        let server = try await NameServer(zones: ["partner.test": Self.records])
        let resolver = try Self.resolver(server)
        let services = try await resolver.services("_xmpp-server._tcp.partner.test")
        #expect(
            Set(services.records.map(\.target)) == ["host1.partner.test", "host2.partner.test", "host3.partner.test"]
        )
        #expect(services.timeToLive > 0 && services.timeToLive <= 60)
        #expect(!services.isSecure)
        #expect(try await resolver.services("_none._tcp.partner.test").records.map(\.refusesService) == [true])
        let addresses = try await resolver.addresses("host1.partner.test").records
        #expect(addresses.first == "::1")
        #expect(Set(addresses) == ["::1", "127.0.0.1", "127.0.0.2"])
        #expect(try await resolver.addresses("alias.partner.test").records == ["127.0.0.3"])
        #expect(try await resolver.texts("_isthmus.partner.test").records == ["one two"])
        await #expect(throws: LookupError.nameNotFound) {
            try await resolver.services("_xmpp-server._tcp.no.partner.test")
        }
        await #expect(throws: LookupError.noData) { try await resolver.services("empty.partner.test") }
        await #expect(throws: LookupError.noData) { try await resolver.addresses("empty.partner.test") }
        await #expect(throws: LookupError.nameNotFound) { try await resolver.addresses("no.partner.test") }
        await #expect(throws: LookupError.self) { try await resolver.addresses("loop1.partner.test") }
        try await server.stop()
    }

    @Test("A refusal of the name server is a failure, not an absence")
    func failure() async throws {
        let server = try await NameServer(zones: ["partner.test": ""])
        let resolver = try Self.resolver(server)
        await #expect {
            try await resolver.services("_xmpp-server._tcp.elsewhere.example")
        } throws: { error in
            (error as? LookupError)?.isAbsence == false
        }
        try await server.stop()
    }

    @Test("Hundreds of lookups at once are all answered")
    func many() async throws {
        let hosts = (0..<300).map { "h\($0) A 127.0.1.\($0 % 250)" }.joined(separator: "\n")
        let server = try await NameServer(zones: ["partner.test": hosts])
        let resolver = try Self.resolver(server)
        let found = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<300 {
                group.addTask { try await resolver.lookup("h\(index).partner.test", .a).records.count == 1 }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(found == 300)
        try await server.stop()
    }

    @Test("Too many lookups are refused, a silent name server is a time-out, and closing fails what is left")
    func silence() async throws {
        // Nobody listens: port 9 (discard) of an address that answers with nothing.
        let forwarder = try #require(Forwarder("192.0.2.1@9"))
        let resolver = try Resolver(
            ResolverConfiguration(
                upstream: .forwarders([forwarder]),
                timeout: .milliseconds(300),
                maximumOutstanding: 2
            )
        )
        async let first = Self.failure(resolver, "a.example")
        async let second = Self.failure(resolver, "b.example")
        async let third = Self.failure(resolver, "c.example")
        let failures = await [first, second, third]
        #expect(failures.filter { $0 == .overloaded }.count == 1)
        // A machine without a route to the network says so at once, which is a failure as well.
        #expect(failures.allSatisfy { $0?.isAbsence == false })

        let other = try Resolver(ResolverConfiguration(upstream: .forwarders([forwarder])))
        other.close()
        #expect(await Self.failure(other, "a.example") == .closed)
    }

    @Test(
        "What is no name is refused",
        arguments: ["", "a b", "a\u{0}b", "bücher.example", String(repeating: "a", count: 300), "a..b"]
    )
    func names(name: String) async throws {
        let forwarder = try #require(Forwarder("127.0.0.1@9"))
        let resolver = try Resolver(ResolverConfiguration(upstream: .forwarders([forwarder])))
        #expect(await Self.failure(resolver, name) == .invalidName(name))
    }

    @Test("The name server's return is noticed")
    func returning() async throws {
        let server = try await NameServer(zones: ["partner.test": Self.records])
        let resolver = try Self.resolver(server, timeout: .seconds(2))
        #expect(try await resolver.addresses("host2.partner.test").records == ["127.0.0.3"])
        try await server.stop()
        #expect(await Self.failure(resolver, "host1.partner.test")?.isAbsence == false)
        let again = try await NameServer(zones: ["partner.test": Self.records], port: server.port)
        try await eventually("an answer") { await Self.failure(resolver, "host1.partner.test") == nil }
        try await again.stop()
    }

    private static func failure(_ resolver: Resolver, _ name: String) async -> LookupError? {
        do {
            _ = try await resolver.lookup(name, .a)
            return nil
        } catch {
            return error
        }
    }
}
