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
    private let router: Router
    private let surroundings: Surroundings
    private let isDirectTLS: Bool

    private var parser: XMLStreamParser
    private var writer = StreamWriter()
    private var machine: InboundStream
    private var events: [InboundStream.Event] = []
    private var isHandling = false
    private var timers: [InboundStream.Timer: Scheduled<Void>] = [:]
    private var handshake: TLSHandshakeCompleted?
    private var hasEnded = false
    /// Pairs that count as this partner's streams.
    private var established: [DomainPair: AuthenticationMethod] = [:]
    /// Stanzas whose fate is not known yet.
    private var unsettled = 0
    private var isPaused = false
    private var receivedStanzas: UInt64 = 0
    private let startedAt = NIODeadline.now()

    /// How long the peer may take to close its half once we have closed ours.
    private static let linger = TimeAmount.seconds(2)

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

    private func event(_ item: XMLStreamParser.Item) -> InboundStream.Event {
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

    // MARK: The machine

    private func handle(_ event: InboundStream.Event) {
        self.events.append(event)
        guard !self.isHandling else { return }
        self.isHandling = true
        while !self.events.isEmpty {
            let event = self.events.removeFirst()
            var actions: [InboundStream.Action] = []
            self.machine.handle(event, into: &actions)
            for action in actions { self.perform(action) }
        }
        self.isHandling = false
    }

    private func perform(_ action: InboundStream.Action) {
        switch action {
        case .open(let header): self.writer.open(header)
        case .send(let element): self.writer.write(element)
        case .sendWhitespace: self.writer.writeWhitespace()
        case .closeStream: self.writer.closeStream()
        case .consult(let local, let remote):
            let peer = self.handshake?.peer
            let verdict = self.router.assumeIsolated { $0.verdict(local: local, remote: remote, certificate: peer) }
            self.events.append(.consulted(verdict))
        case .startTLS: self.startTLS()
        case .restart:
            self.parser.restart(
                limits: self.machine.isEstablished
                    ? self.surroundings.limits.ofStanza : self.surroundings.limits.beforeAuthentication
            )
        case .verifyKey(let pair, let id, let key):
            self.router.assumeIsolated {
                $0.verify(OutboundStream.Verification(pair: pair, streamID: id), key: key, for: self)
            }
        case .checkKey(let pair, let id, let key):
            Task { await self.check(key, pair, id) }
        case .authenticated(let pair, let method): self.authenticated(pair, method)
        case .deliver(let stanza, let pair, let number):
            self.count()
            self.surroundings.metrics.received(stanza.kind)
            self.router.assumeIsolated { $0.route(stanza, pair, Settlement(connection: self, number: number)) }
        case .unaddressable(let stanza, let pair, let number):
            self.count()
            self.router.assumeIsolated { $0.bounceUnaddressable(stanza, pair, Settlement(connection: self, number: number)) }
        case .startTimer(let timer, let duration): self.startTimer(timer, duration)
        case .refused(let pair, let end):
            self.router.assumeIsolated { $0.refused(stream: pair, peer: self.peer, end, answer: "stream error") }
        case .disconnect(let end): self.disconnect(end)
        }
    }

    private func authenticated(_ pair: DomainPair, _ method: AuthenticationMethod) {
        self.parser.setLimits(self.surroundings.limits.ofStanza)
        if self.established.isEmpty { self.surroundings.metrics.inboundStreams.increment() }
        if self.established.updateValue(method, forKey: pair) == nil {
            self.router.assumeIsolated { $0.streamBegan(pair) }
        }
        self.surroundings.logger.info(
            "Stream authenticated",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "inbound", "peer.domain": "\(pair.remote)",
                "local.domain": "\(pair.local)", "peer.address": "\(self.peer)", "stream.method": "\(method.rawValue)",
                "tls.version": "\(self.handshake?.protocolVersion ?? "none")",
            ]
        )
    }

    /// As the authoritative server: asks whether a key is ours.
    private func check(_ key: String, _ pair: DomainPair, _ streamID: String) async {
        let isValid = await self.surroundings.dialback.isValid(key, for: pair, streamID: streamID)
        let outcome: DialbackOutcome =
            switch isValid {
            case true?: .valid
            case false?: .invalid
            case nil: .failed(StanzaError(.internalServerError, kind: .wait, text: "the dialback authority does not answer"))
            }
        self.handle(.keyChecked(pair, streamID: streamID, outcome))
        self.flush()
    }

    private func startTLS() {
        // <proceed/> goes out in the clear, everything after it inside TLS.
        self.flush()
        guard let context = self.surroundings.tlsContext() else { return self.handle(.tlsFailed("there is no certificate")) }
        let handler = TLSHandler(context: context, role: .server(requestClientCertificate: true))
        do {
            try self.channel.pipeline.syncOperations.startTLS(handler, leftover: 0)
        } catch {
            self.handle(.tlsFailed("\(error)"))
        }
    }

    private func startTimer(_ timer: InboundStream.Timer, _ duration: Duration) {
        self.timers[timer]?.cancel()
        self.timers[timer] = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            self.assumeIsolated { $0.fired(timer) }
        }
    }

    private func fired(_ timer: InboundStream.Timer) {
        self.timers[timer] = nil
        if self.isDirectTLS, self.handshake == nil {
            self.router.assumeIsolated {
                $0.refused(stream: nil, peer: self.peer, .establishmentTimeout, answer: "closed")
            }
            return self.channel.close(promise: nil)
        }
        self.handle(.timerFired(timer))
        self.flush()
    }

    private func disconnect(_ end: StreamEnd) {
        self.hasEnded = true
        if !self.established.isEmpty { self.surroundings.metrics.inboundStreams.decrement() }
        self.surroundings.logger.info(
            "Stream ended",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "inbound",
                "peer.domain": "\(self.machine.peerDomain ?? "")", "peer.address": "\(self.peer)", "reason": "\(end)",
            ]
        )
        self.flush()
        // Our half first: closing both while bytes of the peer are unread would take our last words from it.
        self.channel.close(mode: .output, promise: nil)
        self.channel.eventLoop.scheduleTask(in: Self.linger) { [channel] in channel.close(promise: nil) }
    }

    // MARK: Pace

    private func count() {
        self.receivedStanzas += 1
        self.unsettled += 1
        if self.unsettled >= self.surroundings.limits.unsettled, !self.isPaused { self.regulate() }
    }

    /// Reads only while the peer takes what we say, and not too much of what it said is under way.
    private func regulate() {
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
