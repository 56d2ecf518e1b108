internal import Glibc
internal import Logging
internal import NIOCore
internal import ServiceKit
internal import Wire
internal import ZeroMQ

/// The thread that owns all ZeroMQ sockets of the process, and what it does there.
///
/// ```
///  ┌─▶ take commands ─▶ send ─▶ receive from sockets that were used or are readable ─▶ deadlines ─▶ hand over ─┐
///  └───────────────────────────── poll: not at all when there is work, else until the next deadline ◀──────────┘
/// ```
final class BusThread {
    /// How often a publisher repeats its last number.
    private static let beatInterval = TimeAmount.seconds(2)
    /// How long the thread waits for requests that are being handled when it is told to stop.
    private static let stopLimit = TimeAmount.seconds(2)

    let configuration: Bus.Configuration
    let instance: String
    let keys: BusKeys
    let queue: CommandQueue
    let handOff: RequestHandOff
    var work: WorkInProgress
    let metrics: BusMetrics
    let logger: Logger

    let context: Context
    private var zap: ZAPHandler
    var router: Socket
    var publisher: Publisher?

    var requestLinks: [Destination: RequestLink] = [:]
    var trafficLinks: [Int: TrafficLink] = [:]
    /// The last life of connections to edges that are gone, one number for each: what was meant for it must not go by another.
    var lastEpochs: [Int: UInt32] = [:]
    var subscriptionLinks: [SubscriptionLink] = []
    var inbox: TrafficInbox?
    /// What arrived in this turn for the event loop.
    var arrivals: [TrafficArrival] = []

    let coder = EnvelopeCoder()
    let trafficEncoder: TrafficEncoder
    var incoming = Frame()
    let serviceNames: [[UInt8]: ServiceName]
    var logLimit = RateLimit()

    private var poller = Poller()
    private var polled: [Polled] = []
    /// Whether sockets have come or gone.
    var mustRebuild = true
    var mustReceiveRequests = true
    private var mustReceiveZAP = true
    var isStopping = false
    private var stopBy = NIODeadline.distantFuture
    private var nextBeat = NIODeadline.now()

    /// What a polled descriptor stands for.
    private enum Polled {
        case bell, zap, requests, publisher
        case socket(Link)
        case monitor(Link)
    }

    init(_ start: Start) throws(ZeroMQError) {
        self.configuration = start.configuration
        self.instance = start.instance
        self.keys = start.keys
        self.queue = start.queue
        self.handOff = start.handOff
        self.work = WorkInProgress(limit: start.configuration.limits.concurrentRequests)
        self.metrics = start.metrics
        self.logger = start.logger
        self.trafficEncoder = TrafficEncoder(service: start.configuration.service.rawValue, instance: start.instance)
        self.serviceNames = Dictionary(
            ServiceName.allCases.compactMap { name in start.keys.peers[name.rawValue].map { ($0.bytes, name) } },
            uniquingKeysWith: { first, _ in first }
        )
        // The handler stands before the first socket that it guards.
        self.context = try Context(ioThreads: Self.ioThreads)
        self.zap = try ZAPHandler(in: self.context)
        let endpoint = start.configuration.listen
        self.router = try Self.listener(.router, at: endpoint, domain: "requests", start, self.context)
        if let endpoint = start.configuration.publish {
            self.publisher = Publisher(
                socket: try Self.listener(.publish, at: endpoint, domain: "publications", start, self.context),
                instance: start.instance,
                service: start.configuration.service
            )
        }
    }

    var endpoints: BusEndpoints {
        BusEndpoints(requests: self.router.endpoint, publications: self.publisher?.endpoint)
    }

    // MARK: The turn

    func run() {
        var commands: [Command] = []
        while !self.isOver {
            self.queue.take(&commands)
            let hasWorked = !commands.isEmpty
            for command in commands {
                // One that fails does not take the others along.
                do throws(ZeroMQError) { try self.carryOut(command) } catch { self.report(error) }
            }
            commands.removeAll(keepingCapacity: true)
            do throws(ZeroMQError) {
                try self.receive()
                try self.keepTime()
            } catch {
                self.report(error)
            }
            self.handOver()
            if self.mustRebuild { self.rebuild() }
            self.poll(hasWorked: hasWorked)
        }
        self.close()
    }

    /// Nothing a peer does leads here: libzmq refuses a call of ours.
    private func report(_ error: ZeroMQError) {
        self.metrics.errors.increment()
        self.warn("Bus call failed", ["error": "\(error)"])
    }

    private var isOver: Bool { self.isStopping && (self.work.isEmpty || self.stopBy <= .now()) }

    func stop(finishing: Bool) {
        self.isStopping = true
        self.stopBy = finishing ? .now() + Self.stopLimit : .now()
    }

