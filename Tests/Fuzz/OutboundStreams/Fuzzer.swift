import StreamFuzzing
import XML
import XMPPCore

/// A server that we call and that says whatever the input is.
///
/// The input chooses the partner's rules and the certificates. Whatever is said: nothing is sent in the clear that the rules keep
/// inside TLS, and the stream is established by an allowed step only.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    Server.play(start, count)
    return 0
}

private struct Server: StreamPlayer {
    static let steps: [String] = [
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns"
            + ":db='jabber:server:dialback' version='1.0' id='i' from='partner.example' to='sip.example'>",
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns"
            + ":db='jabber:server:dialback' id='i'>",
        "</stream:stream>",
        "<stream:features/>",
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
        "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><"
            + "/stream:features>",
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL<"
            + "/mechanism></mechanisms></stream:features>",
        "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/><sm xmlns='urn:xmpp:sm:3'/>"
            + "</stream:features>",
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<db:result from='partner.example' to='sip.example' type='valid'/>",
        "<db:result from='partner.example' to='sip.example' type='invalid'/>",
        "<db:verify from='partner.example' to='sip.example' id='in1' type='valid'/>",
        "<message from='a@partner.example' to='b@sip.example'><body>x</body></message>",
        "<enabled xmlns='urn:xmpp:sm:3'/>",
        "<a xmlns='urn:xmpp:sm:3' h='1'/>",
        "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>",
        "<r xmlns='urn:xmpp:sm:3'/>",
        "<failed xmlns='urn:xmpp:sm:3'/>",
        "<bidi xmlns='urn:xmpp:bidi'/>",
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL<"
            + "/mechanism></mechanisms><bidi xmlns='urn:xmpp:features:bidi'/></stream:features>",
        "<db:verify from='partner.example' to='sip.example' id='out1'>key</db:verify>",
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    ]

    private static let pair = DomainPair(local: "sip.example", remote: "partner.example")

    private let rules: StreamRules
    private let certificate: CertificateVerdict
    private let hasCertificate: Bool
    private let purpose: OutboundStream.Purpose
    private var isSecured = false
    private var hasSentAuth = false
    private var hasSentKey = false
    private var isEstablished = false

    init(_ choices: Choices) {
        self.rules = choices.rules
        self.certificate = choices.certificate
        self.hasCertificate = choices.first
        self.purpose = choices.second ? .verification : .traffic
    }

    var beginning: (machine: OutboundStream, events: [OutboundStream.Event]) {
        let machine = OutboundStream(
            pair: Self.pair,
            purpose: self.purpose,
            configuration: .init(rules: self.rules, hasCertificate: self.hasCertificate)
        )
        return (
            machine,
            [.started(directTLS: nil), .verify(.init(pair: Self.pair, streamID: "in1"), key: "theirs")]
        )
    }

    func check(_ machine: OutboundStream) {}

    mutating func perform(_ action: OutboundStream.Action) -> [OutboundStream.Event] {
        switch action {
        case .send(let element):
            if element.is("auth", Namespace.sasl) {
                precondition(
                    self.isSecured && self.rules.allowsExternal && self.certificate == .valid,
                    "EXTERNAL for nothing"
                )
                self.hasSentAuth = true
            }
            if element.namespace == Namespace.dialback {
                precondition(self.rules.allowsDialback(isSecured: self.isSecured), "dialback against the rules")
                if element.name == "result" { self.hasSentKey = true }
            }
        case .startTLS:
            precondition(!self.isSecured && self.rules.allowsTLS, "TLS against the rules")
            self.isSecured = true
            return [.secured(self.certificate)]
        case .makeKey: return [.keyMade("ours")]
        case .established(let method, _):
            switch method {
            case .external: precondition(self.hasSentAuth, "EXTERNAL that nobody did")
            case .dialbackOverTLS, .dialbackInClear: precondition(self.hasSentKey, "dialback that nobody did")
            }
            self.isEstablished = true
            return [.stanzasSent(2)]
        case .deliver(let stanza, let pair, let number):
            precondition(pair == Self.pair && stanza.from?.domain == pair.remote && stanza.to?.domain == pair.local)
            precondition(self.isEstablished, "a stanza on a stream that nobody authenticated")
            return number.map { [.settled($0)] } ?? []
        case .unaddressable(_, let pair, let number):
            precondition(pair == Self.pair && self.isEstablished, "a stanza on a stream that nobody authenticated")
            return number.map { [.settled($0)] } ?? []
        case .checkKey(let pair, let id, _): return [.keyChecked(pair, streamID: id, .invalid)]
        case .open, .sendWhitespace, .restart, .refused, .taken, .verified, .startTimer, .closeStream, .disconnect:
            break
        }
        return []
    }
}
