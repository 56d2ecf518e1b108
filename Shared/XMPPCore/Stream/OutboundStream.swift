public import XML

/// A stream that we open to a peer: stanzas from us travel on it, and the peer's to us if it offers a bidirectional one.
///
/// The initiating role of [RFC 6120 §4](https://www.rfc-editor.org/rfc/rfc6120#section-4), both the initiating and the
/// receiving server's side of [XEP-0220](https://xmpp.org/extensions/xep-0220.html): a key of ours is asserted, a key of a
/// peer is verified; and the initiating role of [XEP-0288](https://xmpp.org/extensions/xep-0288.html).
///
/// ```
///  idle ─ started ─▶ opening ─ header ─▶ expectingFeatures ─┬─ starttls ─▶ expectingProceed ─ proceed ─▶ securing ─┐
///                       ▲                                   │                                                      │
///                       ├───────────────────────────────────┼──────────────────────────────────── secured ◀────────┘
///                       ├─ success ◀─ authenticating ◀─ auth ┤
///                       │                   │ failure        ├─ dialback ─▶ asserting ─ valid ─▶ established
///                       │                   └────────────────┘                                       ▲
///                       └──────────── features after SASL ───────────────────────────────────────────┘
/// ```
///
/// The machine does no I/O and reads no clock. Its owner carries out the actions of an event before it reports the next.
public struct OutboundStream: Sendable {
    /// What the stream is for.
    public enum Purpose: Hashable, Sendable {
        /// Stanzas.
        case traffic
        /// Only to ask whether keys are the peer's: we need not show who we are.
        case verification
    }

    /// A key that a peer asserted on an inbound stream, to be verified by the peer's authoritative server.
    public struct Verification: Hashable, Sendable {
        public let pair: DomainPair
        /// The inbound stream's id.
        public let streamID: String

        public init(pair: DomainPair, streamID: String) {
            self.pair = pair
            self.streamID = streamID
        }
    }

    public enum Event: Equatable, Sendable {
        /// Connected; with direct TLS, its handshake is done and `certificate` is what it showed.
        case started(directTLS: CertificateVerdict?)
        case opened(StreamHeader)
        case openedWrongly(StreamError)
        case element(XMLElement, isLast: Bool)
        case whitespace
        case closedByPeer
        case parserFailed(XMLError)
        /// The handshake asked for by ``Action/startTLS`` is done.
        case secured(CertificateVerdict)
        case tlsFailed(String)
        /// The answer to ``Action/makeKey(_:streamID:)``; `nil`: the dialback authority does not answer.
        case keyMade(String?)
        /// A key is to be verified here as soon as the stream allows it.
        case verify(Verification, key: String)
        /// So many stanzas were written.
        case stanzasSent(Int)
        /// The fate of the stanza delivered under this number is known.
        case settled(UInt32)
        /// The answer to ``Action/checkKey(_:streamID:key:)``.
        case keyChecked(DomainPair, streamID: String, DialbackOutcome)
        case timerFired(Timer)
        case revoked(StreamError)
        /// The peer's certificate is no longer good: it has expired, or is not trusted any more; why, in words.
        case certificateLost(String)
        case shutDown
        case disconnected
    }

    public enum Action: Equatable, Sendable {
        case open(StreamHeader)
        case send(XMLElement)
        case sendWhitespace
        case startTLS
        case restart
        /// Asks the dialback authority for the key that proves us.
        case makeKey(DomainPair, streamID: String)
        /// From now on stanzas may be sent, none larger than `maximumBytes`.
        case established(AuthenticationMethod, maximumBytes: Int?)
        /// So many more stanzas, the oldest first, are the peer's now.
        case taken(Int)
        case verified(Verification, DialbackOutcome)
        /// A stanza of the peer. With a number, its fate is to be reported by ``Event/settled(_:)``.
        case deliver(Stanza, DomainPair, number: UInt32?)
        /// A stanza whose recipient's address makes no sense: to be answered with `jid-malformed`.
        case unaddressable(Stanza, DomainPair, number: UInt32?)
        /// Asks the dialback authority whether a key is ours.
        case checkKey(DomainPair, streamID: String, key: String)
        /// What the peer wanted of the stream was refused.
        case refused(DomainPair, StreamEnd)
        case startTimer(Timer, Duration)
        case closeStream
        /// The transport is to be closed once all is sent; the last action there is.
        case disconnect(StreamEnd)
    }

