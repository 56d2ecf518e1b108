import DNS
import Foundation
import Messaging
import NIOCore
import NIOPosix
import NetworkKit
import Policy
import TLS
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("RFC 7712: peers whose certificates DNS proves", .timeLimit(.minutes(2)))
struct ProvenPeerTests {
    /// A peer that calls us: its domain, what it shows, what DNS has, and what comes of it.
    private struct Case: Sendable {
        let name: String
        let identity: TestIdentity
        let records: String
        /// In the text of the refusal; `nil`: it is let in.
        var refusal: String?
        var requiresClientAuth = false
        var zone = Self.signed

        static let signed = "signed.example"
        var domain: String { "\(self.name).\(self.zone)" }
    }

    private static func leaf(_ identity: TestIdentity) throws -> Certificate {
        try Certificate.chain(pem: identity.chainPEM)[0]
    }

    private static func service(_ name: String, host: String? = nil, service: String = "_xmpp-server") -> String {
        "\(service)._tcp.\(name) SRV 10 0 5269 \(host ?? "host.\(name)")\n"
    }

    private static func tlsa(_ name: String, _ record: String, port: Int = 5269) -> String {
        "_\(port)._tcp.host.\(name) TLSA \(record)\n"
    }

    private static func cases(_ trusted: TestAuthority) throws -> [Case] {
        // Nobody trusts it, and what it issues says nothing of the peers' domains.
        let unknown = try TestAuthority("Unknown").issue("DNS:elsewhere.example")
        let key = "3 1 1 \(try Self.leaf(unknown).publicKeyFingerprint)"
        let other = "3 1 1 \(String(repeating: "AB", count: 32))"
        let expired = try TestAuthority("Unknown").issue("DNS:elsewhere.example", days: -1)
        let middle = try TestAuthority("Unknown").intermediate("Middle")
        let anchor = "2 0 1 \(try Certificate.chain(pem: middle.certificatePEM)[0].fingerprint)"
        return [
            Case(name: "key", identity: unknown, records: Self.service("key") + Self.tlsa("key", key)),
            Case(
                name: "expired",
                identity: expired,
                records: try Self.service("expired") + Self.tlsa("expired", "3 0 1 \(Self.leaf(expired).fingerprint)")
            ),
            Case(
                name: "second",
                identity: unknown,
                records: Self.service("second", host: "bare") + Self.service("second") + Self.tlsa("second", key)
            ),
            Case(
                name: "direct",
                identity: unknown,
                records: Self.service("direct", service: "_xmpps-server") + Self.tlsa("direct", key)
            ),
            Case(
                name: "anchor",
                identity: try middle.issue("DNS:anchor.\(Case.signed)"),
                records: Self.service("anchor") + Self.tlsa("anchor", anchor)
            ),
            Case(
                name: "anchorhost",
                identity: try middle.issue("DNS:host.anchorhost.\(Case.signed)"),
                records: Self.service("anchorhost") + Self.tlsa("anchorhost", anchor)
            ),
            Case(
                name: "anchorname",
                identity: try middle.issue("DNS:elsewhere.example"),
                records: Self.service("anchorname") + Self.tlsa("anchorname", anchor),
                refusal:
                    "by DANE: host.anchorname.signed.example:5269: the certificate does not name anchorname.signed.example"
            ),
            // RFC 7673 §4.1: the name of a server that the domain has named, by a trust root.
            Case(
                name: "hosted",
                identity: try trusted.issue("DNS:host.hosted.\(Case.signed)"),
                records: Self.service("hosted")
            ),
            Case(
                name: "constraint",
                identity: unknown,
                records: try Self.service("constraint")
                    + Self.tlsa("constraint", "1 1 1 \(Self.leaf(unknown).publicKeyFingerprint)"),
                refusal: "by DANE: host.constraint.signed.example:5269: unable to get local issuer certificate"
            ),
            Case(
                name: "mismatch",
                identity: unknown,
                records: Self.service("mismatch") + Self.tlsa("mismatch", other),
                refusal: "by DANE: host.mismatch.signed.example:5269: no matching DANE TLSA records"
            ),
            // A key is published for the port that the domain names, not for another.
            Case(
                name: "port",
                identity: unknown,
                records: Self.service("port") + Self.tlsa("port", key, port: 443),
                refusal: "by DANE: host.port.signed.example:5269: no TLSA records"
            ),
            Case(
                name: "none",
                identity: unknown,
                records: "",
                refusal: "by DANE: DNSSEC proves no SRV record of the domain"
            ),
            Case(
                name: "forged",
                identity: unknown,
                records: Self.service("forged") + Self.tlsa("forged", "3 1 1 \(Self.forgery)"),
                refusal: "by DANE: DNS proves no server of the domain: the answer failed DNSSEC validation"
            ),
            Case(
                name: "client",
                identity: try TestAuthority("Unknown").issue("DNS:elsewhere.example", usage: "serverAuth"),
                records: Self.service("client"),
                refusal: "the certificate was rejected: unable to get local issuer certificate",
                requiresClientAuth: true
            ),
            Case(
                name: "unsigned",
                identity: unknown,
                records: Self.service("unsigned") + Self.tlsa("unsigned", key),
                refusal: "by DANE: DNSSEC proves no SRV record of the domain",
                zone: "plain.example"
            ),
        ]
    }

