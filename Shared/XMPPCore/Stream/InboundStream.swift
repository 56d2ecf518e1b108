public import XML

/// A stream that a peer opened: stanzas towards us travel on it, and, if the peer asks for a bidirectional one, ours to it.
///
/// The receiving role of [RFC 6120 §4](https://www.rfc-editor.org/rfc/rfc6120#section-4), and the receiving and authoritative
/// roles of [XEP-0220](https://xmpp.org/extensions/xep-0220.html) and
/// [XEP-0288](https://xmpp.org/extensions/xep-0288.html).
///
/// ```
///  idle ─ started ─▶ expectingHeader ─ opened, consulted ─▶ negotiating ──▶ closed
///                      ▲    ▲                                │  │  │
///                      │    └── secured ── securing ◀ starttls  │  └ pair authenticated by dialback: stanzas of that pair
///                      └──────────────── success ◀── auth ──────┘
/// ```
///
/// A step that was not offered is not taken: every request is checked against what this stream, as it is now, allows.
/// The machine does no I/O and reads no clock. Its owner carries out the actions of an event before it reports the next.
public struct InboundStream: Sendable {
    /// What can happen to the stream.
    public enum Event: Equatable, Sendable {
        /// The connection is there; on a port for direct TLS, after its handshake.
        case started(isSecured: Bool)
        /// `streamID` is a new unpredictable id for the answer.
        case opened(StreamHeader, streamID: String)
        /// The root was not one of a stream.
        case openedWrongly(StreamError, streamID: String)
        /// The answer to ``Action/consult(local:remote:)``.
        case consulted(Verdict)
        /// The answer to ``Action/proveCertificate(_:)``: never ``CertificateVerdict/provable(_:)``.
        case certificateProven(DomainPair, CertificateVerdict)
        case element(XMLElement, isLast: Bool)
        case whitespace
        case closedByPeer
        case parserFailed(XMLError)
        /// The TLS handshake asked for by ``Action/startTLS`` is done.
        case secured
        case tlsFailed(String)
        /// The answer to ``Action/verifyKey(_:streamID:key:)``.
        case keyVerified(DomainPair, DialbackOutcome)
        /// The answer to ``Action/checkKey(_:streamID:key:)``.
        case keyChecked(DomainPair, streamID: String, DialbackOutcome)
        /// The fate of the stanza delivered under this number is known.
        case settled(UInt32)
        /// So many stanzas were written.
        case stanzasSent(Int)
        case timerFired(Timer)
        /// The partner's rules changed, and no longer allow this pair.
        case revoked(DomainPair, StreamError)
        /// The peer's certificate is no longer good: it has expired, or is not trusted any more; why, in words.
        case certificateLost(String)
        case shutDown
        case disconnected
    }

    /// What the stream asks of its owner.
    public enum Action: Equatable, Sendable {
        case open(StreamHeader)
        case send(XMLElement)
        case sendWhitespace
        /// What the policy says of the pair, and the peer's certificate of its domain; `remote` is `nil` as long as the peer
        /// has not said who it is.
        case consult(local: String, remote: String?)
        /// Looks whether DNSSEC proves that the peer's certificate is its domain's. Features wait for the answer.
        case proveCertificate(DomainPair)
        /// Everything sent so far goes out in the clear, everything after it inside TLS.
        case startTLS
        /// The next bytes are a new stream's.
        case restart
        /// Asks the authoritative server of the peer's domain about a key.
        case verifyKey(DomainPair, streamID: String, key: String)
        /// Asks the dialback authority whether a key is ours.
        case checkKey(DomainPair, streamID: String, key: String)
        case authenticated(DomainPair, AuthenticationMethod)
        /// A stanza of an authenticated pair. With a number, its fate is to be reported by ``Event/settled(_:)``.
        case deliver(Stanza, DomainPair, number: UInt32?)
        /// A stanza whose recipient's address makes no sense: to be answered with `jid-malformed`.
        case unaddressable(Stanza, DomainPair, number: UInt32?)
        /// From now on stanzas for this pair may be sent on this stream.
        case carries(DomainPair)
        /// What is sent from here on is counted by the peer, what was sent before is not.
        case countsFromHere
        /// So many more of our stanzas, the oldest first, are the peer's now.
        case taken(Int)
        case startTimer(Timer, Duration)
        /// Part of the stream, or all of it, was refused.
        case refused(DomainPair, StreamEnd)
        /// A key for the pair was answered without a look, for the stream has as much as it may have.
        case reached(Limit, DomainPair)
        case closeStream
        /// The transport is to be closed once all is sent; the last action there is.
        case disconnect(StreamEnd)
    }

