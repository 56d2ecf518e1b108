import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Next hops: found in DNS, reached by the peer's connection, and what is known of them", .tags(.sip), .serialized)
struct NextHopTests {
    private static func route(_ host: String, _ transport: StaticRoute.Transport, _ priority: Int = 1) -> StaticRoute {
        StaticRoute(
            id: "r\(priority)",
            domain: "sip.test",
            nextHop: host,
            port: 0,
            transport: transport,
            priority: priority
        )
    }

    // MARK: - RFC 3263

    @Test(
        "A next hop without a port is found by SRV, and its servers are tried in order (RFC 3263 §4.3)",
        .enabled(if: NameServer.isInstalled)
    )
    func servers() async throws {
        let busy = Phone()
        busy.answer { $0.response(Status(503), tag: "x") }
        let good = Phone()
        let busyPort = try await busy.listen()
        let goodPort = try await good.listen()
        let names = try await NameServer(zones: [
            "pool.test": """
            _sip._tcp SRV 10 0 \(try FreePort.any()) one
            _sip._tcp SRV 20 0 \(busyPort) two
            _sip._tcp SRV 30 0 \(goodPort) three
            one A 127.0.0.1
            two A 127.0.0.1
            three A 127.0.0.1
            """
        ])
        let edge = try await TestEdge(
            routes: [Self.route("pool.test", .tcp)],
            settings: ["resolver.servers": names.address]
        )
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(good.requests.count == 1)
        let name = "tcp:two.pool.test:\(busyPort) of pool.test"
        try await eventually("the second is known to be down") {
            await edge.edge.server.nextHops().first { $0.name == name }?.state == .down
        }
        // What DNS has said serves on without it.
        try await names.stop()
        #expect(try await edge.send(MessageTests.text("Again")) == .success(Taken()))
        await edge.stop()
    }

    @Test("With the transport auto NAPTR says how it is reached", .enabled(if: NameServer.isInstalled))
    func pointed() async throws {
        let phone = DatagramPhone()
        let port = try await phone.listen()
        let names = try await NameServer(zones: [
            "pool.test": """
            @ NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.hosted.test.
            _sip._tcp SRV 0 0 \(try FreePort.any()) tcp
            """,
            "hosted.test": """
            _sip._udp SRV 0 0 \(port) udp
            udp A 127.0.0.1
            """,
        ])
        let edge = try await TestEdge(
            routes: [Self.route("pool.test", .auto)],
            settings: ["resolver.servers": names.address]
        )
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        #expect(phone.requests.count == 1)
        await edge.stop()
        try await names.stop()
    }

    @Test(
        "A domain that says it has no SIP server is a failure that says so; another route is tried",
        .enabled(if: NameServer.isInstalled)
    )
    func refusedByDNS() async throws {
        let names = try await NameServer(zones: ["none.test": "_sips._tcp SRV 0 0 0 ."])
        let settings = ["resolver.servers": names.address]
        let edge = try await TestEdge(routes: [Self.route("none.test", .tls)], settings: settings)
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hello")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .nextHopUnreachable)
        #expect(failure.text.contains("does not offer the service"))
        let status = try #require(await edge.edge.server.nextHops().first)
        #expect(status.state == .notFound && status.name == "tls:none.test" && status.routes == ["r1"])
        let phone = Phone()
        let port = try await phone.listen()
        edge.control.change(
            .route(
                StaticRoute(id: "2", domain: "sip.test", nextHop: "127.0.0.1", port: port, transport: .tcp, priority: 2)
            )
        )
        try await eventually("the change has arrived") { await edge.edge.server.policy.route(id: "2") != nil }
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        await edge.stop()
        try await names.stop()
    }

