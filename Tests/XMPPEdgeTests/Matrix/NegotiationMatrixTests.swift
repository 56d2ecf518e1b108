import Messaging
import NIOCore
import NetworkKit
import Policy
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("SPEC §3, live: every row × certificate × STARTTLS × EXTERNAL × dialback", .timeLimit(.minutes(5)))
struct NegotiationMatrixTests {
    @Test(
        "A peer calls us: each of 40 combinations ends as expected, and a stanza crosses exactly then",
        arguments: Matrix.rows
    )
    func called(_ row: Matrix.Row) async throws {
        let all = Matrix.Combination.all(of: row)
        let behaviours = Dictionary(
            uniqueKeysWithValues: try all.map { combination in
                // Who shows no certificate as a client has one as a server that nobody trusts: dialback needs none.
                let certificate = combination.certificate == .none ? .untrusted : combination.certificate
                let tls = try Matrix.context(certificate)
                return (
                    combination.domain,
                    CalledPeer.Behaviour(startTLS: combination.startTLS, external: false, dialback: true, tls: tls)
                )
            }
        )
        let authority = try await CalledPeer.listen(CalledPeer.Log()) { behaviours[$0] }
        let gateway = try await Matrix.gateway(all.map { row.partner($0.domain, port: authority.port) })
        var peers: [String: ScriptedPeer.Trace] = [:]
        for combination in all {
            let tls = try Matrix.context(combination.certificate)
            peers[combination.domain] = try await ScriptedPeer.connect(to: gateway.port) {
                CallingPeer(combination, tls, $0)
            }
        }
        try await eventually("each peer to be let in or sent away") {
            let texts = Set(gateway.sip.texts)
            return peers.allSatisfy { $0.value.now.isClosed || texts.contains($0.key) }
        }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        let refusals = gateway.refusals.values
        let texts = gateway.sip.texts
        for combination in all {
            let domain = combination.domain
            let stream = streams.first { $0.direction == .inbound && $0.remoteDomains == [domain] }
            let method = texts.contains(domain) ? stream.flatMap { Matrix.Method(rawValue: $0.authentication) } : nil
            let refusal = refusals.first { $0.from == domain && $0.subject == "stream" }
            let outcome: Matrix.Outcome? =
                if let method {
                    .established(method)
                } else {
                    refusal.map { .refused(error: peers[domain]?.streamError, $0.reason) }
                }
            #expect(outcome == combination.expectedWhenCalled, "\(domain)")
        }
        #expect(texts.count == Set(texts).count, "no stanza twice")
        #expect(texts.count == all.count { if case .established = $0.expectedWhenCalled { true } else { false } })
        try await gateway.stop()
        try await authority.close().get()
    }

    @Test(
        "We call a peer: each of 40 combinations ends as expected, and a stanza crosses exactly then",
        arguments: Matrix.rows
    )
    func calling(_ row: Matrix.Row) async throws {
        let all = Matrix.Combination.all(of: row)
        let behaviours = try Matrix.Combination.behaviours(of: all)
        let log = CalledPeer.Log()
        let server = try await CalledPeer.listen(log) { behaviours[$0] }
        let gateway = try await Matrix.gateway(all.map { row.partner($0.domain, port: server.port) })
        let numbers = try await gateway.sip.send(
            all.map { message("hello", from: "juliet@\(Matrix.local)", to: "romeo@\($0.domain)") }
        )
        try await eventually("all fates to be known") { gateway.sip.answers.values.count == all.count }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        for (combination, number) in zip(all, numbers) {
            let domain = combination.domain
            let fate = gateway.sip.answers.values.first { $0.number == number }?.result
            let outcome: Matrix.Outcome?
            switch fate {
            case .success?:
                let stream = streams.first { $0.direction == .outbound && $0.remoteDomains == [domain] }
                outcome = stream.flatMap { Matrix.Method(rawValue: $0.authentication) }.map { .established($0) }
                try await eventually("the stanza to arrive") { log.stanzas.contains(domain) }
            case .failure(let failure)?:
                outcome = .refused(error: nil, failure.reason)
                #expect(!log.stanzas.contains(domain), "\(domain)")
            case nil: outcome = nil
            }
            #expect(outcome == combination.expectedWhenCalling, "\(domain)")
        }
        try await gateway.stop()
        try await server.close().get()
    }
}
