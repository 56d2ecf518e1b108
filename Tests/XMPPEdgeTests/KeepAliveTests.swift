import Policy
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("keep-alive of a partner, live", .timeLimit(.minutes(1)))
struct KeepAliveTests {
    @Test("Who expects keep-alives has them, one after the other; who does not has none")
    func partners() async throws {
        let gateway = try await Matrix.gateway([])
        try await gateway.federate(
            with: [true, false].map { Partner(domain: Self.domain($0), kind: .federated, keepAlive: $0) },
            settings: GatewaySettings(keepAliveInterval: 1, xmppAccess: true)
        )
        let tls = try Matrix.context(.good)
        func call(_ isOn: Bool) async throws -> ScriptedPeer.Trace {
            try await ScriptedPeer.connect(to: gateway.port) { CallingPeer(.externalOnly(Self.domain(isOn)), tls, $0) }
        }
        let silent = try await call(false)
        try await eventually("the quiet one to be let in") { gateway.sip.texts == [Self.domain(false)] }
        let lively = try await call(true)
        try await eventually("three signs of life") { Self.spaces(lively) >= 3 }
        #expect(Self.spaces(silent) == 0)
        #expect(!silent.now.isClosed && !lively.now.isClosed)
        try await gateway.stop()
    }

    private static func domain(_ isOn: Bool) -> String { isOn ? "lively.peer.example" : "silent.peer.example" }

    /// The white space after the last element that came.
    private static func spaces(_ trace: ScriptedPeer.Trace) -> Int {
        trace.now.secured.reversed().prefix { $0.isWhitespace }.count
    }
}
