import Messaging
import NIOCore
import NIOPosix
import Policy
import TLS
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("A peer that asks and does not listen", .timeLimit(.minutes(5)))
struct DeafPeerTests {
    @Test(
        "Answers that a peer of a bidirectional stream leaves unread are bounded: beyond limits.unread its stream ends"
    )
    func unread() async throws {
        var limits = Limits()
        limits.unread = 65_536
        // It is not to be slowed down by another limit first.
        (limits.stanzaRate, limits.stanzaBurst) = (10_000_000, 10_000_000)
        (limits.byteRate, limits.byteBurst) = (1_000_000_000, 1_000_000_000)
        let domain = "deaf.peer.example"
        let gateway = try await HostilePeerTests.gateway(Partner(domain: domain, kind: .federated), limits: limits)
        let tls = try Matrix.context(.good)
        let trace = try await ScriptedPeer.connect(to: gateway.port) { DeafPeer(domain, tls, $0) }
        try await eventually("the limit to be reached: \(trace.now)", within: .seconds(60)) {
            gateway.value("isthmus_xmpp_limits_total{limit=\"unread\"}") == 1
        }
        try await eventually("the refusal to be recorded") {
            gateway.refusals.values.contains { $0.rule == "limits.unread=65536" && $0.remoteDomain == domain }
        }
        let record = try #require(gateway.refusals.values.first { $0.rule == "limits.unread=65536" })
        #expect(record.text.contains("the peer does not read") && record.answer == "policy-violation")
        #expect(record.step == .established && record.partner == domain)
        try await eventually("its stream to be gone") {
            gateway.value("isthmus_xmpp_streams{direction=\"inbound\"}") == 0
        }
        try await gateway.stop()
    }
}

/// A peer that authenticates, asks for a bidirectional stream, and then for acknowledgements without ever reading one.
///
/// Stanzas of ours are not sent to one who does not read: they wait in their queue, which is bounded. Acknowledgements are no stanzas.
private final class DeafPeer: ScriptedPeer {
    private enum Step { case features, proceed, external, success, last }

    private let domain: String
    private let tls: TLSContext
    private var step = Step.features

    init(_ domain: String, _ tls: TLSContext, _ trace: Trace) {
        (self.domain, self.tls) = (domain, tls)
        super.init(trace)
    }

    override func begin() { self.send(Matrix.header(from: self.domain)) }

    override func secured() {
        self.step = .external
        self.send(Matrix.header(from: self.domain))
    }

    override func advance() {
        switch self.step {
        case .features:
            guard self.take(through: "</stream:features>") != nil else { return }
            self.step = .proceed
            self.send(Matrix.startTLS)
        case .proceed:
            guard self.take(through: "<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>") != nil else { return }
            self.startTLS(self.tls, .client(serverName: Matrix.local, identity: "peer"))
        case .external:
            guard self.take(through: "</stream:features>") != nil else { return }
            self.step = .success
            self.send("<bidi xmlns='urn:xmpp:bidi'/>" + Matrix.auth())
        case .success:
            guard self.take(through: "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>") != nil else { return }
            self.step = .last
            self.send(Matrix.header(from: self.domain))
        case .last:
            guard self.take(through: "</stream:features>") != nil else { return }
            self.stopReading()
            self.send("<enable xmlns='urn:xmpp:sm:3'/>")
            self.flood(String(repeating: "<r xmlns='urn:xmpp:sm:3'/>", count: 1_000))
        }
    }
}
