import Foundation
import Messaging
import NIOCore
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire
import XMPPCore

@testable import XMPPEdge

@Suite("Verification of peers' dialback keys", .timeLimit(.minutes(5)))
struct VerificationTests {
    /// Everybody is a partner, in the clear, and every domain is served at `port`.
    static func everybody(at port: Int) -> GatewaySettings {
        GatewaySettings(
            openFederation: true,
            defaultPartner: Partner(
                domain: "*",
                tls: .notSupported,
                sasl: .notSupported,
                dialback: true,
                proxyFQDN: "127.0.0.1:\(port)"
            ),
            xmppAccess: true
        )
    }

    static func gateway(_ verification: VerificationLimits = VerificationLimits()) async throws -> TestGateway {
        try await TestGateway(
            "sip.example",
            identity: nil,
            trusting: try GatewayFederationTests.authority.get().rootPEM,
            limits: Limits(verification: verification)
        )
    }

    static func result(_ domain: String, key: String = "k") -> String {
        "<db:result from='\(domain)' to='sip.example'>\(key)</db:result>"
    }

    static func count(_ text: String, in whole: String) -> Int { whole.components(separatedBy: text).count - 1 }

    /// The state of the edge that a flood might blow up.
    static func load(_ gateway: TestGateway) async -> (routes: Int, pending: Int, remembered: Int) {
        await gateway.federation.router.outbound.load
    }

    /// An authoritative server that says `type` of every key.
    static func authoritative(_ answer: String) -> SilentServer.Answer {
        { received in
            var text = ""
            if received.contains("<stream:stream") {
                text =
                    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
                    + "xmlns:db='jabber:server:dialback' id='s\(UInt32.random(in: 0...UInt32.max))' version='1.0'>"
                    + "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>"
            }
            for element in received.components(separatedBy: "<db:verify ").dropFirst() {
                func value(_ name: String) -> String {
                    let tail = element.components(separatedBy: "\(name)=\"").dropFirst().first ?? ""
                    return tail.components(separatedBy: "\"").first ?? ""
                }
                text += "<db:verify from='\(value("to"))' to='\(value("from"))' id='\(value("id"))' \(answer)"
            }
            return text.isEmpty ? nil : text
        }
    }

