import StreamFuzzing
import XMPPCore

/// A peer that opens a stream and says whatever the input is.
///
/// The input chooses the partner's rules, the certificate, and whether keys are the peer's. Whatever is said: no stanza is
/// delivered but of a pair that was authenticated, and none is authenticated but by a step that the rules allow.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    Peer.play(start, count)
    return 0
}

private struct Peer: StreamPlayer {
    static let steps: [String] = [
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns"
            + ":db='jabber:server:dialback' version='1.0' from='partner.example' to='sip.example'>",
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns"
            + ":db='jabber:server:dialback' from='partner.example' to='sip.example'>",
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns"
            + ":db='jabber:server:dialback' version='1.0' to='sip.example'>",
        "</stream:stream>",
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'/>",
        "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>",
        "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<db:result from='partner.example' to='sip.example'>key</db:result>",
        "<db:result from='other.example' to='sip.example'>key</db:result>",
        "<db:verify from='partner.example' to='sip.example' id='s'>key</db:verify>",
        "<db:result from='partner.example' to='sip.example' type='valid'/>",
        "<message from='a@partner.example' to='b@sip.example'><body>x</body></message>",
        "<message from='a@other.example' to='b@sip.example'><body>x</body></message>",
        "<message from='a@partner.example' to='@'/>",
        "<enable xmlns='urn:xmpp:sm:3'/>",
        "<r xmlns='urn:xmpp:sm:3'/>",
        "<a xmlns='urn:xmpp:sm:3' h='1'/>",
        "<compress xmlns='http://jabber.org/protocol/compress'/>",
        "<bidi xmlns='urn:xmpp:bidi'/>",
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        " type='error'",
    ]

    private let rules: StreamRules
    private let certificate: CertificateVerdict
    private let outcome: DialbackOutcome
    private var isSecured = false
    /// DNS vouches for the certificate.
    private var isProven = false
    /// Keys that are being verified, and pairs that may speak.
    private var asked: Set<DomainPair> = []
    private var authenticated: Set<DomainPair> = []

    init(_ choices: Choices) {
        self.rules = choices.rules
        self.certificate = choices.second ? .provable("expired") : choices.certificate
        self.outcome = choices.first ? .valid : .invalid
    }

    var beginning: (machine: InboundStream, events: [InboundStream.Event]) {
        (InboundStream(configuration: .init(maximumBytes: 262_144)), [.started(isSecured: false)])
    }

    func check(_ machine: InboundStream) {
        precondition(machine.isEstablished == !self.authenticated.isEmpty)
    }

    mutating func perform(_ action: InboundStream.Action) -> [InboundStream.Event] {
        switch action {
        case .consult(let local, _):
            guard local == "sip.example" else { return [.consulted(.refused(StreamError(.hostUnknown)))] }
            let certificate: CertificateVerdict = self.isSecured ? self.certificate : .absent
            return [.consulted(.allowed(self.rules, certificate: certificate, offersTLS: true))]
        case .proveCertificate(let pair):
            precondition(self.isSecured && self.rules.allowsExternal, "a proof for nothing")
            self.isProven = self.outcome == .valid
            return [.certificateProven(pair, self.isProven ? .valid : .invalid("expired"))]
        case .startTLS:
            precondition(!self.isSecured && self.rules.allowsTLS, "TLS that nobody offered")
            self.isSecured = true
            return [.secured]
        case .verifyKey(let pair, _, _):
            precondition(self.rules.allowsDialback(isSecured: self.isSecured), "dialback against the rules")
            self.asked.insert(pair)
            return [.keyVerified(pair, self.outcome)]
        case .checkKey(let pair, let id, _): return [.keyChecked(pair, streamID: id, self.outcome)]
        case .authenticated(let pair, .external):
            precondition(
                self.isSecured && self.rules.allowsExternal && (self.certificate == .valid || self.isProven),
                "EXTERNAL for nothing"
            )
            self.authenticated.insert(pair)
        case .authenticated(let pair, .dialbackOverTLS), .authenticated(let pair, .dialbackInClear):
            precondition(self.outcome == .valid && self.asked.contains(pair), "a pair that nobody verified")
            self.authenticated.insert(pair)
        case .deliver(let stanza, let pair, let number):
            precondition(self.authenticated.contains(pair), "a stanza of a pair that is not authenticated")
            precondition(stanza.from?.domain == pair.remote && stanza.to?.domain == pair.local)
            return number.map { [.settled($0)] } ?? []
        case .unaddressable(_, let pair, let number):
            precondition(self.authenticated.contains(pair), "a stanza of a pair that is not authenticated")
            return number.map { [.settled($0)] } ?? []
        case .carries(let pair): precondition(self.authenticated.contains(pair), "stanzas to whom nobody verified")
        case .open, .send, .sendWhitespace, .startTimer, .refused, .reached, .closeStream, .disconnect, .countsFromHere,
            .taken,
            .restart:
            break
        }
        return []
    }
}
