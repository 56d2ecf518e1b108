public import Messaging
internal import NIOCore
public import Policy
internal import ServiceKit
public import Wire

/// The way of messages between this edge and the edges of the other protocol.
///
/// ```
///  event loop                             bus thread
///  send, answer ─▶ slab per peer ─flush─▶ one frame per peer ─▶ CURVE ─▶ the other edge
///  handler([TrafficEvent]) ◀─ one call per batch ◀───────────────────── frames, lost connections
/// ```
///
/// Every message that ``send(_:to:timeout:traceparent:)`` takes is answered exactly once: with its fate, when its time is
/// over, or at once when the peer is lost. Messages to one peer arrive in the order in which they were sent. Nothing
/// here waits, allocates a task or arms a timer per message.
///
/// `@unchecked Sendable`: everything is touched on `loop` only, which each method asserts.
public final class TrafficPort: @unchecked Sendable {
    /// How large a frame may grow before the next one is begun: large enough to share its costs, small enough not to
    /// delay its first message.
    private static let frameSize = 32 * 1024
    /// How often expired messages are looked for, while messages wait.
    private static let sweepInterval = TimeAmount.milliseconds(250)

    /// One edge of the other protocol.
    private final class Peer {
        let address: TrafficPeer
        var isListed = true
        /// Which life of the connection messages are meant for.
        var epoch: UInt32 = 0
        var slab: [UInt8] = []
        /// How many messages there ever were: the place of the last one.
        var count: UInt64 = 0
        var outstanding = 0

        init(_ address: TrafficPeer) { self.address = address }
    }

    private let loop: any EventLoop
    private let inbox: TrafficInbox
    private let queue: CommandQueue
    private let service: ServiceName
    private let ownInstance: String
    private let outstandingLimit: Int
    private let metrics: BusMetrics
    private let handler: @Sendable ([TrafficEvent]) -> Void

    private let encoder: TrafficEncoder
    private var peersByInstance: [String: Peer] = [:]
    private var peersByID: [Int: Peer] = [:]
    private var nextPeerID = 1
    private var outstanding = OutstandingTraffic()
    private var touched: [Peer] = []
    /// Answers on their way, by connection.
    private var answers: [Route: [UInt8]] = [:]
    private var parcels: [TrafficParcel] = []
    private var isSweeping = false

    init(bus: Bus, loop: any EventLoop, handler: @escaping @Sendable ([TrafficEvent]) -> Void) {
        self.loop = loop
        self.inbox = TrafficInbox(loop: loop)
        self.queue = bus.queue
        self.service = bus.configuration.service
        self.ownInstance = bus.instance
        self.outstandingLimit = bus.configuration.limits.outstandingTraffic
        self.metrics = bus.metrics
        self.handler = handler
        self.encoder = TrafficEncoder(service: bus.configuration.service.rawValue, instance: bus.instance)
        self.inbox.attach(self)
        self.queue.append(.attach(self.inbox))
    }

    // MARK: Peers

    /// Connects to the edges of the other protocol, and to no others.
    ///
    /// An edge that is no longer listed keeps its connection for the messages that wait, as long as it lives.
    public func update(peers records: [EdgeRecord]) {
        self.loop.assertInEventLoop()
        let wanted = records.filter { record in
            MethodPolicy.mayExchangeTraffic(self.service, record.kind.service) && record.instance != self.ownInstance
        }
        let instances = Set(wanted.map(\.instance))
        for peer in self.peersByInstance.values { peer.isListed = instances.contains(peer.address.instance) }
        for record in wanted where self.peersByInstance[record.instance]?.address.endpoint != record.endpoint {
            let peer = Peer(
                TrafficPeer(
                    id: self.nextPeerID,
                    instance: record.instance,
                    service: record.kind.service,
                    endpoint: record.endpoint
                )
            )
            self.nextPeerID += 1
            self.peersByInstance[record.instance]?.isListed = false
            self.peersByInstance[record.instance] = peer
            self.peersByID[peer.address.id] = peer
        }
        self.queue.append(.peers(self.peersByInstance.values.filter(\.isListed).map(\.address)))
    }

    // MARK: Sending

    /// Hands over a message to the edge `instance`; it leaves with the next ``flush()``.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - instance: The edge.
    ///   - timeout: How long to wait for the message's fate.
    ///   - traceparent: The W3C Trace Context of the message.
    /// - Returns: The number under which its fate is told; `nil` when the edge is not known or has too much to do.
    public func send(
        _ message: NeutralMessage,
        to instance: String,
        timeout: Duration,
        traceparent: String? = nil
    ) -> UInt64? {
        self.loop.assertInEventLoop()
        guard let peer = self.peersByInstance[instance], peer.isListed else { return nil }
        guard peer.outstanding < self.outstandingLimit else {
            self.metrics.overloaded.increment()
            return nil
        }
        let timeout = TimeAmount(timeout)
        peer.count += 1
        let number = self.outstanding.insert(
            peer: peer.address.id,
            epoch: peer.epoch,
            place: peer.count,
            deadline: .now() + timeout
        )
        peer.outstanding += 1
        if peer.slab.isEmpty { self.touched.append(peer) }
        self.encoder.append(
            TrafficMessage(
                number: number,
                timeoutMilliseconds: UInt32(clamping: timeout.nanoseconds / 1_000_000),
                message: message,
                traceparent: traceparent
            ),
            to: &peer.slab
        )
        if peer.slab.count >= Self.frameSize { self.close(peer) }
        self.metrics.trafficSent.increment()
        self.startSweeping()
        return number
    }

