import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("connection-limit of partners and of the gateway", .timeLimit(.minutes(5)))
struct StreamLimitTests {
    static let limits: [(partner: Int, global: Int, all: Int, answer: String, rule: String, name: LimitName)] = [
        (1, 20, 1000, "policy-violation", "partner partner.example: connection-limit=1", .partnerStreams),
        (20, 1, 1000, "policy-violation", "settings: partner-connection-limit=1", .partnerStreams),
        (20, 20, 1, "resource-constraint", "settings: connection-limit=1", .streams),
    ]

    private static func peers(_ limits: (partner: Int, global: Int, all: Int)) async throws -> VouchedPeers {
        try await VouchedPeers(
            connectionLimit: limits.partner,
            settings: GatewaySettings(
                connectionLimit: limits.all,
                partnerConnectionLimit: limits.global,
                xmppAccess: true
            )
        )
    }

    @Test("A stream over the limit is refused at its header; one that ends makes room", arguments: limits)
    func inbound(partner: Int, global: Int, all: Int, answer: String, rule: String, name: LimitName) async throws {
        let peers = try await Self.peers((partner, global, all))
        let first = try await peers.authenticated()
        let second = try await RawPeer(port: peers.gateway.port)
        try await second.send(HostilePeerTests.header())
        try await second.expect("<\(answer) xmlns=")
        try await second.expectEnd()
        #expect(peers.reached(name) == 1)
        let record = try #require(peers.gateway.refusals.values.first { $0.reason == .connectionLimit })
        #expect(record.rule == rule && record.answer == answer && record.partner == "partner.example")
        try await first.send("</stream:stream>")
        try await first.expectEnd()
        first.close()
        try await eventually("room") {
            let next = try await RawPeer(port: peers.gateway.port)
            defer { next.close() }
            try await next.send(HostilePeerTests.header())
            try await eventually("an answer") { next.received.contains("</stream:") }
            return next.received.contains("</stream:features>")
        }
        try await peers.stop()
    }

    @Test("One more pair of domains than a stream may have: an error of dialback, a record with the setting, a count")
    func pairs() async throws {
        let peers = try await VouchedPeers(limits: Limits(verification: VerificationLimits(pairs: 1)))
        let peer = try await peers.authenticated()
        try await peer.send("<db:result from='other.example' to='sip.example'>key</db:result>")
        try await peer.expect("<resource-constraint")
        #expect(peers.reached(.pairsPerStream) == 1)
        let record = try #require(peers.gateway.refusals.values.first { $0.reason == .connectionLimit })
        #expect(record.rule == "limits.pairs-per-stream=1" && record.answer == "resource-constraint")
        #expect(record.remoteDomain == "other.example" && record.text.contains("1 pairs of domains"))
        // Who has its place keeps it.
        try await peer.send(VouchedPeers.message("still here"))
        try await eventually("the message") { peers.gateway.sip.texts == ["still here"] }
        try await peers.stop()
    }

    @Test("Two that negotiate at the same time do not both get in: the second is ended as soon as it is authenticated")
    func race() async throws {
        let peers = try await Self.peers((1, 20, 1000))
        let (first, second) = (try await peers.opened(), try await peers.opened())
        for peer in [first, second] {
            try await peer.send(try VouchedPeers.key(peer.received))
        }
        try await eventually("one to be ended") {
            [first, second].contains { $0.received.contains("<policy-violation xmlns=") }
        }
        try await eventually("the other to be in") {
            [first, second].contains { $0.received.contains("type=\"valid\"") && !$0.received.contains("<policy-vio") }
        }
        #expect(
            await peers.gateway.federation.streams(StreamQuery()).streams.filter { $0.state == "established" }.count
                <= 1
        )
        try await peers.stop()
    }

    @Test("The limit holds for streams that we open: what waits for one is bounced with the reason", arguments: limits)
    func outbound(partner: Int, global: Int, all: Int, answer: String, rule: String, name: LimitName) async throws {
        let peers = try await Self.peers((partner, global, all))
        _ = try await peers.authenticated()
        let gateway = peers.gateway
        _ = try await gateway.sip.send([message("x", from: "b@sip.example", to: "a@partner.example")])
        try await eventually("the fate") { gateway.sip.answers.values.count == 1 }
        guard case .failure(let failure)? = gateway.sip.answers.values.first?.result else {
            Issue.record("sent beyond the limit")
            return
        }
        #expect(failure.condition == .resourceConstraint && failure.reason == .connectionLimit)
        let record = try #require(gateway.refusals.values.first { $0.direction == .outbound && $0.subject == "stream" })
        #expect(record.rule == rule && record.reason == .connectionLimit)
        try await peers.stop()
    }

    @Test("A limit of one is one: a stream that authenticates by certificate and opens anew is not in its own way")
    func one() async throws {
        let (first, second) = try await GatewayFederationTests.pair(
            one: Partner(domain: "two.example", kind: .federated, connectionLimit: 1),
            two: Partner(domain: "one.example", kind: .federated, connectionLimit: 1)
        )
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the message") { second.sip.texts == ["hello"] }
        let label = "direction=\"inbound\""
        let authenticated = "isthmus_xmpp_streams_authenticated_total{partner=\"one.example\",\(label)"
        #expect(second.value(authenticated + ",method=\"sasl-external\"}") == 1)
        #expect(second.value("isthmus_xmpp_stream_attempts_total{partner=\"one.example\",\(label)}") == 1)
        #expect(second.value("isthmus_xmpp_tls_handshakes_total{\(label),outcome=\"completed\"}") == 1)
        #expect(second.value("isthmus_xmpp_certificates_total{\(label),chain=\"trusted\",identity=\"matches\"}") == 1)
        #expect(
            first.value(
                "isthmus_xmpp_streams_authenticated_total{partner=\"two.example\",direction=\"outbound\",method=\"sasl-external\"}"
            ) == 1
        )
        try await GatewayFederationTests.stop(first, second)
        #expect(
            second.metrics.prometheusText().contains(
                "isthmus_xmpp_streams_ended_total{partner=\"one.example\",\(label)"
            )
        )
    }
}
