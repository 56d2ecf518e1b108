import Messaging
import Wire
import XML
import XMPPCore

/// What the machine of the stream says, in words.
extension StreamWalk {
    mutating func machine(_ event: OutboundStream.Event, _ actions: [OutboundStream.Action]) {
        switch event {
        case .opened(let header):
            self.expect("stream", "what the peer offers")
            if header.version == nil {
                self.add("offers", .warning, "it is a server older than RFC 3920: dialback, and nothing else")
            }
        case .element(let element, _): self.received(element, actions)
        case .keyMade(let key?) where !key.isEmpty:
            self.expect("dialback", "the peer's verdict on our key, for which it calls back one of our edges")
        case .started, .openedWrongly, .whitespace, .closedByPeer, .parserFailed, .secured, .tlsFailed, .keyMade,
            .verify, .stanzasSent, .settled, .keyChecked, .timerFired, .revoked, .certificateLost, .shutDown,
            .disconnected:
            break
        }
        for action in actions { self.does(action) }
    }

    private mutating func received(_ element: XMLElement, _ actions: [OutboundStream.Action]) {
        switch (element.namespace, element.name) {
        case (Namespace.stream, "features"):
            self.offered(StreamFeatures(element), goesOnByDialback: actions.contains { $0.isMakeKey })
        case (Namespace.sasl, "success"):
            self.add(
                "authentication",
                .good,
                "SASL EXTERNAL: the peer has taken our certificate for \(self.pair.local)"
            )
            self.expect("stream", "the peer's stream after authentication")
        case (Namespace.sasl, "failure") where actions.contains { $0.isMakeKey }:
            let condition = element.elements.first { $0.name != "text" }?.name ?? "no reason given"
            self.add(
                "authentication",
                .warning,
                "SASL EXTERNAL: the peer refuses our certificate (\(condition)); the partner's rules leave dialback",
                remedy: "Ask them whether they trust the issuer of ours: isthmusctl certificate list",
                reason: .authenticationFailed
            )
        default: break
        }
    }

    private mutating func offered(_ features: StreamFeatures, goesOnByDialback: Bool) {
        var offers: [String] = []
        switch features.startTLS {
        case .none: break
        case .offered: offers.append("STARTTLS")
        case .required: offers.append("STARTTLS, which it requires")
        }
        offers += features.mechanisms.map { "SASL \($0)" }
        if features.dialback { offers.append("dialback") }
        if features.bidirectional { offers.append("both directions on one stream") }
        if features.acknowledgements { offers.append("acknowledgements") }
        self.add("offers", .good, offers.isEmpty ? "nothing" : offers.joined(separator: ", "))
        guard goesOnByDialback, self.rules.allowsExternal else { return }
        let why =
            !self.hasCertificate
            ? "there is no certificate of ours for \(self.pair.local)"
            : features.mechanisms.contains("EXTERNAL")
                ? "the peer's certificate is not good enough" : "the peer does not offer it to our certificate"
        self.add("authentication", .warning, "no SASL EXTERNAL: \(why); the partner's rules leave dialback")
    }

    private mutating func does(_ action: OutboundStream.Action) {
        switch action {
        case .startTLS: self.expect("TLS", "the end of the TLS handshake")
        case .send(let element) where element.is("starttls", Namespace.tls):
            self.expect("TLS", "the peer's word that TLS may begin")
        case .makeKey: self.expect("dialback", "the dialback authority's key")
        case .send(let element) where element.namespace == Namespace.sasl && element.name == "auth":
            self.expect("authentication", "the peer's verdict on our certificate")
        case .established(let method, _): self.established(method)
        case .open, .send, .sendWhitespace, .restart, .taken, .verified, .deliver, .unaddressable, .checkKey, .refused,
            .startTimer, .closeStream, .disconnect:
            break
        }
    }

    private mutating func established(_ method: AuthenticationMethod) {
        switch method {
        case .external: break
        case .dialbackOverTLS:
            self.add("dialback", .good, "the peer has called back, and was told that our key is ours")
        case .dialbackInClear:
            self.add("TLS", .warning, "the stream is in the clear, as the partner's rules allow")
            self.add("dialback", .good, "the peer has called back, and was told that our key is ours")
        }
        self.ready(method)
    }
}

extension OutboundStream.Action {
    fileprivate var isMakeKey: Bool { if case .makeKey = self { true } else { false } }
}
