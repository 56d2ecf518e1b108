import XML
import XMPPCore

/// A peer that opens a stream and says whatever the input is, in pieces whose length the first byte chooses.
///
/// The second byte chooses the partner's rules, the certificate, and whether keys are the peer's. Whatever is said: no stanza is
/// delivered but of a pair that was authenticated, none is authenticated but by a step that the rules allow, after the
/// end nothing happens any more, and what one event sets off is bounded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2, var peer = Peer(choices: bytes[1]) else { return 0 }
    let said = bytes[1] & 128 != 0 ? expand(bytes[2...]) : Array(bytes[2...])
    let size = Int(bytes[0]) * 4 + 1
    for begin in stride(from: 0, to: said.count, by: size) {
        peer.says(said[begin..<min(begin + size, said.count)])
    }
    return 0
}

/// What a byte of 128 or more stands for, where the input says so: no fuzzer guesses a whole header.
private let steps: [String] = [
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

private func expand(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.flatMap { $0 < 128 ? [$0] : Array(steps[Int($0 - 128) % steps.count].utf8) }
}

private struct Peer: ~Copyable {
    private var parser: XMLStreamParser
    private var machine = InboundStream(configuration: .init(maximumBytes: 262_144))
    private let rules: StreamRules
    private let certificate: CertificateVerdict
    private let outcome: DialbackOutcome
    private var isSecured = false
    /// Keys that are being verified, and pairs that may speak.
    private var asked: Set<DomainPair> = []
    private var authenticated: Set<DomainPair> = []

    private static let limits = XMLLimits(
        bytes: 16_384,
        elements: 64,
        attributes: 16,
        depth: 8,
        text: 8_192,
        streamBytes: 65_536
    )

    init?(choices: UInt8) {
        guard let parser = try? XMLStreamParser(limits: Self.limits, vocabulary: .stream) else { return nil }
        self.parser = parser
        self.rules = StreamRules(
            allowsExternal: choices & 1 != 0,
            allowsDialbackOverTLS: choices & 2 != 0,
            allowsDialbackInClear: choices & 4 != 0
        )
        self.certificate = choices & 8 != 0 ? .valid : choices & 16 != 0 ? .invalid("expired") : .absent
        self.outcome = choices & 32 != 0 ? .valid : .invalid
        self.handle(.started(isSecured: false))
    }

    mutating func says(_ bytes: ArraySlice<UInt8>) {
        for item in self.parser.feed(bytes) {
            switch item {
            case .opened(let root, let namespaces):
                do throws(StreamError) {
                    self.handle(.opened(try StreamHeader(root, namespaces: namespaces), streamID: "s"))
                } catch {
                    self.handle(.openedWrongly(error, streamID: "s"))
                }
            case .element(let element, let isLast): self.handle(.element(element, isLast: isLast))
            case .whitespace: self.handle(.whitespace)
            case .closed: self.handle(.closedByPeer)
            case .failed(let error): self.handle(.parserFailed(error))
            }
        }
    }

    private mutating func handle(_ event: InboundStream.Event) {
        var events = [event]
        while let event = events.first {
            events.removeFirst()
            let hadEnded = self.machine.hasEnded
            var actions: [InboundStream.Action] = []
            self.machine.handle(event, into: &actions)
            precondition(!hadEnded || actions.isEmpty, "something happens after the end")
            precondition(actions.count <= 16, "one event sets off \(actions.count) actions")
            for action in actions { events += self.perform(action) }
        }
        precondition(self.machine.isEstablished == !self.authenticated.isEmpty)
    }

    private mutating func perform(_ action: InboundStream.Action) -> [InboundStream.Event] {
        switch action {
        case .consult(let local, _):
            guard local == "sip.example" else { return [.consulted(.refused(StreamError(.hostUnknown)))] }
            let certificate: CertificateVerdict = self.isSecured ? self.certificate : .absent
            return [.consulted(.allowed(self.rules, certificate: certificate, offersTLS: true))]
        case .startTLS:
            precondition(!self.isSecured && self.rules.allowsTLS, "TLS that nobody offered")
            self.isSecured = true
            self.parser.restart(limits: Self.limits)
            return [.secured]
        case .restart: self.parser.restart(limits: Self.limits)
        case .verifyKey(let pair, _, _):
            precondition(self.rules.allowsDialback(isSecured: self.isSecured), "dialback against the rules")
            self.asked.insert(pair)
            return [.keyVerified(pair, self.outcome)]
        case .checkKey(let pair, let id, _): return [.keyChecked(pair, streamID: id, self.outcome)]
        case .authenticated(let pair, .external):
            precondition(
                self.isSecured && self.rules.allowsExternal && self.certificate == .valid,
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
        case .open, .send, .sendWhitespace, .startTimer, .refused, .closeStream, .disconnect, .countsFromHere, .taken:
            break
        }
        return []
    }
}
