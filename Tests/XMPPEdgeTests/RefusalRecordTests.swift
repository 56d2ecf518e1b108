import Messaging
import Policy
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("A refusal says everything that explains it", .timeLimit(.minutes(5)))
struct RefusalRecordTests {
    @Test("A certificate for another name: whose it is, what is wrong with it, and the rule that asked for it")
    func certificate() async throws {
        let authority = try GatewayFederationTests.authority.get()
        func gateway(_ domain: String, as identity: String) async throws -> TestGateway {
            let identity = try GatewayFederationTests.identity(identity)
            return try await TestGateway(domain, identity: identity, trusting: authority.rootPEM)
        }
        let impostor = try await gateway("one.example", as: "sip.example")
        let gateway = try await gateway("two.example", as: "two.example")
        func partner(_ domain: String, _ port: Int) -> Partner {
            Partner(domain: domain, kind: .federated, dialback: false, proxyFQDN: "127.0.0.1:\(port)")
        }
        try await impostor.federate(with: [partner("two.example", gateway.port)])
        try await gateway.federate(with: [partner("one.example", impostor.port)])
        _ = try await impostor.sip.send([message("x", from: "juliet@one.example", to: "romeo@two.example")])
        let record = try await eventually("the record") {
            gateway.refusals.values.first { $0.reason == .certificateRejected }
        }
        #expect(record.direction == .inbound && record.step == .certificate && record.subject == "stream")
        #expect(record.partner == "one.example" && record.remoteDomain == "one.example")
        #expect(record.localDomain == "two.example")
        #expect(record.peer == "127.0.0.1" && record.peerPort != nil)
        #expect(record.rule == "partner one.example: tls=required, sasl=required, dialback=false")
        #expect(record.answer == "stream error" || record.answer == "not-authorized")
        let certificate = try #require(record.certificate)
        #expect(certificate.names == ["DNS:sip.example"])
        #expect(certificate.rejection.contains("does not name one.example"))
        #expect(certificate.fingerprint.count == 64 && certificate.notAfter > certificate.notBefore)

        // The other side has its own view of the same stream, and the message of its user.
        let outbound = try await eventually("the record of the side that opened") {
            impostor.refusals.values.first { $0.direction == .outbound && $0.subject == "stream" }
        }
        #expect(outbound.partner == "two.example" && outbound.peer == "127.0.0.1")
        #expect(outbound.certificate?.names == ["DNS:two.example"])
        try await GatewayFederationTests.stop(impostor, gateway)
    }

    static let stranger = "stranger.example"

    @Test("A stranger's stream, and a stanza to a user who may not: who, where, how far, and the setting")
    func policy() async throws {
        let peers = try await VouchedPeers(settings: GatewaySettings(xmppAccess: false))
        let stranger = try await RawPeer(port: peers.gateway.port)
        try await stranger.send(HostilePeerTests.header(from: Self.stranger))
        try await stranger.expectEnd()
        let stream = try #require(peers.gateway.refusals.values.first { $0.remoteDomain == Self.stranger })
        #expect(stream.rule == "settings: open-federation=false, and no partner has stranger.example")
        #expect(stream.partner.isEmpty && stream.step == .header && stream.answer == "policy-violation")
        #expect(
            peers.gateway.value(
                "isthmus_xmpp_streams_refused_total{partner=\"other\",direction=\"inbound\",reason=\"unknown-partner\"}"
            ) == 1
        )
        let peer = try await peers.authenticated()
        try await peer.send(VouchedPeers.message("x"))
        // The error itself travels on the stream to the partner.
        let stanza = try await eventually("the record") {
            peers.gateway.refusals.values.first { $0.reason == .userNotEnabled }
        }
        #expect(stanza.answer == "forbidden")
        #expect(stanza.rule == "settings: xmpp-access=false")
        #expect(stanza.step == .stanza && stanza.direction == .inbound && stanza.messageID != nil)
        #expect(stanza.partner == "partner.example" && stanza.peer == "127.0.0.1" && stanza.peerPort != nil)
        try await peers.stop()
    }

    @Test("A stanza that found no place in the queue of its partner is on record with the setting")
    func queue() async throws {
        var limits = Limits()
        limits.queueLength = 1
        let peers = try await VouchedPeers(limits: limits)
        let gateway = peers.gateway
        let messages = (0..<5).map { message("\($0)", from: "b@sip.example", to: "a@partner.example") }
        _ = try await gateway.sip.send(messages)
        try await eventually("their fates") { gateway.sip.answers.values.count == messages.count }
        let record = try #require(gateway.refusals.values.first { $0.reason == .queueFull })
        #expect(record.rule == "limits.queue=1" && record.direction == .outbound && record.step == .stanza)
        #expect(peers.reached(.queue) > 0)
        try await peers.stop()
    }
}
