import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("A peer that is too fast is read more slowly", .timeLimit(.minutes(5)))
struct BackPressureTests {
    static let rates: [(LimitName, @Sendable (inout Limits) -> Void)] = [
        (.byteRate, { ($0.byteRate, $0.byteBurst) = (200_000, 2_000) }),
        (.stanzaRate, { ($0.stanzaRate, $0.stanzaBurst) = (500, 5) }),
    ]

    @Test("Beyond the rate nothing is lost, nothing is refused and the order stays: it takes longer")
    func slowed() async throws {
        for (name, change) in Self.rates {
            var limits = Limits()
            change(&limits)
            let peers = try await VouchedPeers(limits: limits)
            let peer = try await peers.authenticated()
            let texts = (0..<300).map { "message \($0)" }
            for text in texts { try await peer.send(VouchedPeers.message(text)) }
            try await eventually("all of them", within: .seconds(60)) { peers.gateway.sip.texts.count == texts.count }
            #expect(peers.gateway.sip.texts == texts)
            #expect(peers.reached(name) > 0)
            #expect(peers.gateway.value("isthmus_xmpp_paused_total") > 0)
            try await eventually("the end of the last pause") {
                peers.gateway.value("isthmus_xmpp_paused_streams") == 0
            }
            #expect(peers.gateway.metrics.prometheusText().contains("isthmus_xmpp_paused_seconds_total 0.") == true)
            #expect(!peer.received.contains("stream:error"))
            try await peers.stop()
        }
    }

    @Test(
        "A paused peer is not read: the kernel's buffers fill until its writes block, and what was not read is not routed"
    )
    func kernelBuffersFill() async throws {
        var limits = Limits()
        // After the first large read the debt is hours.
        (limits.byteRate, limits.byteBurst) = (1, 4_096)
        let peers = try await VouchedPeers(limits: limits)
        let peer = try StubbornPeer(port: peers.gateway.port)
        _ = try peer.write(Array(HostilePeerTests.header().utf8))
        var received = ""
        func expect(_ text: String) async throws {
            try await eventually("\(text) in \(received)") {
                received += peer.read()
                return received.contains(text)
            }
        }
        try await expect("</stream:features>")
        _ = try peer.write(Array(try VouchedPeers.key(received).utf8))
        try await expect("type=\"valid\"")

        let chunk = Array(String(repeating: VouchedPeers.message("x"), count: 500).utf8)
        // All the kernel can keep, both ends together, is a few megabytes; a reader would take this and more.
        let most = 64 << 20
        var written = 0
        try await eventually("the peer to be paused") {
            written += try peer.write(chunk)
            return peers.gateway.value("isthmus_xmpp_paused_streams") == 1
        }
        while written < most {
            let count = try peer.write(chunk)
            written += count
            // Not a measure of time: were the edge reading, there would be room long before.
            if count == 0, !peer.isWritable(within: 1_000) { break }
        }
        #expect(written < most, "the kernel takes no more")
        #expect(!peer.isWritable(within: 0))
        let routed = peers.gateway.sip.texts.count * VouchedPeers.message("x").utf8.count
        #expect(routed < written / 2, "\(routed) bytes were read of \(written)")
        #expect(peers.reached(.byteRate) == 1, "paused once, not once per message")
        try await peers.stop()
    }

    @Test("A peer that is paused before it is authenticated still has its deadline")
    func deadline() async throws {
        var limits = Limits()
        (limits.byteRate, limits.byteBurst) = (1, 100)
        let peers = try await VouchedPeers(
            limits: limits,
            settings: GatewaySettings(streamEstablishmentTimeout: 1, xmppAccess: true)
        )
        let peer = try await peers.opened()
        try await eventually("the pause") { peers.gateway.value("isthmus_xmpp_paused_streams") == 1 }
        try await peer.expect("<connection-timeout xmlns=")
        try await peer.expectEnd()
        try await eventually("the end of the pause") { peers.gateway.value("isthmus_xmpp_paused_streams") == 0 }
        try await peers.stop()
    }

    @Test("A peer with too much under way is not read until half of it is settled")
    func unsettled() async throws {
        var limits = Limits()
        limits.unsettled = 10
        let peers = try await VouchedPeers(limits: limits)
        peers.gateway.sip.answer { _ in nil }
        let peer = try await peers.authenticated()
        try await peer.send((0..<10).map { VouchedPeers.message("\($0)") }.joined())
        try await eventually("the pause") { peers.gateway.value("isthmus_xmpp_paused_streams") == 1 }
        #expect(peers.reached(.unsettled) == 1)
        try await peers.stop()
    }

    @Test("What a partner has not acknowledged holds back the rest, in order, and nothing is lost")
    func unacknowledged() async throws {
        var limits = Limits()
        limits.unacknowledged = 1
        let (first, second) = try await GatewayFederationTests.pair(limits: limits)
        let from = "a@\(GatewayFederationTests.one)"
        let texts = (0..<50).map(String.init)
        _ = try await first.sip.send(texts.map { message($0, from: from, to: "b@\(GatewayFederationTests.two)") })
        try await eventually("their fates") { first.sip.answers.values.count == texts.count }
        try await eventually("all to arrive") { second.sip.texts.count == texts.count }
        #expect(second.sip.texts == texts)
        #expect(first.value("isthmus_xmpp_limits_total{limit=\"unacknowledged\"}") > 0)
        try await GatewayFederationTests.stop(first, second)
    }
}
