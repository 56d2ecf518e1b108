import XML
import XMPPCore

/// A server that we call and that says whatever the input is, in pieces whose length the first byte chooses.
///
/// The second byte chooses the partner's rules and the certificates. Whatever is said: nothing is sent in the clear that the
/// rules keep inside TLS, the stream is established by an allowed step only, after the end nothing happens any more, and what
/// one event sets off is bounded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2, var server = Server(choices: bytes[1]) else { return 0 }
    let said = bytes[1] & 128 != 0 ? expand(bytes[2...]) : Array(bytes[2...])
    let size = Int(bytes[0]) * 4 + 1
    for begin in stride(from: 0, to: said.count, by: size) {
        server.says(said[begin..<min(begin + size, said.count)])
    }
    return 0
}

/// What a byte of 128 or more stands for, where the input says so: no fuzzer guesses a whole header.
private let steps: [String] = [
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
    "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
]

private func expand(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.flatMap { $0 < 128 ? [$0] : Array(steps[Int($0 - 128) % steps.count].utf8) }
}

private struct Server: ~Copyable {
    private var parser: XMLStreamParser
    private var machine: OutboundStream
    private let rules: StreamRules
    private let certificate: CertificateVerdict
    private let hasCertificate: Bool
    private var isSecured = false
    private var hasSentAuth = false
    private var hasSentKey = false

    private static let pair = DomainPair(local: "sip.example", remote: "partner.example")
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
        self.hasCertificate = choices & 32 != 0
        self.machine = OutboundStream(
            pair: Self.pair,
            purpose: choices & 64 != 0 ? .verification : .traffic,
            configuration: .init(rules: self.rules, hasCertificate: self.hasCertificate)
        )
        self.handle(.started(directTLS: nil))
        self.handle(.verify(.init(pair: Self.pair, streamID: "in1"), key: "theirs"))
    }

    mutating func says(_ bytes: ArraySlice<UInt8>) {
        for item in self.parser.feed(bytes) {
            switch item {
            case .opened(let root, let namespaces):
                do throws(StreamError) {
                    self.handle(.opened(try StreamHeader(root, namespaces: namespaces)))
                } catch {
                    self.handle(.openedWrongly(error))
                }
            case .element(let element, let isLast): self.handle(.element(element, isLast: isLast))
            case .whitespace: self.handle(.whitespace)
            case .closed: self.handle(.closedByPeer)
            case .failed(let error): self.handle(.parserFailed(error))
            }
        }
    }

    private mutating func handle(_ event: OutboundStream.Event) {
        var events = [event]
        while let event = events.first {
            events.removeFirst()
            let hadEnded = self.machine.hasEnded
            var actions: [OutboundStream.Action] = []
            self.machine.handle(event, into: &actions)
            precondition(!hadEnded || actions.isEmpty, "something happens after the end")
            precondition(actions.count <= 16, "one event sets off \(actions.count) actions")
            for action in actions { events += self.perform(action) }
        }
    }

    private mutating func perform(_ action: OutboundStream.Action) -> [OutboundStream.Event] {
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
        case .restart: self.parser.restart(limits: Self.limits)
        case .makeKey: return [.keyMade("ours")]
        case .established(let method, _):
            switch method {
            case .external: precondition(self.hasSentAuth, "EXTERNAL that nobody did")
            case .dialbackOverTLS, .dialbackInClear: precondition(self.hasSentKey, "dialback that nobody did")
            }
            return [.stanzasSent(2)]
        case .open, .sendWhitespace, .taken, .verified, .startTimer, .closeStream, .disconnect: break
        }
        return []
    }
}