    /// Tells the fate of a received message; it leaves with the next ``flush()``.
    ///
    /// Call it once for each token.
    public func answer(_ token: TrafficToken, _ result: Result<Taken, DeliveryFailure>) {
        self.answer(token, TrafficAnswer(number: token.number, result: result))
    }

    /// Gives back a received message that nobody was given, because this edge takes nothing more: instead of ``answer(_:_:)``.
    ///
    /// - Parameters:
    ///   - token: The message.
    ///   - failure: What becomes of it when there is no other edge.
    public func giveBack(_ token: TrafficToken, _ failure: DeliveryFailure) {
        self.answer(token, TrafficAnswer(number: token.number, result: .failure(failure), isGivenBack: true))
    }

    private func answer(_ token: TrafficToken, _ answer: TrafficAnswer) {
        self.loop.assertInEventLoop()
        self.inbox.count(unanswered: -1)
        self.encoder.append(answer, to: &self.answers[token.route, default: []])
    }

    /// Sends what has gathered: call it once per read, or per batch of events.
    ///
    /// After the handler of a batch has returned the port does so by itself.
    public func flush() {
        self.loop.assertInEventLoop()
        for peer in self.touched where !peer.slab.isEmpty { self.close(peer) }
        self.touched.removeAll(keepingCapacity: true)
        for (route, slab) in self.answers { self.parcels.append(.answers(route, slab: slab)) }
        self.answers.removeAll(keepingCapacity: true)
        guard !self.parcels.isEmpty else { return }
        let parcels = self.parcels
        self.parcels = []
        guard !self.queue.append(.traffic(parcels)) else { return }
        // The bus has ended: what it did not take has failed.
        self.inbox.append(
            parcels.compactMap { parcel in
                guard case .messages(let peer, let epoch, let last, _) = parcel else { return nil }
                return .lost(peer: peer, epoch: epoch &+ 1, written: last)
            }
        )
    }

    /// Makes the peer's slab a frame.
    private func close(_ peer: Peer) {
        let size = peer.slab.count
        self.parcels.append(.messages(peer: peer.address.id, epoch: peer.epoch, last: peer.count, slab: peer.slab))
        peer.slab = []
        peer.slab.reserveCapacity(min(size, Self.frameSize))
    }

    // MARK: Receiving

    /// Takes what the bus thread has handed over.
    func receive(_ arrivals: [TrafficArrival]) {
        self.loop.assertInEventLoop()
        var events: [TrafficEvent] = []
        for arrival in arrivals {
            switch arrival {
            case .messages(let messages, let route, let instance, let receivedAt):
                self.metrics.trafficReceived.increment(by: UInt64(messages.count))
                for message in messages {
                    let token = TrafficToken(
                        route: route,
                        number: message.number,
                        deadline: receivedAt + .milliseconds(Int64(message.timeoutMilliseconds)),
                        traceparent: message.traceparent
                    )
                    events.append(.received(message.message, token, from: instance))
                }
            case .answers(let answers, let id):
                for answer in answers { self.take(answer, from: id, into: &events) }
            case .lost(let id, let epoch, let written):
                self.lose(id, epoch: epoch, written: written, into: &events)
            }
        }
        self.deliver(events)
    }

    private func take(_ answer: TrafficAnswer, from id: Int, into events: inout [TrafficEvent]) {
        guard self.outstanding.remove(answer.number, peer: id) else {
            self.metrics.lateReplies.increment()
            return
        }
        self.peersByID[id]?.outstanding -= 1
        if answer.isGivenBack, case .failure(let failure) = answer.result {
            self.metrics.givenBack.increment()
            events.append(.givenBack(answer.number, failure, isGone: true))
        } else {
            events.append(.answered(answer.number, answer.result))
        }
    }

    /// Fails everything that was sent to a peer which is lost, and gives back what its connection was never given.
    private func lose(_ id: Int, epoch: UInt32, written: UInt64, into events: inout [TrafficEvent]) {
        guard let peer = self.peersByID[id] else { return }
        if peer.epoch < epoch { (peer.epoch, peer.slab) = (epoch, []) }
        for lost in self.outstanding.removeAll(peer: id, before: epoch) {
            peer.outstanding -= 1
            guard lost.place > written else {
                events.append(.answered(lost.number, .failure(.edgeUnavailable)))
                continue
            }
            self.metrics.givenBack.increment()
            events.append(.givenBack(lost.number, .edgeUnavailable, isGone: false))
        }
        guard !peer.isListed else { return }
        self.peersByID[id] = nil
        if self.peersByInstance[peer.address.instance] === peer { self.peersByInstance[peer.address.instance] = nil }
    }

    private func deliver(_ events: [TrafficEvent]) {
        if !events.isEmpty { self.handler(events) }
        self.flush()
    }

    // MARK: Deadlines

    private func startSweeping() {
        guard !self.isSweeping else { return }
        self.isSweeping = true
        self.loop.scheduleTask(in: Self.sweepInterval) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        self.isSweeping = false
        let expired = self.outstanding.removeExpired(at: .now())
        for ended in expired { self.peersByID[ended.peer]?.outstanding -= 1 }
        if self.outstanding.count > 0 { self.startSweeping() }
        self.deliver(expired.map { .answered($0.number, .failure(.deadlineExceeded)) })
    }
}

extension EdgeRecord.Kind {
    /// The service that such an edge is.
    var service: ServiceName {
        switch self {
        case .xmpp: .xmppEdge
        case .sip: .sipEdge
        }
    }
}
