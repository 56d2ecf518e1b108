import Messaging
import Policy
import TestSupport
import Testing

@testable import XMPPEdge

@Suite("What a hostile peer can do to xmpp-edge", .timeLimit(.minutes(5)))
struct HostilePeerTests {
    static func gateway(_ partner: Partner, limits: Limits = Limits()) async throws -> TestGateway {
        let authority = try GatewayFederationTests.authority.get()
        let gateway = try await TestGateway(
            "sip.example",
            identity: try GatewayFederationTests.identity("sip.example"),
            trusting: authority.rootPEM,
            limits: limits
        )
        try await gateway.federate(with: [partner])
        return gateway
    }

    static let inClear = Partner(
        domain: "partner.example",
        kind: .federated,
        tls: .notSupported,
        sasl: .notSupported,
        dialback: true,
        proxyFQDN: "127.0.0.1:1"
    )

    static func header(
        from: String? = "partner.example",
        to: String? = "sip.example",
        namespace: String = "jabber:server"
    ) -> String {
        "<?xml version='1.0'?><stream:stream xmlns='\(namespace)' xmlns:stream='http://etherx.jabber.org/streams' "
            + "xmlns:db='jabber:server:dialback' version='1.0'"
            + (from.map { " from='\($0)'" } ?? "") + (to.map { " to='\($0)'" } ?? "") + ">"
    }

    static let message = "<message from='a@partner.example' to='b@sip.example' type='chat'><body>x</body></message>"

    static let attacks: [(String, answer: String)] = [
        ("GET / HTTP/1.1\r\nHost: sip.example\r\n\r\n", "not-well-formed"),
        (header(from: "stranger.example"), "policy-violation"),
        (header(to: "elsewhere.example"), "host-unknown"),
        (header(to: nil), "improper-addressing"),
        (header(namespace: "jabber:client"), "invalid-namespace"),
        (header() + message, "not-authorized"),
        (header() + "<!-- x -->", "restricted-xml"),
        (header() + "<iq type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "not-authorized"),
        (header() + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>", "not-authorized"),
        (header() + "<compress xmlns='http://jabber.org/protocol/compress'/>", "unsupported-stanza-type"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + header(), "restricted-xml"),
        (header() + "<m>" + String(repeating: "x", count: 20_000), "policy-violation"),
        (header() + String(repeating: "<m><m><m><m>", count: 10), "policy-violation"),
        (header() + "<a" + (0..<40).map { " a\($0)=''" }.joined() + "/>", "policy-violation"),
    ]

    @Test("Each attack is answered with its stream error, and nothing is routed", arguments: attacks)
    func attack(_ bytes: String, answer: String) async throws {
        let gateway = try await Self.gateway(Self.inClear)
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(bytes)
        try await peer.expect("<\(answer) xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\"/>")
        try await peer.expect("</stream:stream>")
        try await peer.expectEnd()
        #expect(gateway.sip.received.values.isEmpty)
        try await gateway.stop()
    }

    @Test("A stream that is refused is in the refusal records with the rule that refused it")
    func recorded() async throws {
        let gateway = try await Self.gateway(Self.inClear)
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(Self.header(from: "stranger.example"))
        try await peer.expectEnd()
        try await eventually("the record") {
            gateway.refusals.values.contains { $0.reason == .unknownPartner && $0.from == "stranger.example" }
        }
        try await gateway.stop()
    }

    static let startTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

    /// What may lie behind `<starttls/>` in one read: whole elements, pieces of one, and what is no XML.
    static let injected = [
        message, "<message from='a@partner.ex", "<", "</", "</stream:stream>", " ", "\n", "x", "&", "<?xml", "<!--",
        "\0",
        "\u{16}\u{3}\u{1}", header(),
    ]

    @Test(
        "CVE-2011-0411: bytes behind <starttls/> end the connection, and are not read as if they came inside TLS",
        arguments: injected
    )
    func injection(_ bytes: String) async throws {
        let gateway = try await Self.gateway(Partner(domain: "partner.example", kind: .federated))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(Self.header())
        try await peer.expect("<required/>")
        try await peer.send(Self.startTLS + bytes)
        try await peer.expectEnd()
        #expect(!peer.received.contains("<proceed"))
        try await gateway.stop()
    }

    @Test(
        "CVE-2011-0411: clear text behind <proceed/> ends the handshake, and is not read as XML",
        arguments: [message, "<message from='a@partner.ex", " ", "\0"]
    )
    func injectionIntoHandshake(_ bytes: String) async throws {
        let gateway = try await Self.gateway(Partner(domain: "partner.example", kind: .federated))
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(Self.header())
        try await peer.expect("<required/>")
        try await peer.send(Self.startTLS)
        try await peer.expect("<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>")
        try await peer.send(bytes + Self.header() + Self.message)
        try await peer.expectEnd()
        #expect(!peer.received.contains("not-authorized"))
        #expect(gateway.sip.received.values.isEmpty)
        try await gateway.stop()
    }

    @Test("A peer that says nothing, or too little, is sent away in time")
    func slowPeer() async throws {
        let gateway = try await Self.gateway(Self.inClear)
        try await gateway.federate(
            with: [Self.inClear],
            settings: GatewaySettings(streamEstablishmentTimeout: 1, xmppAccess: true)
        )
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(Self.header())
        try await peer.expect("<connection-timeout xmlns=")
        try await peer.expectEnd()
        let silent = try await RawPeer(port: gateway.directPort)
        try await silent.expectEnd()
        try await gateway.stop()
    }

    @Test(
        "OF-2325: a key that cannot be verified is answered with an error; the peer's servers are left alone for a while"
    )
    func unverifiable() async throws {
        let gateway = try await Self.gateway(Self.inClear)
        let peer = try await RawPeer(port: gateway.port)
        try await peer.send(Self.header() + "<db:result from='partner.example' to='sip.example'>key</db:result>")
        try await peer.expect("type=\"error\"")
        #expect(!peer.received.contains("type=\"valid\""))
        try await peer.send(Self.message)
        try await peer.expect("<not-authorized xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\"/>")
        #expect(gateway.sip.received.values.isEmpty)
        try await gateway.stop()
    }
}
