import Bus
import NetworkKit
import Policy
import ServiceKit
import TestSupport

@testable import XMPPEdge

/// A gateway under test, and a partner's server that vouches by dialback for whoever shows its keys: what a raw peer needs to be
/// authenticated and then say what no well-behaved server would.
struct VouchedPeers {
    let gateway: TestGateway
    private let authority: TestGateway

    init(
        limits: Limits = Limits(),
        connectionLimits: ConnectionLimits = ConnectionLimits(),
        connectionLimit: Int = 20,
        settings: GatewaySettings = GatewaySettings(xmppAccess: true)
    ) async throws {
        let rootPEM = try GatewayFederationTests.authority.get().rootPEM
        self.gateway = try await TestGateway(
            "sip.example",
            identity: try GatewayFederationTests.identity("sip.example"),
            trusting: rootPEM,
            limits: limits,
            connectionLimits: connectionLimits
        )
        self.authority = try await TestGateway("partner.example", identity: nil, trusting: rootPEM)
        func inClear(_ domain: String, port: Int, limit: Int) -> Partner {
            Partner(
                domain: domain,
                kind: .federated,
                tls: .notSupported,
                sasl: .notSupported,
                connectionLimit: limit,
                proxyFQDN: "127.0.0.1:\(port)"
            )
        }
        try await self.gateway.federate(
            with: [inClear("partner.example", port: self.authority.port, limit: connectionLimit)],
            settings: settings
        )
        try await self.authority.federate(with: [inClear("sip.example", port: self.gateway.port, limit: 20)])
    }

    /// What shows a peer to be partner.example's, on the stream whose header `received` is.
    static func key(_ received: String) throws -> String {
        let id = try received.firstMatch(of: /id="([^"]+)"/).map { String($0.output.1) }.required
        return "<db:result from='partner.example' to='sip.example'>"
            + "secret of partner.example, for sip.example, \(id)</db:result>"
    }

    /// A peer that has sent its header.
    func opened() async throws -> RawPeer {
        let peer = try await RawPeer(port: self.gateway.port)
        try await peer.send(HostilePeerTests.header())
        try await peer.expect("</stream:features>")
        return peer
    }

    /// A peer that may send stanzas.
    func authenticated() async throws -> RawPeer {
        let peer = try await self.opened()
        try await peer.send(try Self.key(peer.received))
        try await peer.expect("type=\"valid\"")
        return peer
    }

    static func message(_ text: String) -> String {
        "<message from='a@partner.example' to='b@sip.example' type='chat'><body>\(text)</body></message>"
    }

    /// How often a limit was reached.
    func reached(_ limit: LimitName) -> Int {
        self.gateway.value("isthmus_xmpp_limits_total{limit=\"\(limit.rawValue)\"}")
    }

    func stop() async throws {
        try await self.gateway.stop()
        try await self.authority.stop()
    }
}

extension TestGateway {
    /// The whole number that a metric, with its labels, has; 0 if there is no such metric.
    func value(_ metric: String) -> Int {
        for line in self.metrics.prometheusText().split(separator: "\n") where line.hasPrefix(metric + " ") {
            return Double(line.dropFirst(metric.count + 1)).map { Int($0) } ?? 0
        }
        return 0
    }
}

extension Optional {
    /// What is there; an error where nothing is.
    fileprivate var required: Wrapped {
        get throws {
            guard let self else { throw Missing() }
            return self
        }
    }
}

private struct Missing: Error {}
