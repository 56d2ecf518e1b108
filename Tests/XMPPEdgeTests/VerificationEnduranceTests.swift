import Messaging
import TestSupport
import Testing
import XMPPCore

@testable import XMPPEdge

/// Connections that are used for nothing but dialback are never authenticated: what a stranger may send is not all they may ever carry.
@Suite("Connections that only verify keys", .timeLimit(.minutes(5)))
struct VerificationEnduranceTests {
    private static let size = 2_048
    private static let rounds = 60

    private func gateway() async throws -> TestGateway {
        var limits = Limits()
        limits.negotiationBytes = Self.size
        return try await TestGateway(
            "sip.example",
            identity: nil,
            trusting: try GatewayFederationTests.authority.get().rootPEM,
            limits: limits
        )
    }

    @Test("Answers of an authoritative server are no stranger's bytes: one connection brings any number of them")
    func answers() async throws {
        let server = try await SilentServer(answer: VerificationTests.authoritative("type='valid'/>"))
        let gateway = try await self.gateway()
        try await gateway.federate(with: [], settings: VerificationTests.everybody(at: server.port))
        for _ in 0..<Self.rounds {
            let peer = try await RawPeer(port: gateway.port)
            try await peer.send(HostilePeerTests.header() + VerificationTests.result("partner.example"))
            try await peer.expect("type=\"valid\"")
            peer.close()
        }
        #expect(server.counts.all == 1, "a connection ended before its time")
        #expect(VerificationTests.count("<db:verify ", in: server.received) == Self.rounds)
        try await gateway.stop()
        try await server.stop()
    }

    /// What the keys are, and whether the stream outlives their number.
    static let keys: [(key: String, lives: Bool)] = [
        ("secret of sip.example, for partner.example, i", true), ("guessed", false),
    ]

    @Test("Who shows keys of ours may ask for any number of them; who guesses is a stranger", arguments: Self.keys)
    func questions(key: String, lives: Bool) async throws {
        let gateway = try await self.gateway()
        try await gateway.federate(with: [], settings: VerificationTests.everybody(at: 1))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header())
        try await peer.expect("</stream:features>")
        for round in 1...Self.rounds {
            try await peer.send("<db:verify from='partner.example' to='sip.example' id='i'>\(key)</db:verify>")
            try await eventually("an answer") {
                VerificationTests.count("<db:verify ", in: peer.received) == round
                    || peer.received.contains("policy-violation")
            }
            if peer.received.contains("policy-violation") { break }
        }
        #expect(peer.received.contains("policy-violation") != lives)
        try await gateway.stop()
    }
}