    @Test(
        "OF-2325: ten thousand domains from fifty addresses: connections, memory and time stay bounded, each is answered"
    )
    func tenThousandDomains() async throws {
        let tarpit = try await SilentServer()
        let limits = VerificationLimits(connections: 20, perAddress: 4, timeout: .seconds(3), failures: 100)
        let gateway = try await Self.gateway(limits)
        try await gateway.federate(with: [], settings: Self.everybody(at: tarpit.port))
        var peers: [RawPeer] = []
        for index in 0..<50 { peers.append(try await RawPeer(port: gateway.port, from: "127.0.1.\(index + 1)")) }
        var most = (routes: 0, pending: 0)
        for (index, peer) in peers.enumerated() {
            try await peer.send(HostilePeerTests.header(from: "p\(index).example"))
            try await peer.expect("</stream:features>")
            try await peer.send((0..<200).map { Self.result("d\(index)-\($0).example") }.joined())
            let load = await Self.load(gateway)
            most = (max(most.routes, load.routes), max(most.pending, load.pending))
        }
        for peer in peers {
            try await eventually(
                "200 answers: \(Self.count("type=\"error\"", in: peer.received))",
                within: .seconds(60)
            ) {
                let load = await Self.load(gateway)
                most = (max(most.routes, load.routes), max(most.pending, load.pending))
                return Self.count("type=\"error\"", in: peer.received) == 200
            }
        }
        let answers = peers.map(\.received).joined()
        #expect(
            Self.count("<resource-constraint ", in: answers) + Self.count("<remote-server-timeout ", in: answers)
                == 10_000
        )
        #expect(Self.count("<remote-server-timeout ", in: answers) >= 20)
        #expect(!answers.contains("type=\"valid\""))
        #expect(tarpit.counts.most <= limits.connections)
        #expect(tarpit.counts.all < 100, "no storm: \(tarpit.counts.all)")
        #expect(most.routes <= limits.connections)
        #expect(most.pending <= limits.connections)
        let load = await Self.load(gateway)
        #expect(load.pending == 0)
        #expect(load.remembered <= limits.failures)
        try await eventually("the connections to be given up") { tarpit.counts.open == 0 }
        // Somebody honest is served as before.
        let honest = try await SilentServer(answer: Self.authoritative("type='valid'/>"))
        try await gateway.federate(with: [], settings: Self.everybody(at: honest.port))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header(from: "honest.example") + Self.result("honest.example"))
        try await peer.expect("type=\"valid\"")
        try await gateway.stop()
        try await tarpit.stop()
        try await honest.stop()
    }

    @Test("The streams of one peer share one connection that verifies; a key shown twice is verified once")
    func shared() async throws {
        let server = try await SilentServer(answer: Self.authoritative("type='valid'/>"))
        let gateway = try await Self.gateway()
        try await gateway.federate(with: [], settings: Self.everybody(at: server.port))
        var peers: [RawPeer] = []
        for _ in 0..<8 { peers.append(try await RawPeer(port: gateway.port)) }
        for peer in peers {
            let result = Self.result("partner.example")
            try await peer.send(HostilePeerTests.header() + result + result + result)
        }
        for peer in peers { try await peer.expect("type=\"valid\"") }
        #expect(server.counts.all == 1)
        #expect(Self.count("<db:verify ", in: server.received) == 8)
        try await gateway.stop()
        try await server.stop()
    }

    @Test("A domain that could not be reached is answered at once for a while, without another attempt")
    func negativeCache() async throws {
        let dead = try await SilentServer()
        let gateway = try await Self.gateway(VerificationLimits(timeout: .seconds(1)))
        try await gateway.federate(with: [], settings: Self.everybody(at: dead.port))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header() + Self.result("partner.example"))
        try await peer.expect("<remote-server-timeout xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/>")
        let attempts = dead.counts.all
        try await peer.send((0..<50).map { _ in Self.result("partner.example") }.joined())
        try await eventually("50 answers more") { Self.count("type=\"error\"", in: peer.received) == 51 }
        #expect(dead.counts.all == attempts)
        // A change of the policy is a new chance.
        let server = try await SilentServer(answer: Self.authoritative("type='valid'/>"))
        try await gateway.federate(with: [], settings: Self.everybody(at: server.port))
        try await peer.send(Self.result("partner.example"))
        try await peer.expect("type=\"valid\"")
        try await gateway.stop()
        try await dead.stop()
        try await server.stop()
    }

    /// What the authoritative server says or does, and what the peer is told: XEP-0220 §2.5.
    static let outcomes: [(answer: String, told: String)] = [
        ("type='valid'/>", "type=\"valid\""),
        ("type='invalid'/>", "type=\"invalid\""),
        (
            "type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:verify>",
            "<remote-server-not-found "
        ),
        (
            "type='error'><error type='auth'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:verify>",
            "<remote-server-not-found "
        ),
        // Closes without an answer.
        ("type='nonsense'/></stream:stream>", "<remote-server-timeout "),
        (
            "type='nonsense'/><stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
            "<remote-server-not-found "
        ),
    ]

    @Test("XEP-0220 §2.5: the peer is told what came of it in the words of the standard", arguments: outcomes)
    func told(answer: String, told: String) async throws {
        let server = try await SilentServer(answer: Self.authoritative(answer))
        let gateway = try await Self.gateway()
        try await gateway.federate(with: [], settings: Self.everybody(at: server.port))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header() + Self.result("partner.example"))
        try await peer.expect(told)
        #expect(!peer.received.contains("127.0.0.1"), "addresses of servers are nobody's business")
        try await gateway.stop()
        try await server.stop()
    }

    @Test("A server that cannot be connected to is a time-out, and is not named by its address")
    func unreachable() async throws {
        let gateway = try await Self.gateway()
        try await gateway.federate(with: [], settings: Self.everybody(at: 1))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header() + Self.result("partner.example"))
        try await peer.expect("<remote-server-timeout ")
        #expect(!peer.received.contains("127.0.0.1"))
        try await gateway.stop()
    }

    @Test("A domain whose servers are ourselves is refused with the reason, and no connection is made")
    func ownListener() async throws {
        let gateway = try await Self.gateway()
        try await gateway.federate(with: [], settings: Self.everybody(at: gateway.port))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(HostilePeerTests.header() + Self.result("partner.example"))
        try await peer.expect("<remote-server-not-found ")
        try await peer.expect("this gateway itself")
        try await eventually("the record") { gateway.refusals.values.contains { $0.reason == .loop } }
        // Nobody else has come in.
        #expect(!gateway.refusals.values.contains { $0.reason == .notOurDomain })
        // And the same for stanzas.
        _ = try await gateway.sip.send([message("x", from: "b@sip.example", to: "a@partner.example")])
        try await eventually("the fate") { gateway.sip.answers.values.count == 1 }
        guard case .failure(let failure)? = gateway.sip.answers.values.first?.result else {
            Issue.record("delivered")
            return
        }
        #expect(failure.reason == .loop)
        try await gateway.stop()
    }

    @Test("A way to ourselves that the addresses do not show, through a relay, is found by the stream's id")
    func throughRelay() async throws {
        let gateway = try await Self.gateway()
        let relay = try await Relay(to: gateway.port)
        try await gateway.federate(with: [], settings: Self.everybody(at: relay.port))
        let peer = try await RawPeer(port: gateway.port)
        // The relay is open to everybody, so the domain that it leads to ourselves is one we would serve.
        try await peer.send(HostilePeerTests.header() + Self.result("partner.example"))
        try await peer.expect("<remote-server-not-found ")
        try await eventually("the record") { gateway.refusals.values.contains { $0.reason == .loop } }
        #expect(relay.connections == 1)
        try await gateway.stop()
        try await relay.stop()
    }

    @Test("Another edge's public address on our port is ours, another port of it is not")
    func otherEdges() async throws {
        let gateway = try await Self.gateway()
        let edge = EdgeRecord(
            kind: .xmpp,
            instance: "other",
            endpoint: "tcp://127.0.0.1:1",
            publicAddresses: ["192.0.2.7"]
        )
        let snapshot = PolicySnapshot(sequence: 1, epoch: "test", settings: Self.everybody(at: 1), edges: [edge])
        await gateway.federation.router.policyChanged(PolicyState(snapshot))
        let cases = [("192.0.2.7", gateway.port, true), ("192.0.2.7", 1, false), ("192.0.2.8", gateway.port, false)]
        for (ip, port, isOurs) in cases {
            let address = try SocketAddress(ipAddress: ip, port: port)
            #expect(await gateway.federation.router.isOurs(address) == isOurs, "\(address)")
        }
        try await gateway.stop()
    }

    @Test("A stream that shows many keys of ours is answered for a few at a time")
    func floodOfChecks() async throws {
        let dialback = SlowDialback()
        let gateway = try await TestGateway(
            "sip.example",
            identity: nil,
            trusting: try GatewayFederationTests.authority.get().rootPEM,
            dialback: dialback,
            limits: Limits(verification: VerificationLimits(checks: 5))
        )
        try await gateway.federate(with: [], settings: Self.everybody(at: 1))
        let peer = try await RawPeer(port: gateway.port)
        let questions = (0..<100).map { "<db:verify from='partner.example' to='sip.example' id='i\($0)'>k</db:verify>" }
        try await peer.send(HostilePeerTests.header() + questions.joined())
        try await eventually("95 refusals") { Self.count("<resource-constraint ", in: peer.received) == 95 }
        #expect(dialback.asked.values.count == 5)
        dialback.release()
        try await eventually("5 verdicts") { Self.count("type=\"invalid\"", in: peer.received) == 5 }
        try await gateway.stop()
    }

    @Test("What the dialback authority cannot do is told in the words of XEP-0220 §2.5")
    func authorityFailures() {
        #expect(
            DialbackAuthorityClient.outcome(Failure(.overloaded, "x"))
                == .failed(StanzaError(.resourceConstraint, text: "too many keys of this domain are being checked"))
        )
        #expect(DialbackAuthorityClient.outcome(Failure(.invalid, "x")) == .invalid)
        for code in Failure.Code.allCases where code != .overloaded && code != .invalid {
            guard case .failed(let error) = DialbackAuthorityClient.outcome(Failure(code, "x")) else {
                Issue.record("\(code)")
                continue
            }
            #expect(error.condition == .internalServerError && error.kind == .wait)
        }
    }

    @Test("No setting of an edge names a dialback secret")
    func noSecret() {
        let help = SettingsHelp.text(service: "xmpp-edge", version: "0", of: XMPPEdge.Configuration.self)
        #expect(help.contains("ISTHMUS_BUS_DIALBACK_AUTHORITY"))
        for word in ["PASSPHRASE", "SECRET"] { #expect(!help.contains("ISTHMUS_DIALBACK_\(word)")) }
    }
}
