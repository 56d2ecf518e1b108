import DNS
import Messaging
import NIOCore
import NetworkKit
import Policy
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite(
    "SPEC §3, live, with direct TLS (XEP-0368): every row × certificate × EXTERNAL × dialback",
    .timeLimit(.minutes(5))
)
struct DirectTLSMatrixTests {
    /// STARTTLS is nothing that could be offered where TLS is there from the first byte.
    private static func combinations(_ row: Matrix.Row) -> [Matrix.Combination] {
        Matrix.Combination.all(of: row).filter(\.startTLS)
    }

    @Test("A peer calls the port for direct TLS: each combination ends as expected", arguments: Matrix.rows)
    func called(_ row: Matrix.Row) async throws {
        let all = Self.combinations(row)
        let untrusted = try Matrix.context(.untrusted)
        let authority = try await CalledPeer.listen(CalledPeer.Log()) { _ in
            CalledPeer.Behaviour(startTLS: true, external: false, dialback: true, tls: untrusted)
        }
        let gateway = try await Matrix.gateway(all.map { row.partner($0.domain, port: authority.port) })
        var peers: [String: ScriptedPeer.Trace] = [:]
        for combination in all {
            let tls = try Matrix.context(combination.certificate)
            peers[combination.domain] = try await ScriptedPeer.connect(to: gateway.directPort) {
                CallingPeer(combination, tls, isDirect: true, $0)
            }
        }
        try await eventually("each peer to be let in or sent away") {
            let texts = Set(gateway.sip.texts)
            return peers.allSatisfy { $0.value.now.isClosed || texts.contains($0.key) }
        }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        let texts = gateway.sip.texts
        for combination in all {
            let domain = combination.domain
            let stream = streams.first { $0.direction == .inbound && $0.remoteDomains == [domain] }
            let method = texts.contains(domain) ? stream.flatMap { Matrix.Method(rawValue: $0.authentication) } : nil
            let refusal = gateway.refusals.values.first { $0.from == domain && $0.subject == "stream" }
            let outcome: Matrix.Outcome? =
                if let method {
                    .established(method)
                } else {
                    refusal.map { .refused(error: peers[domain]?.streamError, $0.reason) }
                }
            #expect(outcome == combination.expectedWhenCalledDirectly, "\(domain)")
            #expect(peers[domain]?.now.inClear == "", "\(domain): something was said in the clear")
        }
        #expect(
            texts.count == all.count { if case .established = $0.expectedWhenCalledDirectly { true } else { false } }
        )
        try await gateway.stop()
        try await authority.close().get()
    }

    @Test(
        "We call a peer that DNS has for direct TLS only: each combination ends as expected",
        .enabled(if: NameServer.isInstalled, "needs BIND"),
        arguments: Matrix.rows
    )
    func calling(_ row: Matrix.Row) async throws {
        let all = Self.combinations(row)
        let behaviours = Dictionary(
            uniqueKeysWithValues: try all.map { combination in
                let tls = try Matrix.context(combination.certificate)
                return (
                    combination.domain,
                    CalledPeer.Behaviour(
                        startTLS: false,
                        external: combination.external,
                        dialback: combination.dialback,
                        tls: tls
                    )
                )
            }
        )
        let log = CalledPeer.Log()
        var servers: [Matrix.Certificate: Listener] = [:]
        for certificate in Matrix.Certificate.allCases {
            servers[certificate] = try await CalledPeer.listen(log, direct: try Matrix.context(certificate)) {
                behaviours[$0]
            }
        }
        let names = try await NameServer(
            zones: [
                "peer.example": try all.map { combination in
                    let label = combination.domain.prefix { $0 != "." }
                    let port = try #require(servers[combination.certificate]).port
                    return "_xmpp-server._tcp.\(label) SRV 0 0 0 .\n_xmpps-server._tcp.\(label) SRV 0 0 \(port) edge"
                }.joined(separator: "\n") + "\nedge A 127.0.0.1"
            ]
        )
        let gateway = try await Matrix.gateway(
            all.map { row.partner($0.domain, port: nil) },
            resolver: ResolverConfiguration(
                upstream: .forwarders([try #require(Forwarder("127.0.0.1@\(names.port)"))])
            )
        )
        let numbers = try await gateway.sip.send(
            all.map { message("hello", from: "juliet@\(Matrix.local)", to: "romeo@\($0.domain)") }
        )
        try await eventually("all fates to be known") { gateway.sip.answers.values.count == all.count }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        for (combination, number) in zip(all, numbers) {
            let domain = combination.domain
            let outcome: Matrix.Outcome?
            switch gateway.sip.answers.values.first(where: { $0.number == number })?.result {
            case .success?:
                let stream = streams.first { $0.direction == .outbound && $0.remoteDomains == [domain] }
                outcome = stream.flatMap { Matrix.Method(rawValue: $0.authentication) }.map { .established($0) }
                try await eventually("the stanza to arrive") { log.stanzas.contains(domain) }
            case .failure(let failure)?:
                outcome = .refused(error: nil, failure.reason)
                #expect(!log.stanzas.contains(domain), "\(domain)")
            case nil: outcome = nil
            }
            #expect(outcome == combination.expectedWhenCallingDirectly, "\(domain)")
        }
        try await gateway.stop()
        for server in servers.values { try await server.close().get() }
        try await names.stop()
    }
}
