import Messaging
import NetworkKit
import Policy
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("Limits of connections, handshakes and negotiation", .timeLimit(.minutes(5)))
struct LimitTests {
    static let connectionLimits: [(ConnectionLimits, answer: String, name: LimitName, rule: String)] = [
        (ConnectionLimits(maximum: 1), "resource-constraint", .connections, "limits.connections=1"),
        (
            ConnectionLimits(maximumPerClient: 1), "policy-violation", .connectionsPerAddress,
            "limits.connections-per-address=1"
        ),
        (
            ConnectionLimits(arrivals: .init(perSecond: 1, burst: 1)), "policy-violation", .connectionRate,
            "limits.connection-rate=1, limits.connection-burst=1"
        ),
    ]

    @Test("A connection over a limit is told so in a stream of its own, counted, and recorded with the setting")
    func connections() async throws {
        for (limits, answer, name, rule) in Self.connectionLimits {
            let peers = try await VouchedPeers(connectionLimits: limits)
            let first = try await RawPeer(port: peers.gateway.port)
            try await first.send(HostilePeerTests.header())
            try await first.expect("</stream:features>")
            let second = try await RawPeer(port: peers.gateway.port)
            try await second.expect("<\(answer) xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\"/>")
            try await second.expect("</stream:stream>")
            try await second.expectEnd()
            #expect(peers.reached(name) == 1)
            let record = try #require(peers.gateway.refusals.values.first { $0.subject == "connection" })
            #expect(record.rule == rule)
            #expect(record.answer == answer && record.step == .connected && record.direction == .inbound)
            #expect(record.peer == "127.0.0.1" && record.peerPort != nil)
            #expect(!first.isClosed)
            try await peers.stop()
        }
    }

    @Test(
        "CVE-2021-32920: an address that begins too many TLS handshakes is refused before the next one, on both ports"
    )
    func handshakes() async throws {
        var limits = Limits()
        (limits.handshakeRate, limits.handshakeBurst) = (1, 1)
        let gateway = try await HostilePeerTests.gateway(
            Partner(domain: "partner.example", kind: .federated),
            limits: limits
        )
        let first = try await RawPeer(port: gateway.port)
        try await first.send(HostilePeerTests.header())
        try await first.expect("<required/>")
        // A flood: the budget fills by one a second.
        var refused = false
        for _ in 0..<10 where !refused {
            let peer = try await RawPeer(port: gateway.port)
            try await peer.send(HostilePeerTests.header())
            try await eventually("an answer") { peer.received.contains("</stream:") }
            refused = peer.received.contains("<policy-violation")
        }
        #expect(refused)
        let record = try #require(gateway.refusals.values.first { $0.reason == .rateLimit })
        #expect(record.rule == "limits.handshake-rate=1, limits.handshake-burst=1")
        #expect(record.partner == "partner.example" && record.step == .header)
        #expect(gateway.value("isthmus_xmpp_tls_handshakes_total{direction=\"inbound\",outcome=\"refused\"}") > 0)
        try await eventually("a refusal on the port for direct TLS") {
            let direct = try await RawPeer(port: gateway.directPort)
            defer { direct.close() }
            return gateway.refusals.values.contains { $0.reason == .rateLimit && $0.remoteDomain.isEmpty }
        }
        try await gateway.stop()
    }

    /// What is sent, and the limit that ends it.
    static let floods: [(String, rule: String, @Sendable (inout Limits) -> Void)] = [
        (String(repeating: " ", count: 9_000), "limits.negotiation-size=8192", { $0.negotiationBytes = 8_192 }),
        (
            "<m>" + String(repeating: "x", count: 5_000), "limits.negotiation-element-size=4096",
            { $0.negotiationElementBytes = 4_096 }
        ),
        (
            "<m>" + String(repeating: "<m/>", count: 20) + "</m>", "limits.negotiation-elements=16",
            { $0.negotiationElements = 16 }
        ),
        (
            "<m" + (0..<14).map { " a\($0)=''" }.joined() + "/>", "limits.negotiation-attributes=12",
            { $0.negotiationAttributes = 12 }
        ),
        (String(repeating: "<m>", count: 5), "limits.negotiation-depth=4", { $0.negotiationDepth = 4 }),
    ]

