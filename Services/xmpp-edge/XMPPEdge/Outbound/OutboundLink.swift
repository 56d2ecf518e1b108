import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS
import XML
import XMPPCore

/// One connection to a server of a partner: the shell around ``OutboundStream``.
actor OutboundLink: ConnectionActor, StanzaReader, CertifiedStream {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let key: RouteKey
    let target: ServiceTarget
    /// The server's TLSA records: its certificate must match one of them.
    let associations: [TLSAssociation]
    let streams: OutboundStreams
    let surroundings: Surroundings

    var channel: (any Channel)?
    /// The server's: the channel forgets it when it is closed.
    var address: SocketAddress?
    var parser: XMLStreamParser
    var writer = StreamWriter()
    var machine: OutboundStream
    var events: [OutboundStream.Event] = []
    var isHandling = false
    var timers: [OutboundStream.Timer: Scheduled<Void>] = [:]
    var handshake: TLSHandshakeCompleted?
    var certificateTimer: Scheduled<Void>?
    var method: AuthenticationMethod?
    var end: StreamEnd?
    let carriedPairs: [DomainPair]
    var outbox = Outbox()
    /// What the peer sends, and how fast: its stanzas too, on a bidirectional stream (XEP-0288).
    var intake: Intake
    var throttle: Scheduled<Void>?
    /// No more is read as soon as nothing waits for the peer.
    var isFinishing = false
    let startedAt = NIODeadline.now()
    var negotiation: CheckedContinuation<StreamEnd?, Never>?
    /// Who is told of each step, where an administrator has asked for the stream.
    let test: StreamTest?

    /// How long the peer may take to close its half once we have closed ours.
    static let linger = TimeAmount.seconds(2)

    init(
        _ key: RouteKey,
        target: ServiceTarget,
        associations: [TLSAssociation],
        configuration: OutboundStream.Configuration,
        streams: OutboundStreams,
        surroundings: Surroundings,
        test: StreamTest? = nil
    ) throws {
        self.unownedExecutor = surroundings.executor
        self.key = key
        self.carriedPairs = key.purpose == .traffic ? [key.pair] : []
        self.target = target
        self.associations = associations
        self.streams = streams
        self.surroundings = surroundings
        self.test = test
        self.intake = Intake(surroundings.limits)
        self.parser = try XMLStreamParser(limits: surroundings.limits.beforeAuthentication, vocabulary: .stream)
        self.machine = OutboundStream(pair: key.pair, purpose: key.purpose, configuration: configuration)
    }

    // MARK: Negotiation

    /// Adds the handlers to the connection and begins; the channel is connected.
    func connected(_ channel: any Channel) throws {
        self.channel = channel
        self.address = channel.remoteAddress
        self.test?.began(self)
        self.test?.note(
            .connected(
                address: self.peer,
                port: self.target.port,
                isDirectTLS: self.target.service.beginsWithTLS
            )
        )
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

    var isReady: Bool {
        self.machine.isEstablished || self.key.purpose == .verification && self.machine.isReadyToVerify
    }

    func tlsHandler() throws -> TLSHandler {
        guard let context = self.surroundings.tlsContext() else {
            throw StreamEnd.tlsFailed("there is no certificate yet")
        }
        return TLSHandler(
            context: context,
            role: .client(
                serverName: self.key.pair.remote,
                alpn: self.target.service.beginsWithTLS ? ["xmpp-server"] : [],
                // Dialback needs none: a domain that has no certificate shows none (XEP-0220 §1.1, RFC 6120 §13.7.1).
                identity: context.names.contains(self.key.pair.local) ? self.key.pair.local : nil,
                associations: self.associations
            )
        )
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
        self.streams.assumeIsolated { $0.readCompleted() }
    }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.handshake = handshake
        self.surroundings.metrics.handshake(.outbound, .completed)
        self.surroundings.metrics.certificate(.outbound, handshake.peer, domain: self.key.pair.remote)
        let verdict = CertificateVerdict(
            handshake.peer,
            domain: self.key.pair.remote,
            secureHost: self.target.isSecure ? self.target.host : nil
        )
        self.test?.note(StreamWalk.Event(handshake, verdict, hasAssociations: !self.associations.isEmpty))
        // What the domain has published of its certificate is not for a policy to overlook (RFC 7673 § 3.4).
        if case .invalid(let reason) = verdict, !self.associations.isEmpty { return self.refuse(reason) }
        self.handle(self.target.service.beginsWithTLS ? .started(directTLS: verdict) : .secured(verdict))
        self.flush()
    }

    /// Ends the connection for its certificate; the next server of the domain may have another.
    private func refuse(_ reason: String) {
        if self.target.service.beginsWithTLS {
            self.ended(.tlsFailed(reason))
            self.channel?.close(promise: nil)
        } else {
            self.handle(.tlsFailed(reason))
            self.flush()
        }
    }

    func writabilityChanged(_ isWritable: Bool) {
        if isWritable { self.streams.assumeIsolated { $0.writable(self) } }
    }

    func failed(_ error: any Error) {
        if error is TLSError, self.handshake == nil { self.surroundings.metrics.handshake(.outbound, .failed) }
        if let error = error as? TLSError, self.handshake == nil {
            if self.target.service.beginsWithTLS {
                self.ended(.tlsFailed("\(error)"))
            } else {
                self.handle(.tlsFailed("\(error)"))
            }
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
        self.certificateTimer?.cancel()
        self.endPause()
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
    /// The id that the peer gave the stream.
    var id: String { self.machine.id }
    var isWritable: Bool { self.channel?.isWritable ?? false }
    var isSettled: Bool { self.machine.isSettled && self.outbox.isEmpty && self.intake.unsettled == 0 }
    var hasEnded: Bool { self.end != nil }

    func verify(_ verification: OutboundStream.Verification, key: String) {
        self.handle(.verify(verification, key: key))
        self.flush()
    }

    func revoke(_ error: StreamError) {
        self.handle(.revoked(error))
        self.flush()
    }

    var restsOnCertificate: Bool { self.method == .external }

    func certificateLost(_ reason: String) {
        self.handle(.certificateLost(reason))
        self.flush()
    }

    func shutDown() {
        if self.channel == nil { return self.ended(.shuttingDown) }
        self.handle(.shutDown)
        self.flush()
    }

    // MARK: Writing

    /// Writes what has gathered, in one piece.
    ///
    /// Without acknowledgements a stanza is the peer's when the kernel has it: all one can know.
    func flush() {
        let count = self.outbox.takeUnwritten()
        let isAcknowledged = self.machine.isAcknowledged
        if count > 0, isAcknowledged { self.handle(.stanzasSent(count)) }
        guard !self.writer.isEmpty, let channel = self.channel, self.readsOrEnds else { return }
        let buffer = self.writer.take(channel.allocator)
        guard count > 0, !isAcknowledged else { return channel.writeAndFlush(buffer, promise: nil) }
        channel.writeAndFlush(buffer).assumeIsolated().whenSuccess {
            self.assumeIsolated { link in
                link.handle(.stanzasSent(count))
                link.streams.assumeIsolated { $0.readCompleted() }
            }
        }
    }

    var peer: String { self.address.map { $0.ipAddress ?? "\($0)" } ?? "" }
    var partnerLabel: String {
        let remote = self.key.pair.remote
        return self.streams.assumeIsolated { streams in
            streams.router.assumeIsolated { $0.partnerLabel(remote) }
        }
    }

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
            received: self.intake.received,
            sent: self.outbox.sent
        )
    }
}
