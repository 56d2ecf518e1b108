import DNS
import Messaging
import Policy
import TLS
import TestSupport
import Testing
import Wire
import XMPPCore

@testable import XMPPEdge

@Suite("The identity of partners", .timeLimit(.minutes(5)))
struct PeerIdentityTests {
    private static let one = "one.example"
    private static let two = "two.example"

    private static func peer(_ identity: TestIdentity) throws -> PeerCertificate {
        try #require(PeerCertificate(try Certificate.chain(pem: identity.chainPEM), verification: .trusted))
    }

    @Test(
        "Extended key usage where the partner connects: clientAuth is asked for only if the policy demands it",
        arguments: [
            ("serverAuth", false, true), ("serverAuth", true, false), ("clientAuth", false, true),
            ("clientAuth", true, true), (nil, false, true), (nil, true, true), ("serverAuth,clientAuth", false, true),
            ("serverAuth,clientAuth", true, true),
        ] as [(String?, Bool, Bool)]
    )
    func clientAuth(usage: String?, isDemanded: Bool, isAccepted: Bool) async throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:\(Self.one)", usage: usage)
        let (first, second) = try await Self.pair(
            authority,
            identity,
            one: Partner(domain: Self.one, kind: .federated, dialback: false, requiresClientAuth: isDemanded)
        )
        try await Self.expectMessage(from: first, to: second, arrives: isAccepted)
        if !isAccepted {
            try await eventually("the refusal to be recorded") {
                second.refusals.values.contains { $0.reason == .certificateRejected && $0.text.contains("clientAuth") }
            }
        }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A revoked certificate: no SASL EXTERNAL, and without dialback nothing; the reason has the day")
    func revoked() async throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:\(Self.one)")
        let list = try RevocationList.lists(data: authority.revocationList([identity.chainPEM]))[0].der()
        let (first, second) = try await Self.pair(
            authority,
            identity,
            one: Partner(domain: Self.one, kind: .federated, dialback: false),
            lists: [list]
        )
        try await Self.expectMessage(from: first, to: second, arrives: false)
        try await eventually("the refusal to be recorded") {
            second.refusals.values.contains {
                $0.reason == .certificateRejected && $0.text.contains("the certificate was revoked on 2026-01-02")
            }
        }
        try await GatewayFederationTests.stop(first, second)
    }

    @Test("A revoked certificate: where the policy allows dialback, dialback decides")
    func revokedWithDialback() async throws {
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:\(Self.one)")
        let list = try RevocationList.lists(data: authority.revocationList([identity.chainPEM]))[0].der()
        let partner = Partner(domain: Self.one, kind: .federated, sasl: .optional, dialback: true)
        // The stream that asks the authoritative server is ours: its certificate is revoked too, and not asked for more.
        let (first, second) = try await Self.pair(authority, identity, one: partner, lists: [list])
        try await Self.expectMessage(from: first, to: second, arrives: true)
        let streams = await second.federation.streams(StreamQuery()).streams
        #expect(streams.contains { $0.direction == .inbound && $0.authentication == "tls-dialback" })
        #expect(!streams.contains { $0.direction == .inbound && $0.authentication == "sasl-external" })
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "An xmppAddr is a domain and nothing else, with A-labels or U-labels",
        arguments: [
            ("bücher.example", true), ("BÜCHER.example", true), ("xn--bcher-kva.example", true),
            ("user@bücher.example", false), ("bücher.example/res", false), ("x.bücher.example", false),
        ]
    )
    func xmppAddress(address: String, isNamed: Bool) throws {
        var peer = try Self.peer(TestAuthority().issue(nil))
        peer.names.xmppAddresses = [address]
        let verdict = CertificateVerdict(peer, domain: try Domainpart.prepare("bücher.example"))
        #expect((verdict == .valid) == isNamed)
    }

    @Test("A server's own name counts where DNSSEC proves that the domain named it, and nowhere else (RFC 7673 §4.1)")
    func secureHost() throws {
        let peer = try Self.peer(TestAuthority().issue("DNS:xmpp23.hosting.example"))
        #expect(CertificateVerdict(peer, domain: "im.example", secureHost: "xmpp23.hosting.example") == .valid)
        #expect(CertificateVerdict(peer, domain: "im.example") != .valid)
        #expect(CertificateVerdict(peer, domain: "im.example", secureHost: "other.hosting.example") != .valid)
    }

    @Test(
        "DANE: the server's certificate must match the signed TLSA record, whatever the trust roots say",
        .enabled(if: NameServer.isInstalled),
        arguments: [true, false]
    )
    func dane(isMatching: Bool) async throws {
        let authority = try TestAuthority()
        // Of an authority that the other side does not know, and of another name: the record is all there is.
        let unknown = try TestAuthority("Unknown").issue("DNS:other.example")
        let known = try authority.issue("DNS:\(Self.two)")
        let leaf = try Certificate.chain(pem: unknown.chainPEM)[0]
        let second = try await TestGateway(
            Self.two,
            identity: isMatching ? unknown : known,
            trusting: authority.rootPEM
        )
        let records = """
            _xmpp-server._tcp SRV 10 0 \(second.port) host
            host A 127.0.0.1
            _\(second.port)._tcp.host TLSA 3 1 1 \(leaf.publicKeyFingerprint)
            """
        let names = try await NameServer(zones: [Self.two: records], signed: [Self.two])
        let first = try await TestGateway(
            Self.one,
            identity: try authority.issue("DNS:\(Self.one)"),
            trusting: authority.rootPEM,
            resolver: ResolverConfiguration(
                upstream: .forwarders([try #require(Forwarder(names.address))]),
                trustAnchorFile: names.trustAnchorFile
            )
        )
        try await first.federate(with: [Partner(domain: Self.two, kind: .federated, tls: .optional, sasl: .optional)])
        try await second.federate(with: [Partner(domain: Self.one, kind: .federated)])
        try await Self.expectMessage(from: first, to: second, arrives: isMatching)
        if !isMatching {
            try await eventually("the refusal to be recorded") {
                first.refusals.values.contains { $0.text.contains("DANE") }
            }
        }
        try await GatewayFederationTests.stop(first, second)
        try await names.stop()
    }

    @Test("A domain without a certificate of its own shows none, and is authenticated by dialback inside TLS")
    func dialbackWithoutCertificate() async throws {
        let authority = try GatewayFederationTests.authority.get()
        // The edge has a certificate, for another of its domains.
        let first = try await TestGateway(
            Self.one,
            identity: try GatewayFederationTests.identity("sip.example"),
            identityOf: "sip.example",
            trusting: authority.rootPEM
        )
        let second = try await TestGateway(
            Self.two,
            identity: try GatewayFederationTests.identity(Self.two),
            trusting: authority.rootPEM
        )
        func federate(_ sasl: Negotiation) async throws {
            var (toSecond, toFirst) = (first.toPartner(Self.two, second), second.toPartner(Self.one, first))
            // TLS wherever it is to be had; but one has none for those who come to verify its keys.
            (toSecond.tls, toSecond.sasl, toSecond.dialback) = (.optional, sasl, sasl != .required)
            (toFirst.tls, toFirst.sasl) = (.optional, .optional)
            try await first.federate(with: [toSecond])
            try await second.federate(with: [toFirst])
        }
        try await federate(.optional)
        try await Self.expectMessage(from: first, to: second, arrives: true)
        let streams = await second.federation.streams(StreamQuery()).streams
        let stream = try #require(streams.first { $0.direction == .inbound && $0.state == "established" })
        #expect(stream.authentication == "tls-dialback" && stream.security.hasPrefix("TLS"))
        // Where the rules want a certificate there is none to show, and the refusal says so.
        try await federate(.required)
        try await second.federate(with: [])
        try await eventually("the stream to end") {
            await second.federation.streams(StreamQuery()).streams.allSatisfy { $0.state != "established" }
        }
        try await federate(.required)
        _ = try await first.sip.send([message("no", from: "juliet@one.example", to: "romeo@two.example", id: "2")])
        try await eventually("the refusal to be recorded") {
            first.refusals.values.contains { $0.text.contains("there is no certificate for \(Self.one)") }
        }
        #expect(second.sip.texts == ["hello"])
        try await GatewayFederationTests.stop(first, second)
    }

    /// Two gateways, the first of which shows `identity`; the second has `one` as its partner.
    private static func pair(
        _ authority: TestAuthority,
        _ identity: TestIdentity,
        one: Partner,
        lists: [[UInt8]] = []
    ) async throws -> (TestGateway, TestGateway) {
        let first = try await TestGateway(Self.one, identity: identity, trusting: authority.rootPEM)
        let second = try await TestGateway(
            Self.two,
            identity: try authority.issue("DNS:\(Self.two)"),
            trusting: authority.rootPEM,
            revocationLists: lists
        )
        var toFirst = one
        toFirst.proxyFQDN = "127.0.0.1:\(first.port)"
        try await first.federate(
            with: [
                Partner(
                    domain: Self.two,
                    kind: .federated,
                    sasl: .optional,
                    proxyFQDN: "127.0.0.1:\(second.port)"
                )
            ]
        )
        try await second.federate(with: [toFirst])
        return (first, second)
    }

    private static func expectMessage(from first: TestGateway, to second: TestGateway, arrives: Bool) async throws {
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("the fate to be known") { first.sip.answers.values.count == 1 }
        // Where the peer acknowledges nothing, the fate is known when the bytes are on their way.
        if arrives { try await eventually("the message to arrive") { !second.sip.texts.isEmpty } }
        #expect(second.sip.texts == (arrives ? ["hello"] : []))
        #expect((first.sip.answers.values.first?.result == .success(Taken())) == arrives)
    }
}
