import Logging
import NIOCore
import NetworkKit
import TLS
import XML
import XMPPCore

/// One connection to the XMPP server of split domains: the shell around ``ComponentStream``.
///
/// What is written counts as the server's: XEP-0114 has no acknowledgements.
actor ComponentLink: ConnectionActor, StanzaReader {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    let attachment: Attachment
    let router: Router
    let surroundings: Surroundings
    nonisolated let configuration: ComponentConfiguration

    var channel: (any Channel)?
    /// The server's: the channel forgets it when it is closed.
    var address: SocketAddress?
    var parser: XMLStreamParser
    var writer = StreamWriter(contentNamespace: Namespace.component)
    var machine: ComponentStream
    var events: [ComponentStream.Event] = []
    var isHandling = false
    var timers: [ComponentStream.Timer: Scheduled<Void>] = [:]
    var end: StreamEnd?
    /// The pairs that were sent over it.
    var carriedPairs: [DomainPair] = []
    var outbox = Outbox()
    var intake: Intake
    /// The end of a pause for which the server was too fast.
    var throttle: Scheduled<Void>?
    /// Nothing more is read: the edge stops.
    var isStopped = false
    let startedAt = NIODeadline.now()

    /// How long the server may take to close its half once we have closed ours.
    static let linger = TimeAmount.seconds(2)

    init(_ configuration: ComponentConfiguration, timings: StreamTimings, attachment: Attachment, router: Router) throws
    {
        self.unownedExecutor = router.unownedExecutor
        self.configuration = configuration
        self.attachment = attachment
        self.router = router
        self.surroundings = router.surroundings
        self.intake = Intake(router.surroundings.limits)
        self.parser = try XMLStreamParser(
            limits: router.surroundings.limits.beforeAuthentication,
            vocabulary: .stream
        )
        self.machine = ComponentStream(
            name: configuration.name,
            host: configuration.domains.first ?? configuration.name,
            timings: timings
        )
    }

    /// Adds the handlers to the connection and begins; the channel is connected.
    func connected(_ channel: any Channel) throws {
        self.channel = channel
        self.address = channel.remoteAddress
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(self))
        self.handle(.started)
        self.flush()
    }

    // MARK: What the channel says

    func received(_ bytes: ByteBuffer) {
        guard self.end == nil else { return }
        self.intake.read(bytes: bytes.readableBytes)
        var items: [XMLStreamParser.Item] = []
        bytes.withUnsafeReadableBytes { self.parser.feed($0, into: &items) }
        for item in items { self.handle(Self.event(item)) }
    }

    func readCompleted() {
        self.keepPace()
        self.flush()
        self.router.assumeIsolated { $0.flushSoon() }
    }

    func handshakeCompleted(_: TLSHandshakeCompleted) {}

    func writabilityChanged(_ isWritable: Bool) {
        guard isWritable else { return }
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.writable(self) } }
    }

    func failed(_: any Error) { self.channel?.close(promise: nil) }

    func closed() {
        self.handle(.disconnected)
        for timer in self.timers.values { timer.cancel() }
        self.timers = [:]
        self.endPause()
    }

    private static func event(_ item: XMLStreamParser.Item) -> ComponentStream.Event {
        switch item {
        case .opened(let root, let namespaces):
            do throws(StreamError) {
                return .opened(try StreamHeader(root, namespaces: namespaces))
            } catch {
                return .openedWrongly(error)
            }
        case .element(let element, _): return .element(element)
        case .whitespace: return .whitespace
        case .closed: return .closedByPeer
        case .failed(let error): return .parserFailed(error)
        }
    }

    // MARK: What others say

    var isEstablished: Bool { self.machine.isEstablished && self.end == nil }
    var hasEnded: Bool { self.end != nil }
    var isWritable: Bool { self.channel?.isWritable ?? false }
    /// A stopping edge reads nothing more.
    var mustNotRead: Bool { self.isStopped }
    var isFull: Bool { self.outbox.count >= self.surroundings.limits.unacknowledged }
    func countSent(_ kind: Stanza.Kind) { self.surroundings.metrics.sent(kind) }
    /// Whether the fate of everything is known.
    var isSettled: Bool { self.outbox.isEmpty && self.intake.unsettled == 0 }
    var isBidirectional: Bool { true }
    var carryingChannel: (any Channel)? { self.channel }
    var peer: String { self.address.map { $0.ipAddress ?? "\($0)" } ?? "\(self.configuration.server)" }

    /// Remembers that stanzas of `pair` go over it.
    func carries(_ pair: DomainPair) {
        if !self.carriedPairs.contains(pair) { self.carriedPairs.append(pair) }
    }

    /// Reads nothing more: what is under way is finished.
    func stopReading() {
        self.isStopped = true
        self.regulate()
    }

    func shutDown() {
        self.handle(.shutDown)
        self.flush()
    }

    func abandon(_ end: StreamEnd, rule _: String) {
        self.disconnect(end)
        self.channel?.close(promise: nil)
    }

    /// Writes what has gathered, in one piece.
    func flush() {
        let count = self.outbox.takeUnwritten()
        guard !self.writer.isEmpty, let channel = self.channel, self.readsOrEnds else { return }
        let buffer = self.writer.take(channel.allocator)
        guard count > 0 else { return channel.writeAndFlush(buffer, promise: nil) }
        self.handle(.spoke)
        channel.writeAndFlush(buffer).assumeIsolated().whenSuccess {
            self.assumeIsolated { link in
                link.router.assumeIsolated { router in
                    router.outbound.assumeIsolated { $0.taken(count, by: link) }
                    router.flushSoon()
                }
            }
        }
    }

    /// What `isthmusctl stream list` shows.
    var description: StreamDescription {
        StreamDescription(
            id: self.machine.id,
            isInbound: false,
            pairs: self.configuration.domains.map { DomainPair(local: self.configuration.name, remote: $0) },
            peer: self.peer,
            handshake: nil,
            method: nil,
            isComponent: true,
            isEstablished: self.isEstablished,
            startedAt: self.startedAt,
            received: self.intake.received,
            sent: self.outbox.sent
        )
    }
}
