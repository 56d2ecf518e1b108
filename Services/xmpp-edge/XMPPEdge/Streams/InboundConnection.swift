import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS
import XML
import XMPPCore

/// A connection that a peer made: the shell around ``InboundStream``.
///
/// Everything happens on the edge's loop. All actions of an event are carried out before the next event is looked at;
/// what was written during a read goes out in one piece at its end.
actor InboundConnection: ConnectionActor, StanzaReader, CertifiedStream {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let channel: any Channel
    /// The peer's: the channel forgets it when it is closed.
    nonisolated let address: SocketAddress?
    let router: Router
    let surroundings: Surroundings
    let isDirectTLS: Bool

    var parser: XMLStreamParser
    var writer = StreamWriter()
    var machine: InboundStream
    var events: [InboundStream.Event] = []
    var isHandling = false
    var timers: [InboundStream.Timer: Scheduled<Void>] = [:]
    var handshake: TLSHandshakeCompleted?
    var certificateTimer: Scheduled<Void>?
    var hasEnded = false
    /// Pairs that count as this partner's streams.
    var established: [DomainPair: AuthenticationMethod] = [:]
    /// What the peer sends, and how fast.
    var intake: Intake
    var throttle: Scheduled<Void>?
    /// Nothing more is read: the edge stops.
    var isStopped = false
    /// What the parser found too large.
    var exceeded: XMLError.Limit?
    /// What was last recorded as a refusal.
    var lastRefusal: StreamEnd?
    /// The limit for which the stream is refused.
    var limit: LimitRefusal?
    /// Pairs that were authenticated beyond the limit, and are not counted.
    var uncounted: Set<DomainPair> = []
    /// The domains of the header, once there was one with both.
    var named: DomainPair?
    /// A TLS handshake of this connection is paid for.
    var hasBudget = false
    /// The stream counts as begun.
    var wasAttempted = false
    var wasCertificateCounted = false
    /// Keys that the dialback authority is being asked about.
    var checks = 0
    /// A refusal was recorded.
    var wasRefused = false
    /// What is carried to the peer on a bidirectional stream (XEP-0288).
    var outbox = Outbox()
    var carriedPairs: [DomainPair] = []
    /// No more is read as soon as nothing waits for the peer.
    var isFinishing = false
    let startedAt = NIODeadline.now()

    /// How long the peer may take to close its half once we have closed ours.
    static let linger = TimeAmount.seconds(2)

    init(
        _ channel: any Channel,
        isDirectTLS: Bool,
        timings: StreamTimings,
        router: Router,
        surroundings: Surroundings
    ) throws {
        self.unownedExecutor = surroundings.executor
        self.channel = channel
        self.address = channel.remoteAddress
        self.isDirectTLS = isDirectTLS
        self.router = router
        self.surroundings = surroundings
        self.intake = Intake(surroundings.limits)
        self.parser = try XMLStreamParser(limits: surroundings.limits.beforeAuthentication, vocabulary: .stream)
        self.machine = InboundStream(
            configuration: InboundStream.Configuration(
                timings: timings,
                maximumBytes: surroundings.limits.stanzaBytes,
                pendingVerifications: surroundings.limits.verification.perStream,
                pairs: surroundings.limits.verification.pairs,
                allowsBidirectional: surroundings.allowsBidirectional
            )
        )
    }

    /// Begins: at once, or with direct TLS when its handshake is done, for which the same deadline holds.
    func start(deadline: Duration) {
        self.surroundings.metrics.inboundConnections.increment()
        guard self.isDirectTLS else { return self.handle(.started(isSecured: false)) }
        self.startTimer(.establishment, deadline)
    }

    // MARK: What the channel says

    func received(_ bytes: ByteBuffer) {
        guard !self.hasEnded else { return }
        self.intake.read(bytes: bytes.readableBytes)
        var items: [XMLStreamParser.Item] = []
        bytes.withUnsafeReadableBytes { self.parser.feed($0, into: &items) }
        for item in items { self.handle(self.event(item)) }
    }

    func readCompleted() {
        self.keepPace()
        self.flush()
        self.router.assumeIsolated { $0.flushSoon() }
    }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.handshake = handshake
        self.surroundings.metrics.handshake(.inbound, .completed)
        self.handle(self.isDirectTLS ? .started(isSecured: true) : .secured)
        self.flush()
    }

    func writabilityChanged(_ isWritable: Bool) {
        self.regulate()
        if isWritable { self.carriesMore() }
    }

    func failed(_ error: any Error) {
        if error is TLSError, self.handshake == nil { self.surroundings.metrics.handshake(.inbound, .failed) }
        if let error = error as? TLSError, self.handshake == nil, !self.isDirectTLS {
            self.handle(.tlsFailed("\(error)"))
        } else if self.handshake == nil, self.isDirectTLS {
            let facts = self.facts
            self.router.assumeIsolated {
                $0.refused(stream: nil, peer: self.peer, .tlsFailed("\(error)"), answer: "closed", facts: facts)
            }
        }
        self.channel.close(promise: nil)
    }

    func closed() {
        if !self.hasEnded { self.handle(.disconnected) }
        for timer in self.timers.values { timer.cancel() }
        self.timers = [:]
        self.certificateTimer?.cancel()
        self.endPause()
        for pair in self.established.keys where !self.uncounted.contains(pair) {
            self.router.assumeIsolated { $0.streamEnded(pair) }
        }
        self.established = [:]
        self.router.assumeIsolated { $0.closed(self) }
    }

    func event(_ item: XMLStreamParser.Item) -> InboundStream.Event {
        switch item {
        case .opened(let root, let namespaces):
            let id = self.router.assumeIsolated { $0.newStreamID() }
            do throws(StreamError) {
                return .opened(try StreamHeader(root, namespaces: namespaces), streamID: id)
            } catch {
                return .openedWrongly(error, streamID: id)
            }
        case .element(let element, let isLast): return .element(element, isLast: isLast)
        case .whitespace: return .whitespace
        case .closed: return .closedByPeer
        case .failed(let error):
            if case .tooLarge(let limit) = error {
                self.exceeded = limit
                self.surroundings.metrics.reached(self.established.isEmpty ? .negotiationSize : .stanzaSize)
            }
            return .parserFailed(error)
        }
    }

    // MARK: What others say

    /// The fate of a stanza is known.
    func settled(_ number: UInt32?) {
        self.intake.settled()
        if let number, !self.hasEnded { self.handle(.settled(number)) }
        if self.intake.isPaused { self.regulate() }
        self.router.assumeIsolated { $0.touch(self) }
    }

    func verified(_ pair: DomainPair, _ outcome: DialbackOutcome) {
        self.handle(.keyVerified(pair, outcome))
        self.flush()
    }

    func revoke(_ pair: DomainPair, _ error: StreamError) {
        guard self.machine.isAuthenticated(pair) else { return }
        self.handle(.revoked(pair, error))
        self.flush()
    }

    var restsOnCertificate: Bool { self.established.values.contains(.external) }

    func certificateLost(_ reason: String) {
        self.handle(.certificateLost(reason))
        self.flush()
    }

    var pairs: [DomainPair] { Array(self.established.keys) }
    /// Whether the fate of all its stanzas is known.
    var isSettled: Bool { self.intake.unsettled == 0 && self.outbox.isEmpty }

    /// What a bidirectional stream carries for us must not stop what it brings: two that wait for each other would wait for ever.
    var mustNotRead: Bool { self.isStopped || !self.channel.isWritable && !self.isBidirectional }

    /// Reads nothing more: what is under way is finished.
    func stopReading() {
        self.isFinishing = true
        // Acknowledgements of ours are still to come.
        guard self.outbox.isEmpty else { return }
        self.isStopped = true
        self.regulate()
    }

    func shutDown() {
        guard !self.hasEnded else { return }
        self.handle(.shutDown)
        self.flush()
    }

    /// Writes what has gathered.
    func flush() {
        let written = self.sentCarried()
        guard !self.writer.isEmpty, self.readsOrEnds else { return }
        let buffer = self.writer.take(self.channel.allocator)
        guard written > 0 else { return self.channel.writeAndFlush(buffer, promise: nil) }
        self.channel.writeAndFlush(buffer).assumeIsolated().whenSuccess {
            self.assumeIsolated { $0.wroteCarried(written) }
        }
    }

    nonisolated var peer: String { self.address.map { $0.ipAddress ?? "\($0)" } ?? "" }

    /// What `isthmusctl streams` shows.
    var description: StreamDescription {
        StreamDescription(
            id: self.machine.id,
            isInbound: true,
            pairs: Array(self.established.keys),
            peer: self.peer,
            handshake: self.handshake,
            method: self.established.first?.value,
            isEstablished: !self.established.isEmpty,
            startedAt: self.startedAt,
            received: self.intake.received,
            sent: self.outbox.sent
        )
    }
}