    private static let forgery = String(repeating: "CD", count: 32)

    private static func partner(_ domain: String, requiresClientAuth: Bool = false) -> Partner {
        Partner(domain: domain, kind: .federated, dialback: false, requiresClientAuth: requiresClientAuth)
    }

    private static func gateway(
        _ authority: TestAuthority,
        _ partners: [Partner],
        limits: Limits = Limits(),
        upstream: String,
        trustAnchorFile: String?
    ) async throws -> TestGateway {
        let gateway = try await TestGateway(
            Matrix.local,
            identity: try authority.issue("DNS:\(Matrix.local)"),
            trusting: authority.rootPEM,
            limits: limits,
            resolver: ResolverConfiguration(
                upstream: .forwarders([try #require(Forwarder(upstream))]),
                trustAnchorFile: trustAnchorFile
            )
        )
        try await gateway.federate(with: partners)
        return gateway
    }

    private static func call(
        _ gateway: TestGateway,
        from domain: String,
        _ identity: TestIdentity
    ) async throws -> ScriptedPeer.Trace {
        let shown = try TLSIdentity(
            names: ["peer"],
            certificateChainPEM: identity.chainPEM,
            privateKeyPEM: identity.keyPEM
        )
        let tls = try TLSContext(.init(identities: [shown]))
        return try await ScriptedPeer.connect(to: gateway.port) { CallingPeer(.externalOnly(domain), tls, $0) }
    }

    @Test(
        "Each kind of record and of certificate: EXTERNAL is offered, or the refusal says which step proved nothing",
        .enabled(if: NameServer.isInstalled)
    )
    func records() async throws {
        let authority = try TestAuthority()
        let cases = try Self.cases(authority)
        func zone(_ name: String) -> String { cases.filter { $0.zone == name }.map(\.records).joined() }
        let names = try await NameServer(
            zones: [Case.signed: zone(Case.signed), "plain.example": zone("plain.example")],
            signed: [Case.signed],
            forging: [("CDCDCDCDCDCD", "EFEFEFEFEFEF")]
        )
        let gateway = try await Self.gateway(
            authority,
            cases.map { Self.partner($0.domain, requiresClientAuth: $0.requiresClientAuth) },
            limits: Limits(proofs: ProofLimits(perAddress: cases.count)),
            upstream: names.address,
            trustAnchorFile: names.trustAnchorFile
        )
        var peers: [String: ScriptedPeer.Trace] = [:]
        for one in cases { peers[one.domain] = try await Self.call(gateway, from: one.domain, one.identity) }
        try await eventually("each peer to be let in or sent away") {
            let texts = Set(gateway.sip.texts)
            return peers.allSatisfy { $0.value.now.isClosed || texts.contains($0.key) }
        }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        let texts = gateway.sip.texts
        for one in cases {
            let refusals = gateway.refusals.values.filter { $0.remoteDomain == one.domain }
            let stream = streams.first { $0.remoteDomains == [one.domain] }
            guard let text = one.refusal else {
                #expect(texts.contains(one.domain) && refusals.isEmpty, "\(one.domain): \(refusals.map(\.text))")
                #expect(stream?.authentication == "sasl-external", "\(one.domain)")
                continue
            }
            #expect(!texts.contains(one.domain), "\(one.domain)")
            #expect(refusals.map(\.reason) == [.certificateRejected], "\(one.domain)")
            #expect(refusals.first?.step == .certificate)
            #expect(refusals.first?.text.contains(text) == true, "\(one.domain): \(refusals.map(\.text))")
            #expect(refusals.first?.certificate?.rejection.isEmpty == false)
            #expect(peers[one.domain]?.streamError == "not-authorized")
        }
        // The one that is asked for clientAuth and has it not is refused without a lookup.
        let outcomes = ["proven", "differs", "failed"].map {
            gateway.value("isthmus_xmpp_proofs_total{outcome=\"\($0)\"}")
        }
        #expect(outcomes == [cases.count { $0.refusal == nil }, 4, 3])
        #expect(gateway.value("isthmus_xmpp_proofs_pending") == 0)
        try await gateway.stop()
        try await names.stop()
    }

    @Test("A name server that is silent: bounded by domains, by address and by time, and not asked for strangers")
    func bounded() async throws {
        let authority = try TestAuthority()
        let identity = try TestAuthority("Unknown").issue("DNS:elsewhere.example")
        let silent = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let scratch = try Scratch("anchors")
        try scratch.write(". IN DS 20326 8 2 \(String(repeating: "E0", count: 32))\n", to: "anchors")
        let limits = Limits(proofs: ProofLimits(domains: 1, perAddress: 2, timeout: .seconds(2)))
        let gateway = try await Self.gateway(
            authority,
            ["a.example", "b.example"].map { Self.partner($0) },
            limits: limits,
            upstream: "127.0.0.1@\(try #require(silent.localAddress?.port))",
            trustAnchorFile: scratch.file("anchors").path
        )
        func refusal(_ domain: String, _ text: String) async throws {
            try await eventually("\(domain): \(text)") {
                gateway.refusals.values.contains { $0.remoteDomain == domain && $0.text.contains(text) }
            }
        }
        func call(_ domain: String) async throws { _ = try await Self.call(gateway, from: domain, identity) }
        // Nobody lets it in, and nobody is asked about it.
        try await call("stranger.example")
        try await eventually("the stranger to be refused") { gateway.refusals.values.count == 1 }
        #expect(gateway.value("isthmus_xmpp_proofs_pending") == 0)
        try await call("a.example")
        try await eventually("the lookup to begin") { gateway.value("isthmus_xmpp_proofs_pending") == 1 }
        try await call("b.example")
        try await refusal("b.example", "too many domains are being looked up")
        try await call("a.example")
        try await eventually("the second to wait as well") { await gateway.waitingForProof == 2 }
        try await call("a.example")
        try await refusal("a.example", "too many streams from this address wait")
        try await refusal("a.example", "were not there in time")
        #expect(gateway.value("isthmus_xmpp_proofs_pending") == 0)
        #expect(gateway.value("isthmus_xmpp_proofs_total{outcome=\"failed\"}") == 2)
        #expect(gateway.value("isthmus_xmpp_proofs_refused_total{limit=\"domains\"}") == 1)
        #expect(gateway.value("isthmus_xmpp_proofs_refused_total{limit=\"address\"}") == 1)
        #expect(gateway.sip.texts.isEmpty)
        try await gateway.stop()
        try await silent.close()
        // The folder of the anchors lives as long as somebody has it.
        withExtendedLifetime(scratch) {}
    }
}

extension TestGateway {
    /// Streams that wait until DNS has said something of their certificates.
    fileprivate var waitingForProof: Int {
        get async { await self.federation.router.proofs.load.waiting }
    }
}