    @Test(
        "Over TLS the server that DNS names must show the domain, not its own name (RFC 5922 §7.3)",
        .enabled(if: NameServer.isInstalled),
        arguments: [
            ("DNS:pool.test", true), ("URI:sip:pool.test", true), ("DNS:one.pool.test,URI:sip:pool.test", true),
            ("DNS:one.pool.test", false), ("DNS:*.test", false), ("DNS:pool.test,URI:sip:other.test", false),
            ("URI:sip:romeo@pool.test", false), ("URI:sips:pool.test", false), (nil, false),
        ]
    )
    func identity(_ shown: String?, _ isTaken: Bool) async throws {
        let trust = try SecureTests.Trust()
        let phone = Phone()
        let port = try await phone.listen(try trust.context(shown))
        let names = try await NameServer(zones: ["pool.test": "_sips._tcp SRV 0 0 \(port) one\none A 127.0.0.1"])
        let edge = try await TestEdge(
            routes: [Self.route("pool.test", .tls)],
            identities: [trust.edge],
            roots: trust.authority.rootPEM,
            settings: ["resolver.servers": names.address]
        )
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == isTaken)
        #expect(phone.requests.isEmpty != isTaken)
        await edge.stop()
        try await names.stop()
    }

    // MARK: - RFC 5923

    /// The next hop cannot be connected to: whatever arrives came by the peer's own connection.
    private static func unreachable(_ host: String, _ transport: StaticRoute.Transport) throws -> StaticRoute {
        StaticRoute(id: "r", domain: "sip.test", nextHop: host, port: try FreePort.any(), transport: transport)
    }

    @Test(
        "The connection that a next hop has made is used for requests to it: by its certificate, never by its address",
        arguments: [("DNS:lync.sip.test,DNS:sip.test", true), ("DNS:other.sip.test,DNS:sip.test", false)]
    )
    func byCertificate(_ names: String, _ isUsed: Bool) async throws {
        let trust = try SecureTests.Trust()
        let edge = try await TestEdge(
            routes: [try Self.unreachable("lync.sip.test", .tls)],
            hosts: [HostAuthorization(host: "lync.sip.test"), HostAuthorization(host: "other.sip.test")],
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        let phone = Phone()
        try await phone.connect(to: await edge.tlsPort(), try trust.context(names), showing: "peer")
        try await phone.send(try request(.options))
        try await eventually("the connection is secured") { !phone.responses.isEmpty }
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == isUsed)
        #expect(phone.requests.count == (isUsed ? 1 : 0))
        if isUsed {
            #expect(await edge.edge.server.nextHops().first?.connection == "connected by the peer")
            try await phone.hangUp()
            try await eventually("the connection is forgotten") {
                await edge.edge.server.nextHops().first?.connection != "connected by the peer"
            }
            #expect(await edge.edge.server.inboundByName.isEmpty)
        }
        await edge.stop()
    }

    @Test(
        "Over TCP only a connection whose Via offers it with alias is used, for the port that Via names",
        arguments: [(";alias", true), ("", false)]
    )
    func byAlias(_ parameter: String, _ isUsed: Bool) async throws {
        let route = try Self.unreachable("127.0.0.1", .tcp)
        let edge = try await TestEdge(routes: [route])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(
            try request(.options) {
                $0.headers[.via] = "SIP/2.0/TCP 127.0.0.1:\(route.port);branch=z9hG4bKalias\(parameter)"
            }
        )
        try await eventually("an answer") { !phone.responses.isEmpty }
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess == isUsed)
        #expect(phone.requests.count == (isUsed ? 1 : 0))
        await edge.stop()
    }

    // MARK: - State

    @Test("What is known of a next hop can be seen: whether it answers, why it failed, and until when it is tried last")
    func status() async throws {
        let phone = Phone()
        let port = try await phone.listen()
        let dead = try FreePort.any()
        let routes = [
            StaticRoute(id: "1", domain: "sip.test", nextHop: "127.0.0.1", port: port, transport: .tcp),
            StaticRoute(id: "2", user: "x", domain: "sip.test", nextHop: "127.0.0.1", port: port, transport: .tcp),
            StaticRoute(id: "3", domain: "sip.test", nextHop: "127.0.0.1", port: dead, transport: .tcp, priority: 2),
        ]
        let edge = try await TestEdge(routes: routes)
        try await eventually("both were probed") {
            let states = await edge.edge.server.nextHops().map(\.state)
            return states.contains(.up) && states.contains(.down)
        }
        let hops = await edge.edge.server.nextHops()
        let up = try #require(hops.first { $0.state == .up })
        #expect(up.routes.sorted() == ["1", "2"] && up.connection == "connected" && up.error.isEmpty)
        #expect(up.probedAt > 0 && up.answeredAt >= up.probedAt)
        let down = try #require(hops.first { $0.state == .down })
        #expect(down.name == "tcp:127.0.0.1:\(dead)" && down.routes == ["3"])
        #expect(!down.error.isEmpty && down.failedAt > 0 && down.downUntil > down.failedAt)
        await edge.stop()
    }
}
