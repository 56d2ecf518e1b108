import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS
import XML
import XMPPCore

/// One connection to a server of a partner: the shell around ``OutboundStream``.
actor OutboundLink: ConnectionActor {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let key: RouteKey
    private let target: ServiceTarget
    private let streams: OutboundStreams
    private let surroundings: Surroundings

    private var channel: (any Channel)?
    private var parser: XMLStreamParser
    private var writer = StreamWriter()
    private var machine: OutboundStream
    private var events: [OutboundStream.Event] = []
    private var isHandling = false
    private var timers: [OutboundStream.Timer: Scheduled<Void>] = [:]
    private var handshake: TLSHandshakeCompleted?
    private var method: AuthenticationMethod?
    private var end: StreamEnd?
    /// Stanzas in `writer`.
    private var unwritten = 0
    private var sentStanzas: UInt64 = 0
    private let startedAt = NIODeadline.now()
    private var negotiation: CheckedContinuation<StreamEnd?, Never>?

    /// How long the peer may take to close its half once we have closed ours.
    private static let linger = TimeAmount.seconds(2)

    init(
        _ key: RouteKey,
        target: ServiceTarget,
        configuration: OutboundStream.Configuration,
        streams: OutboundStreams,
        surroundings: Surroundings
    ) throws {
        self.unownedExecutor = surroundings.executor
        self.key = key
        self.target = target
        self.streams = streams
        self.surroundings = surroundings
        self.parser = try XMLStreamParser(limits: surroundings.limits.beforeAuthentication, vocabulary: .stream)
        self.machine = OutboundStream(pair: key.pair, purpose: key.purpose, configuration: configuration)
    }

    // MARK: Negotiation

    /// Adds the handlers to the connection and begins; the channel is connected.
    func connected(_ channel: any Channel) throws {
        self.channel = channel
        if self.target.service.beginsWithTLS {
            try channel.pipeline.syncOperations.addHandler(try self.tlsHandler())
        }
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(self))
        if self.target.service.beginsWithTLS {
            // The machine, and its deadline, begin with the end of the handshake, which has the same deadline.
            self.startTimer(.establishment, .seconds(20))
        } else {
            self.handle(.started(directTLS: nil))
            self.flush()
        }
    }

    /// Waits for the end of the negotiation.
    ///
    /// - Returns: why it failed; `nil` if it did not.
    func negotiated() async -> StreamEnd? {
        if let end = self.end { return end }
        if self.isReady { return nil }
        return await withCheckedContinuation { self.negotiation = $0 }
    }

    private var isReady: Bool { self.machine.isEstablished || self.key.purpose == .verification && self.machine.isReadyToVerify }

    private func tlsHandler() throws -> TLSHandler {
        guard let context = self.surroundings.tlsContext() else { throw StreamEnd.tlsFailed("there is no certificate yet") }
        return TLSHandler(
            context: context,
            role: .client(
                serverName: self.key.pair.remote,
                alpn: self.target.service.beginsWithTLS ? ["xmpp-server"] : [],
                identity: self.key.pair.local
            )
        )
    }

    // MARK: What the channel says

    func received(_ bytes: ByteBuffer) {
        guard self.end == nil else { return }
        var items: [XMLStreamParser.Item] = []
        bytes.withUnsafeReadableBytes { self.parser.feed($0, into: &items) }
        for item in items { self.handle(Self.event(item)) }
    }

    func readCompleted() {
        self.flush()
        self.streams.assumeIsolated { $0.readCompleted() }
    }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.handshake = handshake
        let verdict = CertificateVerdict(handshake.peer, domain: self.key.pair.remote)
        self.handle(self.target.service.beginsWithTLS ? .started(directTLS: verdict) : .secured(verdict))
        self.flush()
    }

    func writabilityChanged(_ isWritable: Bool) {
        if isWritable { self.streams.assumeIsolated { $0.writable(self) } }
    }

    func failed(_ error: any Error) {
        if let error = error as? TLSError, self.handshake == nil {
            if self.target.service.beginsWithTLS { self.ended(.tlsFailed("\(error)")) } else { self.handle(.tlsFailed("\(error)")) }
        }
        self.channel?.close(promise: nil)
    }

    func closed() {
        if self.end == nil {
            if self.target.service.beginsWithTLS, self.handshake == nil {
                self.ended(.disconnected)
            } else {
                self.handle(.disconnected)
            }
        }
        for timer in self.timers.values { timer.cancel() }
        self.timers = [:]
    }

    private static func event(_ item: XMLStreamParser.Item) -> OutboundStream.Event {
        switch item {
        case .opened(let root, let namespaces):
            do throws(StreamError) {
                return .opened(try StreamHeader(root, namespaces: namespaces))
            } catch {
                return .openedWrongly(error)
            }
        case .element(let element, let isLast): return .element(element, isLast: isLast)
        case .whitespace: return .whitespace
        case .closed: return .closedByPeer
        case .failed(let error): return .parserFailed(error)
        }
    }

    // MARK: What others say

    var isEstablished: Bool { self.machine.isEstablished }
    var isWritable: Bool { self.channel?.isWritable ?? false }
    var isSettled: Bool { self.machine.isSettled && self.unwritten == 0 }
    var hasEnded: Bool { self.end != nil }

    /// Takes a stanza; it goes out with the next ``flush()``.
    func write(_ stanza: Stanza) {
        self.writer.write(stanza.element)
        self.unwritten += 1
        self.sentStanzas += 1
        self.surroundings.metrics.sent(stanza.kind)
    }

    func verify(_ verification: OutboundStream.Verification, key: String) {
        self.handle(.verify(verification, key: key))
        self.flush()
    }

    func revoke(_ error: StreamError) {
        self.handle(.revoked(error))
        self.flush()
    }

    func shutDown() {
        if self.channel == nil { return self.ended(.shuttingDown) }
        self.handle(.shutDown)
        self.flush()
    }

    // MARK: The machine

    private func handle(_ event: OutboundStream.Event) {
        self.events.append(event)
        guard !self.isHandling else { return }
        self.isHandling = true
        while !self.events.isEmpty {
            let event = self.events.removeFirst()
            var actions: [OutboundStream.Action] = []
            self.machine.handle(event, into: &actions)
            for action in actions { self.perform(action) }
        }
        self.isHandling = false
        if self.negotiation != nil, self.isReady { self.finishNegotiation(nil) }
    }

    private func perform(_ action: OutboundStream.Action) {
        switch action {
        case .open(let header): self.writer.open(header)
        case .send(let element): self.writer.write(element)
        case .sendWhitespace: self.writer.writeWhitespace()
        case .closeStream: self.writer.closeStream()
        case .restart: self.parser.restart(limits: self.surroundings.limits.beforeAuthentication)
        case .startTLS: self.startTLS()
        case .makeKey(let pair, let streamID):
            Task {
                let key = await self.surroundings.dialback.key(for: pair, streamID: streamID)
                self.handle(.keyMade(key))
                self.flush()
            }
        case .established(let method, let maximumBytes): self.established(method, maximumBytes)
        case .taken(let count): self.streams.assumeIsolated { $0.taken(count, by: self) }
        case .verified(let verification, let outcome):
            self.streams.assumeIsolated { $0.verified(verification, outcome) }
        case .startTimer(let timer, let duration): self.startTimer(timer, duration)
        case .disconnect(let end): self.disconnect(end)
        }
    }

    private func established(_ method: AuthenticationMethod, _ maximumBytes: Int?) {
        self.method = method
        self.parser.setLimits(self.surroundings.limits.ofStanza)
        self.surroundings.metrics.outboundStreams.increment()
        self.surroundings.logger.info(
            "Stream authenticated",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "outbound",
                "peer.domain": "\(self.key.pair.remote)", "local.domain": "\(self.key.pair.local)",
                "peer.address": "\(self.peer)", "stream.method": "\(method.rawValue)",
                "tls.version": "\(self.handshake?.protocolVersion ?? "none")",
                "stream.acknowledged": "\(self.machine.isAcknowledged)",
            ]
        )
        self.streams.assumeIsolated { $0.established(self, maximumBytes: maximumBytes) }
    }

    private func startTLS() {
        self.flush()
        do {
            try self.channel?.pipeline.syncOperations.startTLS(self.tlsHandler(), leftover: 0)
        } catch {
            self.handle(.tlsFailed("\(error)"))
        }
    }

    private func startTimer(_ timer: OutboundStream.Timer, _ duration: Duration) {
        self.timers[timer]?.cancel()
        self.timers[timer] = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            self.assumeIsolated { $0.fired(timer) }
        }
    }

    private func fired(_ timer: OutboundStream.Timer) {
        self.timers[timer] = nil
        if self.target.service.beginsWithTLS, self.handshake == nil {
            self.ended(.establishmentTimeout)
            self.channel?.close(promise: nil)
            return
        }
        self.handle(.timerFired(timer))
        self.flush()
    }

    private func disconnect(_ end: StreamEnd) {
        if self.method != nil { self.surroundings.metrics.outboundStreams.decrement() }
        self.surroundings.logger.info(
            "Stream ended",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "outbound",
                "peer.domain": "\(self.key.pair.remote)", "local.domain": "\(self.key.pair.local)",
                "peer.address": "\(self.peer)", "reason": "\(end)",
            ]
        )
        self.flush()
        self.ended(end)
        guard let channel = self.channel else { return }
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }

    private func ended(_ end: StreamEnd) {
        guard self.end == nil else { return }
        self.end = end
        self.finishNegotiation(end)
        self.streams.assumeIsolated { $0.ended(self, end) }
    }

    private func finishNegotiation(_ end: StreamEnd?) {
        self.negotiation?.resume(returning: end)
        self.negotiation = nil
    }

    // MARK: Writing

    /// Writes what has gathered, in one piece.
    ///
    /// Without acknowledgements a stanza is the peer's when the kernel has it: all one can know.
    func flush() {
        let count = self.unwritten
        self.unwritten = 0
        let isAcknowledged = self.machine.isAcknowledged
        if count > 0, isAcknowledged { self.handle(.stanzasSent(count)) }
        guard !self.writer.isEmpty, let channel = self.channel else { return }
        let buffer = self.writer.take(channel.allocator)
        guard count > 0, !isAcknowledged else { return channel.writeAndFlush(buffer, promise: nil) }
        channel.writeAndFlush(buffer).assumeIsolated().whenSuccess {
            self.assumeIsolated { link in
                link.handle(.stanzasSent(count))
                link.streams.assumeIsolated { $0.readCompleted() }
            }
        }
    }

    private nonisolated func address(_ channel: (any Channel)?) -> String {
        channel?.remoteAddress.map { $0.ipAddress ?? "\($0)" } ?? ""
    }

    private var peer: String { self.address(self.channel) }

    /// What `isthmusctl streams` shows.
    var description: StreamDescription {
        StreamDescription(
            id: self.machine.id,
            isInbound: false,
            pairs: [self.key.pair],
            peer: self.peer,
            handshake: self.handshake,
            method: self.method,
            isEstablished: self.machine.isEstablished,
            startedAt: self.startedAt,
            received: 0,
            sent: self.sentStanzas
        )
    }
}