    @Test("Each setting of what may be sent before authentication is enforced with policy-violation")
    func negotiation() async throws {
        for (bytes, rule, change) in Self.floods {
            var limits = Limits()
            change(&limits)
            let peers = try await VouchedPeers(limits: limits)
            let peer = try await peers.opened()
            try await peer.send(bytes)
            try await peer.expect("<policy-violation xmlns=")
            try await peer.expectEnd()
            #expect(peers.reached(.negotiationSize) == 1)
            let record = try #require(peers.gateway.refusals.values.first { $0.subject == "stream" })
            #expect(record.partner == "partner.example" && record.answer == "policy-violation")
            #expect(record.reason == .sizeLimit && record.rule == rule && record.step == .header)
            try await peers.stop()
        }
    }

    @Test("Slow-loris: a peer that sends a byte at a time, however steadily, has no longer than any other")
    func slowLoris() async throws {
        let settings = GatewaySettings(streamEstablishmentTimeout: 1, xmppAccess: true)
        let peers = try await VouchedPeers(settings: settings)
        let peer = try await peers.opened()
        try await eventually("the end of its time") {
            try? await peer.send(" ")
            return peer.received.contains("<connection-timeout xmlns=")
        }
        try await peer.expectEnd()
        #expect(peers.reached(.establishmentTime) == 1)
        let record = try #require(peers.gateway.refusals.values.first { $0.reason == .deadlineExceeded })
        #expect(record.rule == "settings: stream-establishment-timeout=1")
        try await peers.stop()
    }

    /// What drips in, one byte at a time and again and again, and whether it is on the port for direct TLS.
    static let drips: [(String, prelude: String, isDirect: Bool)] = [
        // White space before the header, a header that never ends, in an attribute and between two.
        ("\n", "", false), ("x", "<stream:stream xmlns='", false), (" ", "<stream:stream", false),
        // An element that never ends, a text in one, elements inside one another below every limit.
        ("x", HostilePeerTests.header() + "<db:result from='", false), ("x", HostilePeerTests.header() + "<m>", false),
        // A TLS record that is said to be 16 000 bytes long: a ClientHello that never ends.
        ("\u{1}", "\u{16}\u{3}\u{1}\u{3E}\u{7F}\u{1}\u{0}\u{3E}\u{7B}\u{3}\u{3}", true),
    ]

    @Test(
        "Slow-loris: before its header, inside an element and inside a handshake, a peer that drips has its deadline",
        arguments: drips.indices
    )
    func drip(index: Int) async throws {
        let (byte, prelude, isDirect) = Self.drips[index]
        let settings = GatewaySettings(streamEstablishmentTimeout: 1, xmppAccess: true)
        let peers = try await VouchedPeers(settings: settings)
        let peer = try await RawPeer(port: isDirect ? peers.gateway.directPort : peers.gateway.port)
        for character in prelude.unicodeScalars { try await peer.send(String(character)) }
        try await eventually("the end of its time") {
            for character in byte.unicodeScalars { try? await peer.send(String(character)) }
            return peer.isClosed
        }
        if !isDirect { #expect(peer.received.contains("<connection-timeout xmlns=")) }
        #expect(peers.reached(.establishmentTime) == 1)
        #expect(peers.gateway.refusals.values.contains { $0.reason == .deadlineExceeded })
        #expect(peers.gateway.value("isthmus_xmpp_limits_total{limit=\"negotiation-size\"}") == 0)
        try await peers.stop()
    }

    @Test(
        "RFC 6120 §13.12: a stanza of 10 000 bytes is taken under the smallest setting, a larger one is policy-violation"
    )
    func stanzaSize() async throws {
        var limits = Limits()
        limits.stanzaBytes = 10_000
        let peers = try await VouchedPeers(limits: limits)
        let peer = try await peers.authenticated()
        let room = 10_000 - VouchedPeers.message("").utf8.count
        let text = String(repeating: "x", count: room)
        try await peer.send(VouchedPeers.message(text))
        try await eventually("the large stanza") { peers.gateway.sip.texts == [text] }
        try await peer.send(VouchedPeers.message(text + String(repeating: "y", count: 200)))
        try await peer.expect("<policy-violation xmlns=")
        try await peer.expectEnd()
        #expect(peers.reached(.stanzaSize) == 1)
        let record = try #require(peers.gateway.refusals.values.first { $0.reason == .sizeLimit })
        #expect(record.rule == "limits.stanza-size=10000" && record.step == .established)
        #expect(peers.gateway.sip.texts == [text])
        try await peers.stop()
    }
}
