import Bus
import DNS
import Directory
import EdgeKit
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import Presence
import SIPCore
import ServiceKit
import TLS

/// The heart of the edge: transactions, dialogs, next hops and traffic, all on one event loop
/// (docs/adr/0006-one-event-loop-per-edge-process.md).
///
/// ```
///  SIPConnection ──message──▶ admission ─▶ server transaction ─▶ neutral message ─▶ TrafficPort
///       ▲                                                                              │
///       └──────response────── server transaction ◀───────── fate ◀────────────────────┤
///       └──────request─────── client transaction ◀── route ◀──── neutral message ◀─────┘
/// ```
actor SIPServer {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let loop: any EventLoop
    nonisolated let configuration: SIPEdge.Configuration
    nonisolated let context: ServiceContext
    nonisolated let logger: Logger
    nonisolated let metrics: SIPMetrics
    nonisolated let bus: Bus
    nonisolated let refusals: RefusalReporter
    nonisolated let identities: IdentityFollower
    nonisolated let resolver: ServiceResolver

    var port: TrafficPort?
    var policy = PolicyState()
    var directory = EdgeDirectory()

    var connections: [ConnectionID: SIPConnection] = [:]
    var peers: [ConnectionID: PeerIdentity] = [:]
    var buckets: [ConnectionID: TokenBucket] = [:]
    private var nextConnection: ConnectionID = 1
    /// Connections that have something to write.
    private var touched: Set<ConnectionID> = []

    var serverTransactions: [ServerTransactionKey: ServerTransaction] = [:]
    var clientTransactions: [UInt64: ClientTransaction] = [:]
    var answerDeadlines: DeadlineQueue<UInt64>
    var attemptDeadlines: DeadlineQueue<UInt64>
    var outgoing: [UInt64: OutgoingTraffic] = [:]
    var hops: [NextHop: NextHopState] = [:]
    var nextProbeRound = NIODeadline.uptimeNanoseconds(0)
    var progressDeadlines = DeadlineQueue<Progress>(timeout: patience)

    var subscribers: [SubscriptionPair: Subscriber] = [:]
    var subscriberDialogs: [Dialog.ID: SubscriptionPair] = [:]
    var notifiers: [Dialog.ID: Notifier] = [:]
    var watched: [SubscriptionPair: Watched] = [:]
    /// What waits until it is known whether a local user has added a contact.
    var contactQueries: [SubscriptionPair: [WaitingForContact]] = [:]
    var sessions: [Dialog.ID: Session] = [:]
    /// The sessions of two users, the one that was last heard of at the end.
    var conversations: [SessionPair: [Dialog.ID]] = [:]
    /// INVITEs of peers that wait for the fate of their message.
    var pendingInvites: [ServerTransactionKey: Dialog.ID] = [:]
    var finishedInvites: [ServerTransactionKey: FinishedInvite] = [:]
    var acceptedInvites: [UInt64: AcceptedInvite] = [:]
    /// What was found out about the servers of each of our domains.
    var dialects: [String: StaticRoute.Dialect] = [:]
    var sessionTimers = TimerHeap<SessionTimerEvent>()
    /// What happens to sessions, in order; the first is being dealt with.
    var sessionEvents: [(Dialog.ID, SessionMachine.Event)] = []
    var presenceTimers = TimerHeap<PresenceTimer>()
    var timerCounter: UInt64 = 0
    nonisolated let records: SubscriptionRecords

    /// What our branches, tags and message ids begin with: this life of the process.
    nonisolated let instance: String
    private var counter: UInt64 = 0
    var transactionCounter: UInt64 = 0
    private var timer: LoopTimer?
    var isDraining = false
    /// Live sip-edges, this one among them.
    private(set) var sipEdgeCount = 0
    /// Whether what policy-service has on record was taken in.
    private(set) var hasRestored = false
    /// Whether the ownership of conversations has changed since then.
    private var needsRestore = true
    private var listeners: [Listener] = []
    /// Where the first listener of each kind listens.
    private(set) var tcpPort: Int?
    private(set) var tlsPort: Int?

    /// How often deadlines are looked at.
    private static let tick = TimeAmount.milliseconds(250)

    init(
        _ configuration: SIPEdge.Configuration,
        context: ServiceContext,
        bus: Bus,
        refusals: RefusalReporter,
        identities: IdentityFollower,
        resolver: ServiceResolver,
        loop: any EventLoop
    ) {
        self.unownedExecutor = loop.executor.asUnownedSerialExecutor()
        self.loop = loop
        self.configuration = configuration
        self.context = context
        self.logger = context.logger
        self.metrics = SIPMetrics(context.metrics)
        self.bus = bus
        self.refusals = refusals
        self.identities = identities
        self.records = SubscriptionRecords(bus: bus, logger: context.logger)
        self.resolver = resolver
        self.instance = String(bus.instance.suffix(8))
        self.answerDeadlines = DeadlineQueue(timeout: TimeAmount(configuration.answerTimeout))
        self.attemptDeadlines = DeadlineQueue(timeout: TimeAmount(configuration.attemptTimeout))
    }

    // MARK: - Life

    /// Opens the way to the other edges and the listeners.
    func start() async throws {
        self.port = self.bus.traffic(on: self.loop) { [weak self] events in
            self?.assumeIsolated { $0.received(events) }
        }
        self.timer = LoopTimer(on: self.loop, every: Self.tick) { [weak self] now in
            self?.assumeIsolated { $0.tick(now) } ?? false
        }
        self.port?.update(peers: self.policy.edges.values.filter { $0.kind == .xmpp })
        let limits = self.configuration.connectionLimits
        for endpoint in self.configuration.tcp { try await self.listen(endpoint, isTLS: false, limits) }
        for endpoint in self.configuration.tls { try await self.listen(endpoint, isTLS: true, limits) }
        self.timer?.arm()
    }

    /// Stops accepting, says goodbye to watchers, waits for what is under way, and closes.
    func stop() async {
        self.isDraining = true
        for listener in self.listeners { try? await listener.close().get() }
        self.listeners = []
        self.endNotifiers(reason: "deactivated")
        // What we watch stays on record: the next owner, or our next life, subscribes anew.
        for pair in self.subscribers.keys { self.drive(pair, .stop) }
        // What waits in a session is still said; then it ends with BYE.
        for session in self.sessions.keys { self.drive(session, .close) }
        self.flush()
        let end = NIODeadline.now() + Self.drainTime
        while !(self.serverTransactions.isEmpty && self.clientTransactions.isEmpty && self.sessions.isEmpty),
            .now() < end
        {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for connection in self.connections.values { connection.close(on: self.loop) }
    }

    /// How long what is under way may take when the service stops; below the deadline of the process.
    private static let drainTime = TimeAmount.seconds(8)

    private func listen(_ endpoint: Endpoint, isTLS: Bool, _ limits: ConnectionLimits) async throws {
        let listener = try await Listener.bind(
            host: endpoint.host,
            port: endpoint.port,
            on: self.loop,
            limits: limits,
            logger: self.logger,
            refused: { [weak self] address, refusal in
                self?.refusals.reportConnection(
                    address?.ipAddress ?? "",
                    port: address?.port,
                    refusal.rawValue,
                    rule: limits.setting(behind: refusal)
                )
            },
            accept: { [weak self] channel in
                try self?.assumeIsolated { try $0.accept(channel, isTLS: isTLS) }
            }
        ).get()
        self.listeners.append(listener)
        if isTLS { self.tlsPort = self.tlsPort ?? listener.port } else { self.tcpPort = self.tcpPort ?? listener.port }
        self.logger.notice(
            "Listening",
            metadata: ["listen.address": "\(endpoint.host):\(listener.port)", "transport": isTLS ? "tls" : "tcp"]
        )
    }

    private func accept(_ channel: any Channel, isTLS: Bool) throws {
        if isTLS {
            guard let context = self.identities.current else { throw ChannelError.operationUnsupported }
            let role = TLSRole.server(requestClientCertificate: true)
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
        }
        let connection = self.makeConnection(channel, hop: nil, isTLS: isTLS)
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connection))
        self.add(connection)
    }

    func makeConnection(_ channel: any Channel, hop: NextHop?, isTLS: Bool) -> SIPConnection {
        defer { self.nextConnection += 1 }
        return SIPConnection(channel, id: self.nextConnection, hop: hop, isTLS: isTLS, server: self)
    }

    func add(_ connection: SIPConnection) {
        self.connections[connection.id] = connection
        self.metrics.connections.increment()
        self.expectProgress(of: connection.id, .handshake)
        guard !connection.isTLS else { return }
        self.peers[connection.id] = PeerIdentity(address: connection.remoteAddress, isTLS: false, certificate: nil)
    }

    // MARK: - From connections

    func secured(_ connection: SIPConnection, _ handshake: TLSHandshakeCompleted) {
        let peer = PeerIdentity(address: connection.remoteAddress, isTLS: true, certificate: handshake.peer)
        self.peers[connection.id] = peer
        if let hop = connection.hop { self.opened(hop, connection, peer) }
    }

    func failed(_ connection: SIPConnection, _ error: any Error) {
        self.logger.info(
            "Connection failed",
            metadata: ["peer.address": "\(connection.remoteAddress)", "error": "\(error)"]
        )
        if let hop = connection.hop { self.lost(hop, connection.id, "\(error)") }
        connection.close(on: self.loop)
    }

    func closed(_ connection: SIPConnection) {
        guard self.connections.removeValue(forKey: connection.id) != nil else { return }
        self.metrics.connections.decrement()
        self.peers[connection.id] = nil
        self.buckets[connection.id] = nil
        self.touched.remove(connection.id)
        if let hop = connection.hop { self.lost(hop, connection.id, "the connection was closed") }
        self.failOver(.nextHopUnreachable) { $0.connection == connection.id }
        self.flush()
    }

    /// Notes that `connection` has something to write.
    func touch(_ connection: ConnectionID) { self.touched.insert(connection) }

    /// Lets out what a read or a batch has produced: one write per connection, one frame per edge.
    func flush() {
        self.port?.flush()
        guard !self.touched.isEmpty else { return }
        for id in self.touched { self.connections[id]?.assumeIsolated { $0.flush() } }
        self.touched.removeAll(keepingCapacity: true)
    }

    // MARK: - Policy

    /// Works with a new policy from now on.
    func use(_ policy: PolicyState) {
        let edgesChanged = policy.edges != self.policy.edges
        self.policy = policy
        guard edgesChanged || self.directory == EdgeDirectory() else { return }
        let sipEdges = policy.edges.values.filter { $0.kind == .sip }
        self.directory = EdgeDirectory(policy.edges.values)
        self.port?.update(peers: policy.edges.values.filter { $0.kind == .xmpp })
        self.sipEdgeCount = sipEdges.count
        // Whoever joins or leaves changes who owns what: what is ours now is on record.
        self.needsRestore = true
    }

    /// Whether records are to be taken in: once the policy says who owns what, and after each change of that.
    func beginRestoring() -> Bool {
        guard self.needsRestore, !self.isDraining, self.policy.edges[self.bus.instance] != nil else { return false }
        self.needsRestore = false
        return true
    }

    /// All records were seen; or, when policy-service did not give them, they are asked for again.
    func endRestoring(isComplete: Bool) {
        guard isComplete else { return self.needsRestore = true }
        self.hasRestored = true
        self.releaseForeignSubscribers()
    }

    // MARK: - Names

    /// A name that no other request, dialog or message of any life of any edge has.
    func uniqueName() -> String {
        self.counter += 1
        return "\(self.instance)-\(String(self.counter, radix: 36))"
    }

    /// A tag that cannot be guessed ([RFC 3261 §19.3](https://www.rfc-editor.org/rfc/rfc3261#section-19.3)).
    func newTag() -> String { String(UInt64.random(in: 0...UInt64.max), radix: 36) }

    /// Now, in milliseconds since 1970.
    nonisolated var now: Int64 { WallClock.milliseconds() }

    private func tick(_ now: NIODeadline) -> Bool {
        self.expireTransactions(at: now)
        self.firePresenceTimers(at: now)
        self.fireSessionTimers(at: now)
        self.probeNextHops(at: now)
        self.closeSlowConnections(at: now)
        self.flush()
        return true
    }
}
