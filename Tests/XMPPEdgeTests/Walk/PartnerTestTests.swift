import DNS
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire
import XMPPCore

@testable import XMPPEdge

@Suite("isthmusctl test partner: an xmpp-edge walks", .timeLimit(.minutes(5)))
struct PartnerTestTests {
    private static func test(_ gateway: TestGateway, _ remote: String) async -> [TestStep] {
        await gateway.federation.router.test(PartnerTest(local: gateway.domain, remote: remote))
    }

    private static func streams(_ gateway: TestGateway) async -> [LiveStream] {
        await gateway.federation.streams(StreamQuery()).streams
    }

    /// Rows of SPEC §3 that differ in their methods.
    static let rows = Matrix.rows.filter { [2, 7, 9, 13, 15, 17].contains($0.number) }

    @Test("What it says is what a message meets: every combination of SPEC §3, and nothing is sent", arguments: rows)
    func saysWhatTrafficMeets(_ row: Matrix.Row) async throws {
        let all = Matrix.Combination.all(of: row)
        let behaviours = try Matrix.Combination.behaviours(of: all)
        let log = CalledPeer.Log()
        let server = try await CalledPeer.listen(log) { behaviours[$0] }
        let gateway = try await Matrix.gateway(all.map { row.partner($0.domain, port: server.port) })
        for combination in all {
            let steps = await Self.test(gateway, combination.domain)
            let bad = steps.filter { $0.outcome == .bad }
            switch combination.expectedWhenCalling {
            case .established(let method):
                #expect(bad.isEmpty, "\(combination.domain): \(steps)")
                let words =
                    switch method {
                    case .saslTLS: "proven by SASL EXTERNAL"
                    case .tlsDialback: "proven by dialback inside TLS"
                    case .tcpDialback: "proven by dialback in the clear"
                    }
                #expect(steps.last?.text.contains(words) == true, "\(combination.domain): \(steps)")
            case .refused(_, let reason):
                #expect(bad.last?.reason == reason, "\(combination.domain): \(steps)")
                #expect(bad.last?.remedy.isEmpty == false, "\(combination.domain): \(steps)")
            }
        }
        #expect(log.stanzas.isEmpty && gateway.refusals.values.isEmpty)
        try await eventually("the streams of the tests to be closed") {
            gateway.edgeMetrics.outboundStreams.value == 0
        }
        try await gateway.stop()
        try await server.close().get()
    }

    @Test(
        "A live stream is left alone: the test has one of its own, which is closed again, and is called back for its key"
    )
    func live() async throws {
        for (sasl, proof) in [(Negotiation.required, "SASL EXTERNAL"), (.notSupported, "dialback inside TLS")] {
            func partner(_ domain: String) -> Partner {
                Partner(domain: domain, kind: .federated, sasl: sasl, dialback: sasl == .notSupported)
            }
            let (first, second) = try await GatewayFederationTests.pair(
                one: partner(GatewayFederationTests.two),
                two: partner(GatewayFederationTests.one)
            )
            _ = try await first.sip.send([message("before", from: "juliet@one.example", to: "romeo@two.example")])
            try await eventually("the message to arrive") { second.sip.texts == ["before"] }
            let before = await Self.streams(first).filter { $0.direction == .outbound }.map(\.id)
            let steps = await Self.test(first, second.domain)
            #expect(!steps.contains { $0.outcome == .bad } && steps.last?.text.contains(proof) == true, "\(steps)")
            try await eventually("the stream of the test to be closed at both sides") {
                let ours = await Self.streams(first).filter { $0.direction == .outbound }.map(\.id)
                let theirs = await Self.streams(second).filter {
                    $0.direction == .inbound && $0.sent + $0.received == 0
                }
                return ours == before && theirs.isEmpty && first.edgeMetrics.outboundStreams.value <= 1
            }
            _ = try await first.sip.send([message("after", from: "juliet@one.example", to: "romeo@two.example")])
            try await eventually("the next message to arrive") { second.sip.texts == ["before", "after"] }
            #expect(await Self.streams(first).filter { $0.direction == .outbound }.map(\.id) == before)
            try await GatewayFederationTests.stop(first, second)
        }
    }