    public enum Timer: Hashable, Sendable, CaseIterable { case establishment, keepAlive, inactivity, acknowledgement }

    public struct Configuration: Equatable, Sendable {
        public var rules: StreamRules
        public var timings: StreamTimings
        /// Whether we have a certificate to show for our domain.
        public var hasCertificate: Bool
        /// How long the peer may take to acknowledge a stanza.
        public var acknowledgementTimeout: Duration
        /// Keys to be verified here at the same time.
        public var pendingVerifications: Int
        /// Whether a bidirectional stream is asked for, where the peer offers it.
        public var allowsBidirectional: Bool
        /// Told to the peer of a bidirectional stream (XEP-0478).
        public var maximumBytes: Int?

        public init(
            rules: StreamRules,
            timings: StreamTimings = StreamTimings(),
            hasCertificate: Bool,
            acknowledgementTimeout: Duration = .seconds(15),
            pendingVerifications: Int = 64,
            allowsBidirectional: Bool = true,
            maximumBytes: Int? = nil
        ) {
            self.rules = rules
            self.timings = timings
            self.hasCertificate = hasCertificate
            self.acknowledgementTimeout = acknowledgementTimeout
            self.pendingVerifications = pendingVerifications
            self.allowsBidirectional = allowsBidirectional
            self.maximumBytes = maximumBytes
        }
    }

    enum State: Equatable, Sendable {
        case idle, opening, expectingFeatures, expectingProceed, securing, authenticating
        /// Our key was asked for, or asserted.
        case asserting
        case established
        /// Ready for keys to be verified, and for nothing else.
        case verifying
        case closed
    }

    let pair: DomainPair
    let purpose: Purpose
    let configuration: Configuration
    var state = State.idle
    var isSecured = false
    var certificate = CertificateVerdict.absent
    var isAuthenticated = false
    var streamID = ""
    var features = StreamFeatures()
    var peerHasVersion = true
    /// Our key has been sent, and no answer come.
    var hasAssertedKey = false
    /// EXTERNAL was tried and refused.
    var failedAuthentication: String?
    /// Not sent yet, by their key; and sent.
    var verificationsToSend: [(Verification, key: String)] = []
    var verifications: Set<Verification> = []
    var sender: StanzaSender
    /// A bidirectional stream was asked for: it is one as soon as it is established.
    var hasAskedForBoth = false
    /// The peer's stanzas, on a bidirectional stream.
    var receiver: StanzaReceiver?
    var pings = 0
    var liveness = Liveness()

    public init(pair: DomainPair, purpose: Purpose, configuration: Configuration) {
        self.pair = pair
        self.purpose = purpose
        self.configuration = configuration
        self.sender = StanzaSender(timeout: configuration.acknowledgementTimeout)
    }