    /// What one stream may have of the keys of its peers.
    public enum Limit: Equatable, Sendable {
        /// Keys being verified: ``Configuration/pendingVerifications``.
        case verifications
        /// Pairs that are authenticated: ``Configuration/pairs``.
        case pairs
    }

    public enum Timer: Hashable, Sendable, CaseIterable { case establishment, keepAlive, inactivity, acknowledgement }

    /// What the policy says of a pair, and its certificate.
    public enum Verdict: Equatable, Sendable {
        case refused(StreamError)
        case allowed(StreamRules, certificate: CertificateVerdict, offersTLS: Bool)
    }

    enum State: Equatable, Sendable { case idle, expectingHeader, negotiating, securing, closed }

    /// What the owner is being asked about.
    enum Question: Equatable, Sendable {
        case header
        /// Whether DNS proves the certificate; what is offered if it does not.
        case proof(StreamRules, CertificateVerdict)
        case result(DomainPair, key: String)
        case verify(DomainPair, streamID: String, key: String)
    }

    let configuration: Configuration
    var state = State.idle
    var isSecured = false
    /// Whether this life of the stream has answered with a header.
    var hasOpened = false
    var streamID = ""
    /// The pair of the header; once said, it stays (CVE-2018-10847).
    var local: String?
    var remote: String?
    var peerVersion = StreamHeader.Version.one
    var verdict: Verdict?
    var offered = StreamFeatures()
    var question: Question?
    /// Authenticated by SASL.
    var isAuthenticated = false
    var authenticationFailures = 0
    /// A key of ours was shown here: a server that we send to asks about it, and may do nothing else on this stream.
    var hasShownKey = false
    /// The peer was asked for its identity after an `<auth/>` without initial response.
    var isChallenged = false
    var receiver = StanzaReceiver()
    var verifying: Set<DomainPair> = []
    var liveness = Liveness()
    /// The peer asked for stanzas in both directions.
    public internal(set) var isBidirectional = false
    /// What the peer takes on a bidirectional stream.
    public internal(set) var peerLimits = StreamLimits()
    /// Something came after which stanzas of ours cannot miss the counting of acknowledgements.
    var hasReceivedStanza = false
    /// Pairs whose stanzas may be sent here.
    var carried: Set<DomainPair> = []
    var sender: StanzaSender
    var pings = 0

    /// Makes a stream that has not begun.
    public init(configuration: Configuration) {
        self.configuration = configuration
        self.sender = StanzaSender(timeout: configuration.acknowledgementTimeout)
    }

