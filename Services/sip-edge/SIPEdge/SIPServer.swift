import Bus
import DNS
import Directory
import EdgeKit
import Interworking
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
    /// How large a message of a peer may be.
    nonisolated let messageLimits: MessageLimits

    var port: TrafficPort?
    var policy = PolicyState()
    var directory = EdgeDirectory()
    /// Edges of the policy that have said that they take nothing more.
    var leaving: Set<String> = []

    var connections: [ConnectionID: SIPConnection] = [:]
    var peers: [ConnectionID: PeerIdentity] = [:]
    var buckets: [ConnectionID: TokenBucket] = [:]
    /// What each host sends to each UDP listener.
    var flows: [DatagramFlow: ConnectionID] = [:]
    var datagramListeners: [DatagramListener] = []
    /// What hosts that nobody knows may send us over UDP: more is not even read.
    nonisolated let strangers: AddressBudget
    var nextConnection: ConnectionID = 1
    /// Connections that have something to write.
    var touched: Set<ConnectionID> = []

    var serverTransactions: [ServerTransactionKey: ServerTransaction] = [:]
    /// Those of them outside dialogs, by what does not differ between the forks of a request.
    var requestsUnderWay: Set<MergeKey> = []
    var clientTransactions: [UInt64: ClientTransaction] = [:]
    var answerDeadlines: DeadlineQueue<UInt64>
    var attemptDeadlines: DeadlineQueue<UInt64>
    var outgoing: [UInt64: OutgoingTraffic] = [:]
    /// What waits for an xmpp-edge that is restarted.
    var absence = EdgeAbsence<OutgoingTraffic>()
    /// Conversations that go from one xmpp-edge to another.
    var crossings = Crossings<OutgoingTraffic>()
    var hops: [NextHop: NextHopState] = [:]
    var locations: [ServerQuery: ServerLocation] = [:]
    /// Connections of peers, by the names their certificates prove, and by what they offer over TCP.
    var inboundByName: [String: ConnectionID] = [:]
    var aliases: [TCPAlias: ConnectionID] = [:]
    var aliasOfConnection: [ConnectionID: TCPAlias] = [:]
    /// Requests that go on to another next hop are counted; these are logged.
    var failOverLines = FloodGate(perSecond: 10, burst: 100)
    var nextProbeRound = NIODeadline.uptimeNanoseconds(0)
    var progressDeadlines: DeadlineQueue<Progress>

    var subscribers: [SubscriptionPair: Subscriber] = [:]
    var subscriberDialogs: [Dialog.ID: SubscriptionPair] = [:]
    /// Subscriptions that we have ended, whose notifiers say so once more.
    var farewells: Set<Dialog.ID> = []
    var notifiers: [Dialog.ID: Notifier] = [:]
    var watched: [SubscriptionPair: Watched] = [:]
    /// Watchers of users who have moved to the watchers' own server, which has not taken over yet; how often that has failed.
    var handOvers: [SubscriptionPair: Int] = [:]
    /// Messages of administrators, by their ids, and the ids of those that have ended.
    var messageTests: [String: PendingMessageTest] = [:]
    var endedMessageTests: [String] = []
    /// Servers that administrators have asked.
    var routeTests: [UInt64: PendingRouteTest] = [:]
    /// What waits until it is known whether a local user has added a contact.
    var contactQueries: [SubscriptionPair: [WaitingForContact]] = [:]
    /// Requests that were handed to us by the edge they came to: where their answers go.
    var relays: [ServerTransactionKey: Relay] = [:]
    /// What waits behind a request that is with the owner of its dialog.
    var relayQueues: [Dialog.ID: [RelayedRequest]] = [:]
    /// INVITEs for another edge that have no answer yet.
    var handedOver: [ServerTransactionKey: HandedOverInvite] = [:]
    /// When each of the other sip-edges was heard last.
    var signsOfLife: [String: NIODeadline] = [:]
    var sessions: [Dialog.ID: Session] = [:]
    /// The sessions of two users, the one that was last heard of at the end.
    var conversations: [SessionPair: [Dialog.ID]] = [:]
    /// INVITEs of peers that wait for the fate of their message.
    var pendingInvites: [ServerTransactionKey: Dialog.ID] = [:]
    var finishedInvites: [ServerTransactionKey: FinishedInvite] = [:]
    /// Requests over UDP that have their answer.
    var finishedRequests: [ServerTransactionKey: FinishedRequest] = [:]
    /// Requests of ours over UDP that have their answer, which may come again.
    var answeredTransactions: [UInt64: ClientTransaction] = [:]
    var cancels: [UInt64: PendingCancel] = [:]
    /// Sessions whose latest re-INVITE we have accepted, and whose ACK has not come.
    var unacknowledgedRefreshes: [Dialog.ID: UnacknowledgedRefresh] = [:]
    var transactionTimers = TimerHeap<TransactionTimer>()
    var acceptedInvites: [UInt64: AcceptedInvite] = [:]
    /// What was found out about the servers of each of our domains.
    var dialects: [String: StaticRoute.Dialect] = [:]
    var sessionTimers = TimerHeap<SessionTimerEvent>()
    /// What happens to sessions, in order; the first is being dealt with.
    var sessionEvents: [(Dialog.ID, SessionMachine.Event)] = []
    var presenceTimers = TimerHeap<PresenceTimer>()
    /// Who is typing, on either side.
    var typing: TypingTable<SessionPair>
    /// Who is known to take CPIM, and messages that were sent in it.
    var notifiedUsers: BoundedTable<Address, Bool>
    var notificationsAsked: Set<MessageID> = []
    var typingTimers = TimerHeap<TypingTimer>()
    var timerCounter: UInt64 = 0
    /// How many subscriptions were taken from the records in the latest round.
    var restoredSubscribers = 0
    nonisolated let records: SubscriptionRecords

    /// What our branches, tags and message ids begin with: this life of the process.
    nonisolated let instance: String
    var counter: UInt64 = 0
    var transactionCounter: UInt64 = 0
    private var timer: LoopTimer?
    var isDraining = false
    /// Live sip-edges, this one among them.
    var sipEdgeCount = 0
    /// Whether what policy-service has on record was taken in.
    var hasRestored = false
    /// Whether the ownership of conversations has changed since then.
    var needsRestore = true
    var listeners: [Listener] = []
    /// Where the first listener of each kind listens.
    var tcpPort: Int?
    var tlsPort: Int?
    var udpPort: Int?
    var serverAuthTLSPort: Int?
    var legacyTLSPort: Int?

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
        self.notifiedUsers = BoundedTable(capacity: configuration.limits.notifiedUsers)
        self.typing = TypingTable(limit: configuration.limits.typing)
        self.messageLimits = MessageLimits(bodyBytes: configuration.limits.messageSize)
        self.strangers = AddressBudget(configuration.connectionLimits.arrivalRate)
        self.instance = String(bus.instance.suffix(8))
        self.answerDeadlines = DeadlineQueue(timeout: TimeAmount(configuration.answerTimeout))
        self.progressDeadlines = DeadlineQueue(timeout: TimeAmount(configuration.limits.messageTime))
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
        for endpoint in self.configuration.tcp { try await self.listen(endpoint, .tcp, limits) }
        for endpoint in self.configuration.tls { try await self.listen(endpoint, .mutualTLS, limits) }
        for endpoint in self.configuration.serverAuthTLS { try await self.listen(endpoint, .serverAuthTLS, limits) }
        for endpoint in self.configuration.legacyTLS { try await self.listen(endpoint, .legacyTLS, limits) }
        for endpoint in self.configuration.udp { try await self.listen(datagrams: endpoint) }
        self.warnOfContact()
        self.timer?.arm()
    }

    /// Stops accepting, says goodbye to watchers, waits for what is under way, and closes.
    func stop() async {
        self.isDraining = true
        self.stopWaiting()
        for listener in self.listeners { try? await listener.close().get() }
        self.listeners = []
        self.endNotifiers(reason: "deactivated")
        // What we watch stays on record: the next owner, or our next life, subscribes anew.
        for pair in self.subscribers.keys { self.drive(pair, .stop) }
        // What waits in a session is still said; then it ends with BYE.
        for session in self.sessions.keys { self.drive(session, .close) }
        // Whether a next hop lives is no concern any more.
        for case (let number, .probe) in self.clientTransactions.mapValues(\.purpose) {
            self.clientTransactions[number] = nil
        }
        self.endRouteTests()
        self.flush()
        let end = NIODeadline.now() + TimeAmount(self.configuration.drainTime)
        while !(self.serverTransactions.isEmpty && self.clientTransactions.isEmpty && self.sessions.isEmpty),
            .now() < end
        {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for connection in self.connections.values { connection.close(on: self.loop) }
        // Kept to the end: what is sent again over UDP has its answer until then.
        for listener in self.datagramListeners { try? await listener.channel.close() }
    }

    // MARK: - Time

    private func tick(_ now: NIODeadline) -> Bool {
        self.expireTransactions(at: now)
        self.expireWaiting()
        self.firePresenceTimers(at: now)
        self.fireSessionTimers(at: now)
        self.fireTypingTimers(at: now)
        self.fireTransactionTimers(at: now)
        self.probeNextHops(at: now)
        self.closeSlowConnections(at: now)
        self.flush()
        return true
    }
}
