public import XML

/// Our stream to the XMPP server of a split domain, to which we are an external component
/// ([XEP-0114](https://xmpp.org/extensions/xep-0114.html)), without transport, clock and cryptography.
///
/// ```
///        started           header            <handshake/>          closed, error, silence
///  idle ─────────▶ opening ───────▶ proving ─────────────▶ open ─────────────────────────▶ closed
/// ```
///
/// The server is trusted with the domains it is attached for; what one of its users writes is never a reason to end the stream,
/// which all others share.
public struct ComponentStream: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// The transport is there.
        case started
        case opened(StreamHeader)
        case openedWrongly(StreamError)
        /// The answer to ``Action/makeHandshake(streamID:)``.
        case handshakeMade(String)
        case element(XMLElement)
        case whitespace
        case closedByPeer
        case parserFailed(XMLError)
        /// Something of ours was written.
        case spoke
        case timerFired(Timer)
        case shutDown
        case disconnected
    }

    public enum Action: Equatable, Sendable {
        case open(StreamHeader)
        case send(XMLElement)
        /// Asks for the hash of the stream's id and the secret (XEP-0114 §3).
        case makeHandshake(streamID: String)
        /// From now on stanzas go both ways.
        case established
        case deliver(Stanza)
        /// A stanza whose recipient's address makes no sense: to be answered with `jid-malformed`.
        case unaddressable(Stanza)
        /// An element that nobody can answer.
        case ignored(String)
        case startTimer(Timer, Duration)
        case closeStream
        /// The transport is to be closed once all is sent; the last action there is.
        case disconnect(StreamEnd)
    }

    public enum Timer: Hashable, Sendable, CaseIterable { case establishment, keepAlive, inactivity }

    enum State: Equatable, Sendable { case idle, opening, proving, open, closed }

    /// Our name at the server: the component's JID.
    public let name: String
    /// Whom a sign of life is asked of: a domain of the server.
    private let host: String
    private let timings: StreamTimings
    private(set) var state = State.idle
    private var liveness = Liveness()
    private var pings = 0
    /// The id that the server gave the stream.
    public private(set) var id = ""

    public init(name: String, host: String, timings: StreamTimings = StreamTimings()) {
        self.name = name
        self.host = host
        self.timings = timings
    }

    public var isEstablished: Bool { self.state == .open }

    /// Takes an event; what is to be done about it is appended to `actions`.
    public mutating func handle(_ event: Event, into actions: inout [Action]) {
        guard self.state != .closed else { return }
        switch event {
        case .started: self.started(&actions)
        case .opened(let header): self.opened(header, &actions)
        case .openedWrongly(let error): self.fail(error, &actions)
        case .handshakeMade(let hash):
            guard self.state == .proving else { return }
            actions.append(.send(XMLElement("handshake", namespace: Namespace.component, text: hash)))
        case .element(let element): self.received(element, &actions)
        case .whitespace: self.liveness.heard()
        case .closedByPeer: self.close(.closed, &actions)
        case .parserFailed(let error): self.fail(StreamError(error), &actions)
        case .spoke: self.liveness.spoke()
        case .timerFired(let timer): self.fired(timer, &actions)
        case .shutDown: self.close(.shuttingDown, &actions)
        case .disconnected: self.disconnect(.disconnected, &actions)
        }
    }

    // MARK: Negotiation

    private mutating func started(_ actions: inout [Action]) {
        guard self.state == .idle else { return }
        self.state = .opening
        actions.append(
            .open(
                StreamHeader(
                    to: self.name,
                    version: nil,
                    contentNamespace: Namespace.component,
                    declaresDialback: false
                )
            )
        )
        actions.append(.startTimer(.establishment, self.timings.establishment))
    }

    private mutating func opened(_ header: StreamHeader, _ actions: inout [Action]) {
        guard self.state == .opening else { return self.fail(StreamError(.badFormat), &actions) }
        guard header.contentNamespace == Namespace.component else {
            return self.fail(StreamError(.invalidNamespace, text: "this is no port for components"), &actions)
        }
        guard let id = header.id, !id.isEmpty else {
            return self.fail(StreamError(.badFormat, text: "a stream without an id"), &actions)
        }
        self.id = id
        self.state = .proving
        actions.append(.makeHandshake(streamID: id))
    }

    // MARK: Elements

    private mutating func received(_ element: XMLElement, _ actions: inout [Action]) {
        self.liveness.heard()
        if element.is("error", Namespace.stream) { return self.receivedError(StreamError(element), &actions) }
        switch self.state {
        case .idle, .closed, .opening: break
        case .proving:
            guard element.is("handshake", Namespace.component) else {
                return self.fail(StreamError(.notAuthorized, text: "stanza before the handshake"), &actions)
            }
            self.state = .open
            actions.append(.established)
            actions.append(.startTimer(.inactivity, self.timings.silenceLook))
            if let look = self.timings.keepAliveLook { actions.append(.startTimer(.keepAlive, look)) }
        case .open: self.receivedStanza(element.with(Namespace.server, insteadOf: Namespace.component), &actions)
        }
    }

    /// `not-authorized`: the secret is another one; `conflict`: another component has the name, perhaps one of our own.
    private mutating func receivedError(_ error: StreamError, _ actions: inout [Action]) {
        if self.state == .proving, error.condition == .notAuthorized {
            self.close(.authenticationFailed("the server does not accept the secret"), &actions)
        } else {
            self.close(.peerError(error), &actions)
        }
    }

    private func receivedStanza(_ element: XMLElement, _ actions: inout [Action]) {
        do throws(Stanza.SyntaxError) {
            let stanza = try Stanza(element)
            guard stanza.from != nil else { return actions.append(.ignored("a stanza without a sender")) }
            actions.append(stanza.to == nil ? .unaddressable(stanza) : .deliver(stanza))
        } catch {
            switch error {
            case .notAStanza: actions.append(.ignored("<\(element.name)/> is no stanza"))
            case .malformedFrom: actions.append(.ignored("the sender's address is malformed"))
            case .malformedTo:
                var element = element
                element.attributes.removeAll { $0.name == "to" && $0.namespace == nil }
                self.receivedStanza(element, &actions)
            }
        }
    }

    // MARK: Life and end

    private mutating func fired(_ timer: Timer, _ actions: inout [Action]) {
        switch timer {
        case .establishment:
            if self.state != .open { self.close(.establishmentTimeout, &actions) }
        case .inactivity:
            if self.liveness.lookForSilence() { return self.close(.inactive, &actions) }
            actions.append(.startTimer(.inactivity, self.timings.silenceLook))
        case .keepAlive:
            guard let look = self.timings.keepAliveLook else { return }
            if self.liveness.needsSignOfLife() || self.liveness.isSilent {
                self.pings += 1
                let ping = Bidirectional.ping(DomainPair(local: self.name, remote: self.host), number: self.pings)
                actions.append(.send(ping.with(Namespace.component, insteadOf: Namespace.server)))
            }
            actions.append(.startTimer(.keepAlive, look))
        }
    }

    private mutating func fail(_ error: StreamError, _ actions: inout [Action]) {
        if self.state != .idle { actions.append(.send(error.element)) }
        self.close(.protocolError(error), &actions)
    }

    private mutating func close(_ end: StreamEnd, _ actions: inout [Action]) {
        if self.state != .idle { actions.append(.closeStream) }
        self.disconnect(end, &actions)
    }

    private mutating func disconnect(_ end: StreamEnd, _ actions: inout [Action]) {
        self.state = .closed
        actions.append(.disconnect(end))
    }
}