    /// Takes note of `event` and appends what to do about it, in order.
    public mutating func handle(_ event: Event, into actions: inout [Action]) {
        switch (self.state, event) {
        case (.idle, .started(let isSecured)):
            self.isSecured = isSecured
            self.state = .expectingHeader
            self.startTimers(&actions)

        case (.expectingHeader, .opened(let header, let id)):
            self.liveness.heard()
            self.open(header, id, &actions)
        case (.expectingHeader, .openedWrongly(let error, let id)):
            self.streamID = id
            self.fail(error, &actions)

        case (.negotiating, .consulted(let verdict)):
            self.consulted(verdict, &actions)
        case (.negotiating, .certificateProven(let pair, let certificate)):
            self.certificateProven(pair, certificate, &actions)

        case (.negotiating, .element(let element, let isLast)):
            self.liveness.heard()
            self.stopProving(&actions)
            if self.state == .negotiating { self.received(element, isLast: isLast, &actions) }

        case (.negotiating, .keyVerified(let pair, let outcome)):
            self.verified(pair, outcome, &actions)
        case (.negotiating, .keyChecked(let pair, let id, let outcome)):
            if outcome == .valid { self.hasShownKey = true }
            actions.append(.send(DialbackElement.answer(from: pair.local, to: pair.remote, id: id, outcome)))
            self.liveness.spoke()

        case (.negotiating, .settled(let number)):
            if let answer = self.receiver.acknowledgements?.settled(number) {
                actions.append(.send(answer))
                self.liveness.spoke()
            }

        case (.negotiating, .stanzasSent(let count)):
            self.stanzasSent(count, &actions)

        case (.securing, .secured):
            self.isSecured = true
            self.expectHeader(&actions)
        case (.securing, .tlsFailed(let text)):
            self.disconnect(.tlsFailed(text), &actions)

        // Bytes between <starttls/> and the handshake: somebody tries to have clear text taken for TLS (CVE-2011-0411).
        case (.securing, .element), (.securing, .whitespace), (.securing, .opened), (.securing, .openedWrongly),
            (.securing, .parserFailed), (.securing, .closedByPeer):
            self.disconnect(.protocolError(StreamError(.policyViolation, text: "data after <starttls/>")), &actions)

        // A peer that did not wait for the answer to its <auth/>.
        case (.expectingHeader, .element):
            self.fail(StreamError(.policyViolation, text: "an element before the stream was restarted"), &actions)

        case (.expectingHeader, .whitespace), (.negotiating, .whitespace):
            self.liveness.heard()

        case (.expectingHeader, .parserFailed(let error)), (.negotiating, .parserFailed(let error)):
            self.fail(StreamError(error), &actions)

        case (.expectingHeader, .closedByPeer), (.negotiating, .closedByPeer):
            self.closeInOrder(.closed, &actions)

        case (.expectingHeader, .timerFired(let timer)), (.negotiating, .timerFired(let timer)),
            (.securing, .timerFired(let timer)):
            self.fired(timer, &actions)

        case (.negotiating, .revoked(let pair, let error)):
            if self.pairs.contains(pair) { self.refuse(error, pair, &actions) }

        case (.expectingHeader, .certificateLost(let reason)), (.negotiating, .certificateLost(let reason)):
            self.certificateLost(reason, &actions)

        case (.expectingHeader, .shutDown), (.negotiating, .shutDown):
            self.fail(StreamError(.systemShutdown), end: .shuttingDown, &actions)
        case (.idle, .shutDown), (.securing, .shutDown):
            self.disconnect(.shuttingDown, &actions)

        case (.idle, .disconnected), (.expectingHeader, .disconnected), (.negotiating, .disconnected),
            (.securing, .disconnected):
            self.state = .closed
            actions.append(.disconnect(.disconnected))

        // The answer came after what asked for it had ended.
        case (.expectingHeader, .keyVerified(let pair, _)), (.securing, .keyVerified(let pair, _)):
            self.verifying.remove(pair)
        case (.expectingHeader, .keyChecked), (.securing, .keyChecked), (.expectingHeader, .settled),
            (.securing, .settled), (.expectingHeader, .stanzasSent), (.securing, .stanzasSent),
            (.expectingHeader, .revoked), (.securing, .revoked), (.securing, .certificateLost),
            (.expectingHeader, .certificateProven), (.securing, .certificateProven), (.closed, _):
            break

        // Our own mistakes.
        case (.idle, _), (.expectingHeader, .started), (.expectingHeader, .consulted),
            (.expectingHeader, .secured), (.expectingHeader, .tlsFailed), (.negotiating, .started),
            (.negotiating, .opened), (.negotiating, .openedWrongly), (.negotiating, .secured),
            (.negotiating, .tlsFailed),
            (.securing, .started), (.securing, .consulted):
            assertionFailure("\(event) in \(self.state)")
        }
    }

    /// Whether a pair may send stanzas.
    public func isAuthenticated(_ pair: DomainPair) -> Bool { self.pairs.contains(pair) }
    /// Whether any pair may.
    public var isEstablished: Bool { !self.pairs.isEmpty }
    public var hasEnded: Bool { self.state == .closed }
    /// The id of this life of the stream, for the log.
    public var id: String { self.streamID }
    public var isEncrypted: Bool { self.isSecured }
    public var peerDomain: String? { self.remote }
    public var authenticatedPairs: Set<DomainPair> { self.pairs }
    /// Whether the peer says which of our stanzas it has taken.
    public var isAcknowledged: Bool { self.sender.isAcknowledged }
    public var acknowledgementTimeout: Duration { self.sender.timeout }

    var pairs: Set<DomainPair> { self.receiver.pairs }
}
