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
actor InboundConnection: ConnectionActor {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let channel: any Channel
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
    var hasEnded = false
    /// Pairs that count as this partner's streams.
    var established: [DomainPair: AuthenticationMethod] = [:]
    /// Stanzas whose fate is not known yet.
    var unsettled = 0
    var isPaused = false
    /// A refusal was recorded.
    var wasRefused = false
    var receivedStanzas: UInt64 = 0
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
        self.isDirectTLS = isDirectTLS
        self.router = router
        self.surroundings = surroundings
        self.parser = try XMLStreamParser(limits: surroundings.limits.beforeAuthentication, vocabulary: .stream)
        self.machine = InboundStream(
            configuration: InboundStream.Configuration(timings: timings, maximumBytes: surroundings.limits.stanzaBytes)
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
        var items: [XMLStreamParser.Item] = []
        bytes.withUnsafeReadableBytes { self.parser.feed($0, into: &items) }
        for item in items { self.handle(self.event(item)) }
    }

    func readCompleted() {
        self.flush()
        self.router.assumeIsolated { $0.flushSoon() }
    }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.handshake = handshake
        self.handle(self.isDirectTLS ? .started(isSecured: true) : .secured)
        self.flush()
    }

    func writabilityChanged(_ isWritable: Bool) { self.regulate() }

    func failed(_ error: any Error) {
        if let error = error as? TLSError, self.handshake == nil, !self.isDirectTLS {
            self.handle(.tlsFailed("\(error)"))
        } else if self.handshake == nil, self.isDirectTLS {
            self.router.assumeIsolated {
                $0.refused(stream: nil, peer: self.peer, .tlsFailed("\(error)"), answer: "closed")
            }
        }
        self.channel.close(promise: nil)
    }

    func closed() {
        if !self.hasEnded { self.handle(.disconnected) }
        for timer in self.timers.values { timer.cancel() }
        self.timers = [:]
        for pair in self.established.keys { self.router.assumeIsolated { $0.streamEnded(pair) } }
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
        case .failed(let error): return .parserFailed(error)
        }
    }

    // MARK: What others say

    /// The fate of a stanza is known.
    func settled(_ number: UInt32?) {
        self.unsettled -= 1
        if let number, !self.hasEnded { self.handle(.settled(number)) }
        if self.isPaused { self.regulate() }
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

    var pairs: [DomainPair] { Array(self.established.keys) }
    /// Whether the fate of all its stanzas is known.
    var isSettled: Bool { self.unsettled == 0 }

    /// Reads nothing more: what is under way is finished.
    func stopReading() {
        self.isPaused = true
        self.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    func shutDown() {
        guard !self.hasEnded else { return }
        self.handle(.shutDown)
        self.flush()
    }

    // MARK: Pace

    func count() {
        self.receivedStanzas += 1
        self.unsettled += 1
        if self.unsettled >= self.surroundings.limits.unsettled, !self.isPaused { self.regulate() }
    }

    /// Reads only while the peer takes what we say, and not too much of what it said is under way.
    func regulate() {
        guard !self.hasEnded else { return }
        let limit = self.surroundings.limits.unsettled
        let shouldPause =
            !self.channel.isWritable || self.unsettled >= limit || self.isPaused && self.unsettled > limit / 2
        guard shouldPause != self.isPaused else { return }
        self.isPaused = shouldPause
        if shouldPause { self.surroundings.metrics.paused.increment() }
        self.channel.setOption(.autoRead, value: !shouldPause).whenComplete { _ in }
    }

    /// Writes what has gathered.
    func flush() {
        guard !self.writer.isEmpty else { return }
        self.channel.writeAndFlush(self.writer.take(self.channel.allocator), promise: nil)
    }

    nonisolated var peer: String { self.channel.remoteAddress.map { $0.ipAddress ?? "\($0)" } ?? "" }

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
            received: self.receivedStanzas,
            sent: 0
        )
    }
}

/// Whom to tell of the fate of a stanza that a peer sent.
struct Settlement: Sendable {
    let connection: InboundConnection
    /// The stanza's number, where the peer waits for an acknowledgement.
    let number: UInt32?

    func settle() { self.connection.assumeIsolated { $0.settled(self.number) } }
}