    /// Receives from the sockets that may have something.
    private func receive() throws(ZeroMQError) {
        if self.mustReceiveZAP {
            self.mustReceiveZAP = false
            try self.zap.answerAll { self.admit($0) }
        }
        if self.mustReceiveRequests { try self.receiveRequests() }
        if self.publisher?.mustReceive == true { try self.publisher?.receiveSubscriptions() }
        for link in self.requestLinks.values { try self.serve(link) }
        for link in self.trafficLinks.values { try self.serve(link) }
        for link in self.subscriptionLinks { try self.serve(link) }
    }

    private func handOver() {
        guard !self.arrivals.isEmpty else { return }
        self.inbox?.append(self.arrivals)
        self.arrivals.removeAll(keepingCapacity: true)
    }

    // MARK: Waiting

    private func rebuild() {
        self.mustRebuild = false
        self.poller.removeAll()
        self.polled.removeAll(keepingCapacity: true)
        self.watch(self.queue.fileDescriptor, .bell)
        self.watch(self.zap.fileDescriptor, .zap)
        self.watch(self.router.fileDescriptor, .requests)
        if let descriptor = self.publisher?.fileDescriptor { self.watch(descriptor, .publisher) }
        for link in self.links {
            let descriptors = link.descriptors
            self.watch(descriptors.socket, .socket(link))
            self.watch(descriptors.monitor, .monitor(link))
        }
    }

    private func watch(_ descriptor: CInt, _ meaning: Polled) {
        _ = self.poller.add(descriptor)
        self.polled.append(meaning)
    }

    private var links: [Link] {
        self.requestLinks.values.map(\.link) + self.trafficLinks.values.map(\.link) + self.subscriptionLinks.map(\.link)
    }

    private func poll(hasWorked: Bool) {
        let mustGoOn = hasWorked || self.hasUnreceived || !self.queue.fallAsleep()
        self.poller.wait(milliseconds: mustGoOn ? 0 : self.timeToNextDeadline())
        if !mustGoOn { self.queue.wakeUp() }
        for index in self.polled.indices where self.poller.isReadable(index) {
            switch self.polled[index] {
            case .bell: break
            case .zap: self.mustReceiveZAP = true
            case .requests: self.mustReceiveRequests = true
            case .publisher: self.publisher?.mustReceive = true
            case .socket(let link): link.mustReceive = true
            case .monitor(let link): link.mustLook = true
            }
        }
    }

    /// Whether a socket was not emptied, because others had to have their turn.
    private var hasUnreceived: Bool {
        self.mustReceiveRequests
            || self.trafficLinks.values.contains { $0.link.mustReceive || $0.link.mustLook }
            || self.requestLinks.values.contains { $0.link.mustReceive || $0.link.mustLook }
            || self.subscriptionLinks.contains { $0.link.mustReceive || $0.link.mustLook }
    }

    private func timeToNextDeadline() -> Int? {
        let deadlines =
            self.requestLinks.values.compactMap(\.wakeUpAt) + self.trafficLinks.values.compactMap(\.wakeUpAt)
            + self.links.compactMap(\.wakeUpAt) + (self.publisher == nil ? [] : [self.nextBeat])
            + (self.isStopping ? [.now() + .milliseconds(10)] : [])
        guard let next = deadlines.min() else { return nil }
        return max(0, Int((next - .now()).nanoseconds / 1_000_000) + 1)
    }

    /// Does what is due.
    private func keepTime() throws(ZeroMQError) {
        let now = NIODeadline.now()
        if self.publisher != nil, self.nextBeat <= now {
            self.nextBeat = now + Self.beatInterval
            try self.publisher?.beat()
        }
        for link in self.subscriptionLinks { try self.reopen(link.link, at: now) }
        for link in self.requestLinks.values {
            try self.reopen(link.link, at: now)
            try link.send()
            link.expire(at: now)
            if link.isIdle(at: now) {
                self.requestLinks[link.destination] = nil
                self.mustRebuild = true
            }
        }
        for link in self.trafficLinks.values {
            try self.reopen(link.link, at: now)
            try link.send()
            if link.isHopeless(at: now) { self.arrivals.append(link.lose()) }
            guard link.isOver(at: now) else { continue }
            self.arrivals.append(link.lose())
            self.lastEpochs[link.peer.id] = link.epoch
            self.trafficLinks[link.peer.id] = nil
            self.mustRebuild = true
        }
    }

    private func reopen(_ link: Link, at now: NIODeadline) throws(ZeroMQError) {
        if try link.reopenIfDue(at: now) { self.mustRebuild = true }
    }

    // MARK: The end

    private func close() {
        for link in self.requestLinks.values { link.close() }
        for link in self.trafficLinks.values { self.arrivals.append(link.lose()) }
        for link in self.subscriptionLinks { link.end() }
        for command in self.queue.close() {
            switch command {
            case .request(let request): request.continuation.resume(returning: .failure(.shuttingDown))
            case .traffic(let parcels):
                // There is no other way either: this process ends.
                for case .messages(let peer, let epoch, let last, _) in parcels {
                    self.arrivals.append(.lost(peer: peer, epoch: epoch &+ 1, written: last))
                }
            case .cancel, .done, .publish, .decoded, .subscribe, .attach, .peers, .stop: break
            }
        }
        self.handOver()
    }
}