    /// Takes note of `event` and appends what to do about it, in order.
    public mutating func handle(_ event: Event, into actions: inout [Action]) {
        switch event {
        case .verify, .stanzasSent, .settled, .keyChecked, .timerFired, .revoked, .certificateLost, .shutDown,
            .disconnected, .whitespace:
            return self.handleAtAnyTime(event, &actions)
        case .element, .opened: self.liveness.heard()
        case .started, .openedWrongly, .closedByPeer, .parserFailed, .secured, .tlsFailed, .keyMade: break
        }

        switch (self.state, event) {
        case (.closed, _):
            break

        case (.idle, .started(let directTLS)):
            if let directTLS {
                self.isSecured = true
                self.certificate = directTLS
            }
            self.startTimers(&actions)
            self.open(&actions)

        case (.opening, .opened(let header)):
            self.opened(header, &actions)
        case (.opening, .openedWrongly(let error)):
            self.fail(error, &actions)

        case (.expectingFeatures, .element(let element, _)) where element.is("features", Namespace.stream):
            self.features = StreamFeatures(element)
            self.proceed(&actions)

        case (.expectingProceed, .element(let element, let isLast)) where element.namespace == Namespace.tls:
            self.receivedTLS(element, isLast: isLast, &actions)

        case (.securing, .secured(let certificate)):
            self.isSecured = true
            self.certificate = certificate
            actions.append(.restart)
            self.open(&actions)
        case (.securing, .tlsFailed(let text)):
            self.disconnect(.tlsFailed(text), &actions)
        case (.securing, .element), (.securing, .opened), (.securing, .openedWrongly), (.securing, .parserFailed),
            (.securing, .closedByPeer):
            self.disconnect(.protocolError(StreamError(.policyViolation, text: "data after <proceed/>")), &actions)

        case (.authenticating, .element(let element, _)) where element.namespace == Namespace.sasl:
            self.receivedSASL(element, &actions)

        case (.asserting, .keyMade(let key)):
            self.assertKey(key, &actions)

        case (.opening, .element(let element, _)), (.expectingFeatures, .element(let element, _)),
            (.expectingProceed, .element(let element, _)), (.authenticating, .element(let element, _)),
            (.asserting, .element(let element, _)), (.established, .element(let element, _)),
            (.verifying, .element(let element, _)):
            self.received(element, &actions)

        case (.opening, .parserFailed(let error)), (.expectingFeatures, .parserFailed(let error)),
            (.expectingProceed, .parserFailed(let error)), (.authenticating, .parserFailed(let error)),
            (.asserting, .parserFailed(let error)), (.established, .parserFailed(let error)),
            (.verifying, .parserFailed(let error)):
            self.fail(StreamError(error), &actions)

        case (.opening, .closedByPeer), (.expectingFeatures, .closedByPeer), (.expectingProceed, .closedByPeer),
            (.authenticating, .closedByPeer), (.asserting, .closedByPeer), (.established, .closedByPeer),
            (.verifying, .closedByPeer):
            self.closeInOrder(.closed, &actions)

        // The key came after what asked for it had ended.
        case (.opening, .keyMade), (.expectingFeatures, .keyMade), (.expectingProceed, .keyMade), (.securing, .keyMade),
            (.authenticating, .keyMade), (.established, .keyMade), (.verifying, .keyMade):
            break

        // Our own mistakes.
        case (.idle, _), (_, .started), (_, .opened), (_, .openedWrongly), (_, .secured), (_, .tlsFailed), (_, .verify),
            (_, .stanzasSent), (_, .settled), (_, .keyChecked), (_, .timerFired), (_, .revoked), (_, .certificateLost),
            (_, .shutDown),
            (_, .disconnected), (_, .whitespace):
            assertionFailure("\(event) in \(self.state)")
        }
    }

    public var isEstablished: Bool { self.state == .established }
    /// Whether keys may be verified on it, and that is all it is for.
    public var isReadyToVerify: Bool { self.state == .verifying }
    public var hasEnded: Bool { self.state == .closed }
    public var id: String { self.streamID }
    public var isEncrypted: Bool { self.isSecured }
    /// Whether the peer says which stanzas it has taken.
    public var isAcknowledged: Bool { self.sender.isAcknowledged }
    public var acknowledgementTimeout: Duration { self.sender.timeout }
    /// Whether the peer may send stanzas.
    public var isBidirectional: Bool { self.receiver != nil }
    /// Whether nothing waits for an answer of the peer.
    public var isSettled: Bool { !self.sender.isWaiting && self.verifications.isEmpty }
}
