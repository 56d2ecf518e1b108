import Messaging
import NIOCore
import NetworkKit
import Policy
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("SPEC §3, live: peers that skip a step, or take one that was not offered", .timeLimit(.minutes(5)))
struct MisbehaviourTests {
    @Test("No row lets a stanza of a misbehaving peer cross; each is sent away", arguments: Matrix.rows)
    func calling(_ row: Matrix.Row) async throws {
        let untrusted = try Matrix.context(.untrusted)
        let authority = try await CalledPeer.listen(CalledPeer.Log()) { _ in
            CalledPeer.Behaviour(startTLS: true, external: false, dialback: true, tls: untrusted)
        }
        let misdeeds = Self.misdeeds.filter { misdeed in !row.methods.contains { $0 == misdeed.uses } }
        let gateway = try await Matrix.gateway(misdeeds.map { row.partner($0.domain(row), port: authority.port) })
        var peers: [(misdeed: Misdeed, trace: ScriptedPeer.Trace)] = []
        for misdeed in misdeeds {
            let tls = try Matrix.context(misdeed.certificate)
            let script = misdeed.script(misdeed.domain(row))
            let trace = try await ScriptedPeer.connect(to: gateway.port) {
                MisbehavingCaller(script, misdeed.certificate, tls, $0)
            }
            peers.append((misdeed, trace))
        }
        for peer in peers {
            try await eventually("\(row.number) \(peer.misdeed.name) to end: \(peer.trace.now)") {
                peer.trace.now.isClosed
            }
            #expect(
                peer.misdeed.errors(row).contains(peer.trace.streamError),
                "\(peer.misdeed.name): \(peer.trace.now)"
            )
        }
        #expect(gateway.sip.received.values.isEmpty)
        try await gateway.stop()
        try await authority.close().get()
    }

    @Test("A peer that lies to us gets no stanza, but by a step that it did take", arguments: Matrix.rows)
    func called(_ row: Matrix.Row) async throws {
        let good = try Matrix.context(.good)
        let behaviours = Dictionary(
            uniqueKeysWithValues: Self.lies.map { lie in
                (
                    lie.domain(row),
                    CalledPeer.Behaviour(startTLS: true, external: true, dialback: true, tls: good, lies: lie.lies)
                )
            }
        )
        let log = CalledPeer.Log()
        let server = try await CalledPeer.listen(log) { behaviours[$0] }
        let gateway = try await Matrix.gateway(Self.lies.map { row.partner($0.domain(row), port: server.port) })
        let numbers = try await gateway.sip.send(
            Self.lies.map { message("hello", from: "juliet@\(Matrix.local)", to: "romeo@\($0.domain(row))") }
        )
        try await eventually("all fates to be known") { gateway.sip.answers.values.count == Self.lies.count }
        let streams = await gateway.federation.streams(StreamQuery()).streams
        for (lie, number) in zip(Self.lies, numbers) {
            let domain = lie.domain(row)
            let expected = lie.method(row)
            switch gateway.sip.answers.values.first(where: { $0.number == number })?.result {
            case .success?:
                let stream = streams.first { $0.direction == .outbound && $0.remoteDomains == [domain] }
                #expect(stream?.authentication == expected?.rawValue, "\(domain)")
                try await eventually("the stanza to arrive") { log.stanzas.contains(domain) }
            case .failure?:
                #expect(expected == nil, "\(domain)")
                #expect(!log.stanzas.contains(domain), "\(domain)")
            case nil: Issue.record("\(domain): no fate")
            }
            for trace in log.traces(domain) {
                #expect(!trace.now.inClear.contains("<auth"), "\(domain): EXTERNAL in the clear")
                #expect(row.tls != .required || !trace.now.inClear.contains("<db:"), "\(domain): a key in the clear")
                #expect(
                    row.dialback || !(trace.now.inClear + trace.now.secured).contains("<db:"),
                    "\(domain): dialback"
                )
            }
        }
        try await gateway.stop()
        try await server.close().get()
    }
}
