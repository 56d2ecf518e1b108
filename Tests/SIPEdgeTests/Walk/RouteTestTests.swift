import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("isthmusctl test route: a sip-edge asks the servers of a route", .tags(.sip), .timeLimit(.minutes(5)))
struct RouteTestTests {
    private static func test(_ edge: TestEdge, _ route: String = "r") async -> [TestStep] {
        await edge.edge.server.test(RouteTest(route: route))
    }

    private static func route(
        _ port: Int,
        _ transport: StaticRoute.Transport = .tcp,
        _ host: String = "127.0.0.1"
    ) -> StaticRoute {
        StaticRoute(id: "r", domain: "sip.test", nextHop: host, port: port, transport: transport)
    }

    private static func outcomes(_ steps: [TestStep]) -> [String] { steps.map { "\($0.name) \($0.outcome.rawValue)" } }

    @Test("A good server over TCP: asked over a connection of the test's own, which is closed again, and may send back")
    func good() async throws {
        let phone = Phone()
        phone.answer { request in
            var response = request.response(Status(200), tag: "x")
            if request.method == .options { response.headers.append(.server, "Scripted/1") }
            return response
        }
        let edge = try await TestEdge(routes: [Self.route(try await phone.listen())])
        #expect(try await edge.send(MessageTests.text("before")).isSuccess)
        let connections = phone.closedConnections
        let steps = await Self.test(edge)
        #expect(
            Self.outcomes(steps) == ["address good", "connection good", "OPTIONS good", "host authorization good"],
            "\(steps)"
        )
        #expect(
            steps.first { $0.name == "OPTIONS" }?.text.contains("200 OK, and says it is Scripted/1") == true,
            "\(steps)"
        )
        try await eventually("the connection of the test to be closed, and no other") {
            phone.closedConnections == connections + 1
        }
        #expect(try await edge.send(MessageTests.text("after")).isSuccess)
        #expect(phone.closedConnections == connections + 1)
        #expect(await edge.edge.server.hops.keys.contains { $0.test != nil } == false)
        await edge.stop()
    }

    static let answers: [(status: Int?, step: String, reason: RefusalReason?)] = [
        (403, "OPTIONS warning", .peerRefused), (503, "OPTIONS bad", .nextHopUnreachable),
        (405, "OPTIONS good", nil), (nil, "OPTIONS bad", .nextHopTimeout),
    ]

    @Test("What the server answers, or does not, is told; messages go there as before", arguments: answers)
    func answered(_ status: Int?, _ step: String, _ reason: RefusalReason?) async throws {
        let phone = Phone()
        phone.answer { request in
            guard request.method == .options else { return request.response(Status(200), tag: "x") }
            return status.map { request.response(Status($0), tag: "x") }
        }
        let edge = try await TestEdge(
            routes: [Self.route(try await phone.listen())],
            settings: ["sip.answer-timeout": "1s"]
        )
        let steps = await Self.test(edge)
        let options = try #require(steps.first { $0.name == "OPTIONS" })
        #expect("\(options.name) \(options.outcome.rawValue)" == step && options.reason == reason, "\(steps)")
        #expect(try await edge.send(MessageTests.text("Hello")).isSuccess)
        await edge.stop()
    }

    static let certificates: [(names: String, isTrusted: Bool, host: String?, steps: [String])] = [
        (
            "DNS:localhost", true, "localhost",
            ["TLS good", "certificate good", "OPTIONS good", "host authorization good"]
        ),
        (
            "DNS:localhost", true, nil,
            ["TLS good", "certificate good", "OPTIONS good", "host authorization warning"]
        ),
        ("DNS:elsewhere.test", true, "localhost", ["TLS good", "certificate bad"]),
        ("DNS:localhost", false, "localhost", ["TLS good", "certificate bad"]),
    ]

    @Test("Over TLS we show our certificate, and the server's is judged as for messages", arguments: certificates)
    func secured(_ names: String, _ isTrusted: Bool, _ host: String?, _ expected: [String]) async throws {
        let trust = try SecureTests.Trust()
        let stranger = try SecureTests.Trust()
        let phone = Phone()
        let port = try await phone.listen(try (isTrusted ? trust : stranger).context(names))
        let edge = try await TestEdge(
            routes: [Self.route(port, .tls, "localhost")],
            hosts: host.map { [HostAuthorization(host: $0)] } ?? [],
            identities: [trust.edge],
            roots: trust.authority.rootPEM
        )
        let steps = await Self.test(edge)
        #expect(Self.outcomes(steps) == ["address good", "connection good"] + expected, "\(steps)")
        #expect(steps.first { $0.name == "TLS" }?.text.contains("we show ours for sip.sip.test") == true, "\(steps)")
        #expect(steps.filter { $0.outcome == .bad }.allSatisfy { !$0.remedy.isEmpty && $0.reason != nil })
        #expect(phone.peerNames.allSatisfy { $0.contains("sip.sip.test") })
        await edge.stop()
    }

    @Test("Nobody listens there; the route is not known, or not enabled; the tests at a time are few")
    func refused() async throws {
        let silent = Phone()
        silent.answer { _ in nil }
        var idle = Self.route(try await silent.listen())
        idle.id = "idle"
        idle.isEnabled = false
        let edge = try await TestEdge(
            routes: [Self.route(try FreePort.any()), idle],
            settings: ["sip.answer-timeout": "1s"]
        )
        let refused = await Self.test(edge)
        #expect(Self.outcomes(refused) == ["address good", "connection bad"], "\(refused)")
        #expect(refused.last?.reason == .nextHopUnreachable && refused.last?.remedy.contains("firewall") == true)
        #expect(await Self.test(edge, "other").map(\.reason) == [.noRoute])
        let results = await withTaskGroup(of: [TestStep].self) { group in
            for _ in 0...SIPServer.simultaneousRouteTests { group.addTask { await Self.test(edge, "idle") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0.last?.reason == .queueFull } == 1, "\(results)")
        let others = results.filter { $0.last?.reason != .queueFull }
        #expect(others.allSatisfy { $0.first?.text.contains("not enabled") == true }, "\(others)")
        #expect(others.allSatisfy { $0.last?.reason == .nextHopTimeout }, "\(others)")
        await edge.stop()
    }

    @Test(
        "Each server that DNS names is asked, over UDP as well; a name that DNS does not have is told",
        .enabled(if: NameServer.isInstalled)
    )
    func servers() async throws {
        let (busy, good) = (Phone(), Phone())
        busy.answer { $0.response(Status(503), tag: "x") }
        let (busyPort, goodPort) = (try await busy.listen(), try await good.listen())
        let names = try await NameServer(zones: [
            "pool.test": """
            _sip._tcp SRV 10 0 \(busyPort) one
            _sip._tcp SRV 20 0 \(goodPort) two
            one A 127.0.0.1
            two A 127.0.0.1
            """
        ])
        var route = Self.route(0, .tcp, "pool.test")
        let edge = try await TestEdge(
            routes: [
                route, StaticRoute(id: "none", domain: "x.test", nextHop: "none.pool.test", port: 0, transport: .tls),
            ],
            settings: ["resolver.servers": names.address]
        )
        let steps = await Self.test(edge)
        #expect(
            Self.outcomes(steps).filter { !$0.hasPrefix("host") } == [
                "DNS good", "address good", "connection good", "OPTIONS bad", "address good", "connection good",
                "OPTIONS good",
            ],
            "\(steps)"
        )
        #expect(steps.first?.text.contains("one.pool.test:\(busyPort) (tcp)") == true, "\(steps)")
        let none = await Self.test(edge, "none")
        #expect(none.last?.outcome == .bad && none.last?.reason == .nextHopUnreachable, "\(none)")
        let answering = DatagramPhone()
        route = Self.route(try await answering.listen(), .udp)
        edge.control.change(.route(route))
        try await eventually("the change has arrived") {
            await edge.edge.server.policy.route(id: "r")?.transport == .udp
        }
        let datagrams = await Self.test(edge)
        #expect(
            Self.outcomes(datagrams) == ["address good", "OPTIONS good", "host authorization good"],
            "\(datagrams)"
        )
        await edge.stop()
        try await answering.close()
        try await names.stop()
    }
}
