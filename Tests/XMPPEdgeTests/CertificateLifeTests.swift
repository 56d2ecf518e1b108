import Messaging
import Policy
import ServiceKit
import TLS
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("Certificates change while streams live: RFC 6120 §13.7.2.3", .timeLimit(.minutes(5)))
struct CertificateLifeTests {
    private static let one = GatewayFederationTests.one
    private static let two = GatewayFederationTests.two

    @Test(
        "The next look is when the certificate expires, and no later than a day from now",
        arguments: [
            (100, 100_000, .again(after: .milliseconds(1))), (100, 100_001, .expired), (100, 200_000, .expired),
            (100, 0, .again(after: .milliseconds(100_001))), (86_400, 0, .again(after: .seconds(86_400))),
            (100_000_000, 0, .again(after: .seconds(86_400))), (.max, 0, .again(after: .seconds(86_400))),
        ] as [(Int64, Int64, CertificateLook)]
    )
    func look(validUntil: Int64, now: Int64, expected: CertificateLook) {
        #expect(CertificateLook(validUntil: validUntil, now: now) == expected)
    }

    /// Two gateways with a stream that the first has opened.
    private static func federated(
        _ partner: (String) -> Partner = { Partner(domain: $0, kind: .federated) }
    )
        async throws -> (TestGateway, TestGateway)
    {
        let (first, second) = try await GatewayFederationTests.pair(one: partner(self.two), two: partner(self.one))
        try await self.passFirst(from: first, to: second)
        return (first, second)
    }

    private static func passFirst(from first: TestGateway, to second: TestGateway) async throws {
        _ = try await first.sip.send([message("before", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the first message") { first.sip.answers.values.count == 1 }
        #expect(second.sip.texts == ["before"])
    }

    private static func streams(_ gateway: TestGateway) async -> [LiveStream] {
        await gateway.federation.streams(StreamQuery()).streams.filter { $0.state == "established" }
    }

    /// The refusal that says why a live stream ended.
    private static func expectReset(_ gateway: TestGateway, _ other: TestGateway, _ text: String) async throws {
        try await eventually("the end of the stream") {
            gateway.refusals.values.contains {
                $0.reason == .certificateRejected && $0.step == .certificate && $0.text.contains(text)
            }
        }
        try await eventually("both sides to be rid of it") {
            let left = await Self.streams(gateway) + Self.streams(other)
            return left.isEmpty
        }
    }

    @Test("A stream ends with reset when its peer's certificate expires, whoever opened it", arguments: [true, false])
    func expires(atInitiator: Bool) async throws {
        let (first, second) = try await GatewayFederationTests.pair()
        let (gateway, other) = atInitiator ? (first, second) : (second, first)
        let identity = try #require(try GatewayFederationTests.identity(other.domain))
        let validUntil = try Certificate.chain(pem: identity.chainPEM)[0].notAfter
        // By its clock there are some seconds left: enough for a message.
        gateway.clockAhead.value = validUntil * 1000 - WallClock.milliseconds() - 4_000
        try await Self.passFirst(from: first, to: second)
        try await Self.expectReset(gateway, other, "expired")
        // The peer comes back, with what is good by the clock.
        gateway.clockAhead.value = 0
        _ = try await first.sip.send([message("after", from: "juliet@one.example", to: "romeo@two.example", id: "2")])
        try await eventually("the next message") { second.sip.texts == ["before", "after"] }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "A stream ends with reset when its peer's authority is trusted no more, whoever opened it",
        arguments: [true, false]
    )
    func distrusted(atInitiator: Bool) async throws {
        let (first, second) = try await Self.federated()
        let (gateway, other) = atInitiator ? (first, second) : (second, first)
        try await gateway.use(
            try #require(try GatewayFederationTests.identity(gateway.domain)),
            trusting: try TestAuthority("Another").rootPEM
        )
        try await Self.expectReset(gateway, other, "unable to get local issuer certificate")
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A stream ends with reset when its peer's certificate is revoked, with the day")
    func revokedMeanwhile() async throws {
        let (first, second) = try await Self.federated()
        let authority = try GatewayFederationTests.authority.get()
        let identity = try #require(try GatewayFederationTests.identity(Self.one))
        let list = try RevocationList.lists(data: authority.revocationList([identity.chainPEM]))[0].der()
        try await second.use(
            try #require(try GatewayFederationTests.identity(Self.two)),
            trusting: authority.rootPEM,
            revocationLists: [list]
        )
        try await Self.expectReset(second, first, "the certificate was revoked on 2026-01-02")
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A stream that rests on dialback outlives every certificate")
    func dialbackStays() async throws {
        let (first, second) = try await Self.federated {
            Partner(domain: $0, kind: .federated, tls: .required, sasl: .notSupported, dialback: true)
        }
        let before = await Self.streams(second).map(\.id)
        for gateway in [first, second] {
            gateway.clockAhead.value = 40 * 86_400_000
            try await gateway.use(
                try #require(try GatewayFederationTests.identity(gateway.domain)),
                trusting: try TestAuthority("Another").rootPEM
            )
        }
        _ = try await first.sip.send([message("after", from: "juliet@one.example", to: "romeo@two.example", id: "2")])
        try await eventually("the next message") { second.sip.texts == ["before", "after"] }
        #expect(await Self.streams(second).map(\.id) == before)
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "Under a new certificate of ours the streams go on: in the middle of a thousand messages none is lost or bounced"
    )
    func swapped() async throws {
        let (first, second) = try await Self.federated()
        let authority = try GatewayFederationTests.authority.get()
        let before = await Self.streams(second).map(\.id)
        let texts = (0..<1000).map { "\($0)" }
        for start in stride(from: 0, to: texts.count, by: 100) {
            _ = try await first.sip.send(
                texts[start..<start + 100].map {
                    message($0, from: "juliet@one.example", to: "romeo@two.example", id: "a\($0)")
                }
            )
            for gateway in [first, second] {
                try await gateway.use(try authority.issue("DNS:\(gateway.domain)"), trusting: authority.rootPEM)
            }
        }
        try await eventually("all fates") { first.sip.answers.values.count == 1001 }
        #expect(first.sip.answers.values.allSatisfy { $0.result == .success(Taken()) })
        #expect(second.sip.texts == ["before"] + texts)
        #expect(await Self.streams(second).map(\.id) == before)
        try await GatewayFederationTests.stop(first, second)
    }
}