    @Test("A partner that has all its streams is not tested by one more; what there is carries messages")
    func limited() async throws {
        var partner = Partner(domain: GatewayFederationTests.two, kind: .federated)
        partner.connectionLimit = 1
        let (first, second) = try await GatewayFederationTests.pair(one: partner, bidirectional: (false, false))
        _ = try await first.sip.send([message("before", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message to arrive") { second.sip.texts == ["before"] }
        let steps = await Self.test(first, second.domain)
        let step = try #require(steps.last)
        #expect(step.name == "limits" && step.outcome == .warning && step.reason == .connectionLimit, "\(steps)")
        #expect(step.text.contains("connection-limit=1"), "\(steps)")
        try await GatewayFederationTests.stop(first, second)
    }

    // MARK: - What fails before there is a stream

    private static func gateway(
        _ partner: Partner,
        settings: GatewaySettings = GatewaySettings(xmppAccess: true),
        resolver: ResolverConfiguration = ResolverConfiguration(upstream: .forwarders([]))
    ) async throws -> TestGateway {
        let gateway = try await Matrix.gateway([partner], resolver: resolver)
        try await gateway.federate(with: [partner], settings: settings)
        return gateway
    }

    @Test("Nobody listens there; it is this gateway itself; it is no partner")
    func unreachable() async throws {
        var partner = Partner(domain: "xmpp.example", kind: .federated, proxyFQDN: "127.0.0.1:\(try FreePort.any())")
        let gateway = try await Self.gateway(partner)
        let refused = await Self.test(gateway, "xmpp.example")
        #expect(refused.map(\.name) == ["DNS", "address", "connection"])
        #expect(refused.last?.outcome == .bad && refused.last?.reason == .connectionFailed)
        #expect(refused.last?.remedy.contains("firewall") == true)
        partner.proxyFQDN = "127.0.0.1:\(gateway.port)"
        try await gateway.federate(with: [partner])
        let loop = await Self.test(gateway, "xmpp.example")
        #expect(loop.last?.outcome == .bad && loop.last?.reason == .loop)
        let stranger = await Self.test(gateway, "stranger.example")
        #expect(stranger.map(\.name) == ["policy"] && stranger.last?.reason == .unknownPartner)
        try await gateway.stop()
    }

    @Test(
        "A server that says nothing ends the test in its time, and what was waited for is told; the tests at a time are few"
    )
    func silence() async throws {
        let server = try await SilentServer()
        let partner = Partner(domain: "xmpp.example", kind: .federated, proxyFQDN: "127.0.0.1:\(server.port)")
        var settings = GatewaySettings(xmppAccess: true)
        settings.streamEstablishmentTimeout = 2
        let gateway = try await Self.gateway(partner, settings: settings)
        let count = OutboundStreams.simultaneousTests + 1
        let results = await withTaskGroup(of: [TestStep].self) { group in
            for _ in 0..<count { group.addTask { await Self.test(gateway, "xmpp.example") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0.last?.reason == .queueFull } == 1, "\(results)")
        let silent = results.filter { $0.last?.reason == .deadlineExceeded }
        #expect(silent.count == OutboundStreams.simultaneousTests, "\(results)")
        #expect(silent.first?.last?.text.contains("the peer's first word") == true)
        #expect(silent.first?.last?.outcome == .bad && silent.first?.first?.outcome != .bad)
        #expect(server.counts.all == OutboundStreams.simultaneousTests)
        // A test that is under way when the edge stops ends with what it has.
        settings.streamEstablishmentTimeout = 60
        try await gateway.federate(with: [partner], settings: settings)
        async let last = Self.test(gateway, "xmpp.example")
        try await eventually("the connection of the test") {
            server.counts.all == OutboundStreams.simultaneousTests + 1
        }
        try await gateway.stop()
        let ended = await last
        #expect(ended.contains { $0.name == "connection" && $0.outcome == .good }, "\(ended)")
        #expect(ended.last?.reason == .shuttingDown, "\(ended)")
        try await server.stop()
    }

    @Test(
        "What DNS says: servers in their order, one that is down before one that works; none at all",
        .enabled(if: NameServer.isInstalled, "needs BIND")
    )
    func names() async throws {
        let log = CalledPeer.Log()
        let tls = try Matrix.context(.good)
        let server = try await CalledPeer.listen(log) { _ in
            CalledPeer.Behaviour(startTLS: true, external: true, dialback: false, tls: tls)
        }
        let names = try await NameServer(
            zones: [
                "peer.example": """
                _xmpp-server._tcp.two SRV 0 0 \(try FreePort.any()) edge
                _xmpp-server._tcp.two SRV 1 0 \(server.port) edge
                _xmpp-server._tcp.none SRV 0 0 0 .
                _xmpp-server._tcp.nameless SRV 0 0 5269 nobody
                edge A 127.0.0.1
                """
            ]
        )
        let gateway = try await Matrix.gateway(
            ["two", "none", "nameless"].map { Partner(domain: "\($0).peer.example", kind: .federated) },
            resolver: ResolverConfiguration(upstream: .forwarders([try #require(Forwarder("127.0.0.1@\(names.port)"))]))
        )
        let two = await Self.test(gateway, "two.peer.example")
        #expect(!two.contains { $0.outcome == .bad }, "\(two)")
        #expect(two.first?.text.contains("edge.peer.example:\(server.port)") == true, "\(two)")
        #expect(two.contains { $0.name == "connection" && $0.outcome == .warning }, "\(two)")
        #expect(two.last?.name == "stream", "\(two)")
        let none = await Self.test(gateway, "none.peer.example")
        #expect(none.map(\.name) == ["DNS"] && none.first?.reason == .dnsFailed && none.first?.outcome == .bad)
        #expect(none.first?.remedy.contains("dig SRV") == true)
        let nameless = await Self.test(gateway, "nameless.peer.example")
        #expect(nameless.map(\.name) == ["DNS", "address"] && nameless.last?.reason == .dnsFailed, "\(nameless)")
        try await gateway.stop()
        try await server.close().get()
        try await names.stop()
    }
}
