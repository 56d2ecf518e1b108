import Bus
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import Wire
import XMPPCore

/// All streams that we open: one per pair of domains, made when a stanza needs it.
///
/// There is one negotiation per pair at a time; stanzas wait for it in a bounded queue and, when it fails, are bounced,
/// each exactly once.
actor OutboundStreams {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    let surroundings: Surroundings
    unowned let router: Router
    var routes: [RouteKey: OutboundRoute] = [:]
    /// Who asked for a key to be verified.
    var requesters: [OutboundStream.Verification: InboundConnection] = [:]
    /// Links with bytes to write.
    private var dirty: [OutboundLink] = []
    private var isDraining = false

    init(router: Router, surroundings: Surroundings) {
        self.unownedExecutor = surroundings.executor
        self.router = router
        self.surroundings = surroundings
    }

    // MARK: Stanzas

    /// Takes a stanza for a partner; its fate is told once, perhaps before this returns.
    func send(_ stanza: Stanza, _ pair: DomainPair, _ fate: Fate) {
        let key = RouteKey(pair: pair, purpose: .traffic)
        let entry = OutboundStanza(stanza: stanza, fate: fate)
        switch self.routes[key, default: OutboundRoute()].phase {
        case .open(let link):
            // Order: nothing overtakes what waits.
            if self.routes[key]?.queue.isEmpty == true, self.mayWrite(key, link) {
                return self.write(entry, key, link)
            }
            self.enqueue(entry, key)
        case .negotiating:
            self.enqueue(entry, key)
        case .backingOff(let until, let end):
            guard until <= .now() else { return self.bounce(entry.fate, end.failure) }
            self.enqueue(entry, key)
            self.negotiate(key)
        case .idle:
            self.enqueue(entry, key)
            self.negotiate(key)
        }
    }

    private func mayWrite(_ key: RouteKey, _ link: OutboundLink) -> Bool {
        (self.routes[key]?.inFlight.count ?? 0) < self.surroundings.limits.unacknowledged
            && link.assumeIsolated { $0.isWritable }
    }

    private func enqueue(_ entry: OutboundStanza, _ key: RouteKey) {
        guard self.routes[key, default: OutboundRoute()].queue.count < self.surroundings.limits.queueLength else {
            return self.bounce(
                entry.fate,
                DeliveryFailure(.resourceConstraint, reason: .queueFull, text: "too many stanzas wait for this partner")
            )
        }
        self.routes[key, default: OutboundRoute()].queue.append(entry)
        self.surroundings.metrics.queued.increment()
    }

    private func write(_ entry: OutboundStanza, _ key: RouteKey, _ link: OutboundLink) {
        guard !entry.fate.hasExpired(at: .now()) else {
            let failure = DeliveryFailure(
                .remoteServerTimeout,
                reason: .deadlineExceeded,
                text: "no stream to the partner in time"
            )
            return self.bounce(entry.fate, failure)
        }
        self.routes[key]?.inFlight.append(entry.fate)
        link.assumeIsolated { $0.write(entry.stanza) }
        if self.dirty.last !== link { self.dirty.append(link) }
        self.router.assumeIsolated { $0.flushSoon() }
    }

    /// Writes what waits, as far as the stream takes it.
    private func drainQueue(_ key: RouteKey) {
        guard case .open(let link)? = self.routes[key]?.phase else { return }
        while self.mayWrite(key, link), let entry = self.routes[key]?.queue.popFirst() {
            self.surroundings.metrics.queued.decrement()
            self.write(entry, key, link)
        }
    }

    /// Writes out everything of a batch.
    func flush() {
        let links = self.dirty
        self.dirty.removeAll(keepingCapacity: true)
        for link in links { link.assumeIsolated { $0.flush() } }
    }

    // MARK: Fates

    /// The oldest `count` stanzas of a link are the peer's.
    func taken(_ count: Int, by link: OutboundLink) {
        guard case .open(let current)? = self.routes[link.key]?.phase, current === link else { return }
        for _ in 0..<count {
            guard let fate = self.routes[link.key]?.inFlight.popFirst() else { break }
            self.tell(fate, .success(Taken()))
        }
        self.drainQueue(link.key)
    }

    private func tell(_ fate: Fate, _ result: Result<Taken, DeliveryFailure>) {
        switch fate {
        case .none: break
        case .traffic(let token): self.router.assumeIsolated { $0.answer(token, result) }
        // Whether the answer arrived or not, nothing more can be done for the peer's stanza.
        case .settlement(let settlement): settlement.settle()
        }
    }

    private func bounce(_ fate: Fate, _ failure: DeliveryFailure) {
        self.tell(fate, .failure(failure))
        self.router.assumeIsolated { $0.flushSoon() }
    }

    private func bounceAll(_ key: RouteKey, _ failure: DeliveryFailure, includingQueue: Bool) {
        guard var route = self.routes[key] else { return }
        var fates = Array(route.inFlight)
        route.inFlight.removeAll()
        if includingQueue {
            self.surroundings.metrics.queued.decrement(by: Double(route.queue.count))
            fates += route.queue.map(\.fate)
            route.queue.removeAll()
        }
        self.routes[key] = route
        for fate in fates { self.bounce(fate, failure) }
    }

    // MARK: Negotiation

    func negotiate(_ key: RouteKey) {
        self.routes[key, default: OutboundRoute()].phase = .negotiating
        Task { await self.open(key) }
    }

    private func open(_ key: RouteKey) async {
        self.surroundings.metrics.outboundAttempts.increment()
        let result = await self.connect(key)
        switch result {
        case .success: if key.purpose == .verification { self.readyToVerify(key) }
        case .failure(let failure): self.failed(key, failure)
        }
    }

    /// Tries one target after the other, until one leads to a stream.
    private func connect(_ key: RouteKey) async -> Result<Void, AttemptFailure> {
        let plan: RoutePlan
        switch self.plan(key) {
        case .success(let allowed): plan = allowed
        case .failure(let end): return .failure(AttemptFailure(end: end))
        }
        let targets: [ServiceTarget]
        do throws(ServiceResolutionError) {
            targets = try await self.targets(of: key.pair.remote, plan)
        } catch {
            return .failure(AttemptFailure(end: .disconnected, dns: error))
        }
        var last = AttemptFailure(end: .disconnected)
        for target in targets {
            guard !self.isDraining else { return .failure(AttemptFailure(end: .shuttingDown)) }
            do {
                guard let end = try await self.attempt(key, target, plan) else { return .success(()) }
                last = AttemptFailure(end: end)
                // The next target is for servers that cannot be talked to, not for those that have said no.
                switch end {
                case .disconnected, .tlsFailed, .establishmentTimeout: continue
                default: return .failure(last)
                }
            } catch let error as ServiceResolutionError {
                last = AttemptFailure(end: .disconnected, dns: error)
            } catch {
                last = AttemptFailure(end: .disconnected, connection: "\(target.host):\(target.port): \(error)")
            }
        }
        return .failure(last)
    }

    private func plan(_ key: RouteKey) -> Result<RoutePlan, StreamEnd> {
        self.router.assumeIsolated { $0.plan(for: key) }
    }

    private func targets(of domain: String, _ plan: RoutePlan) async throws(ServiceResolutionError) -> [ServiceTarget] {
        if let proxy = plan.proxy { return [proxy] }
        let services: [DomainService] = plan.rules.allowsTLS ? [.xmppServer, .xmppServerDirectTLS] : [.xmppServer]
        return try await self.surroundings.resolver.targets(of: domain, services: services, fallback: .xmppServer)
    }

    /// - Returns: why there is no stream; `nil` if there is one.
    private func attempt(_ key: RouteKey, _ target: ServiceTarget, _ plan: RoutePlan) async throws -> StreamEnd? {
        let addresses = try await self.surroundings.resolver.addresses(of: target)
        let link = try OutboundLink(
            key,
            target: target,
            configuration: plan.configuration,
            streams: self,
            surroundings: self.surroundings
        )
        _ = try await Connector.connect(to: addresses, on: self.surroundings.loop) { channel in
            try link.assumeIsolated { try $0.connected(channel) }
        }.get()
        self.began(key, link)
        return await link.negotiated()
    }

    /// What waited for a connection is handed to it.
    private func began(_ key: RouteKey, _ link: OutboundLink) {
        self.routes[key]?.attempt = link
        let verifications = self.routes[key]?.verifications ?? []
        self.routes[key]?.verifications = []
        for (verification, key) in verifications { link.assumeIsolated { $0.verify(verification, key: key) } }
    }

    private func failed(_ key: RouteKey, _ failure: AttemptFailure) {
        self.surroundings.metrics.outboundFailures.increment()
        guard var route = self.routes[key] else { return }
        route.attempt = nil
        route.failures += 1
        let until = NIODeadline.now() + OutboundRoute.pause(after: route.failures)
        route.phase = .backingOff(until, failure.end)
        let verifications = route.verifications
        route.verifications = []
        self.routes[key] = route
        self.surroundings.logger.warning(
            "No stream to a partner",
            metadata: [
                "peer.domain": "\(key.pair.remote)", "local.domain": "\(key.pair.local)", "reason": "\(failure)",
                "failures": "\(route.failures)",
            ]
        )
        self.router.assumeIsolated { $0.refused(stream: key.pair, peer: "", failure) }
        self.bounceAll(key, failure.deliveryFailure, includingQueue: true)
        let error = StanzaError(.remoteServerNotFound, text: failure.description)
        for (verification, _) in verifications { self.verified(verification, .failed(error)) }
        self.surroundings.loop.scheduleTask(deadline: until) { self.assumeIsolated { $0.forget(key) } }
    }

    /// Lets go of a route that nobody uses.
    private func forget(_ key: RouteKey) {
        guard let route = self.routes[key], route.queue.isEmpty, route.inFlight.isEmpty else { return }
        guard case .backingOff(let until, _) = route.phase, until <= .now() else { return }
        // The count of failures is kept for a while by keeping the route; one success, or a quiet minute, ends it.
        self.routes[key]?.phase = .idle
        self.surroundings.loop.scheduleTask(in: .minutes(1)) { self.assumeIsolated { $0.removeIfIdle(key) } }
    }

    private func removeIfIdle(_ key: RouteKey) {
        if case .idle? = self.routes[key]?.phase { self.routes[key] = nil }
    }

    // MARK: What links say

    func established(_ link: OutboundLink, maximumBytes: Int?) {
        guard var route = self.routes[link.key] else { return }
        route.phase = .open(link)
        route.attempt = nil
        route.failures = 0
        route.maximumBytes = maximumBytes
        self.routes[link.key] = route
        self.router.assumeIsolated { $0.streamBegan(link.key.pair) }
        self.drainQueue(link.key)
    }

    func ended(_ link: OutboundLink, _ end: StreamEnd) {
        guard let route = self.routes[link.key] else { return }
        guard case .open(let current) = route.phase, current === link else { return }
        if link.key.purpose == .traffic { self.router.assumeIsolated { $0.streamEnded(link.key.pair) } }
        self.routes[link.key]?.phase = .idle
        // What was written and not acknowledged may have arrived or not: it is bounced, never sent twice.
        self.bounceAll(link.key, end.failure, includingQueue: self.isDraining)
        if self.routes[link.key]?.queue.isEmpty == false {
            self.negotiate(link.key)
        } else {
            self.routes[link.key] = nil
        }
    }

    func writable(_ link: OutboundLink) {
        self.drainQueue(link.key)
        self.flush()
    }

    func readCompleted() { self.router.assumeIsolated { $0.flushSoon() } }

    // MARK: Life

    /// Ends the streams that the policy no longer allows.
    func policyChanged(_ policy: PolicyState) {
        for (key, route) in self.routes {
            guard let error = policy.objection(toStreamOf: key.pair) else {
                // The rules may be others now: a partner that failed under the old ones gets a new chance.
                if case .backingOff = route.phase { self.routes[key]?.phase = .idle }
                continue
            }
            if case .open(let link) = route.phase { link.assumeIsolated { $0.revoke(error) } }
            route.attempt?.assumeIsolated { $0.revoke(error) }
        }
    }

    /// Whether nothing waits, neither for a stream nor for an acknowledgement.
    var isSettled: Bool { self.routes.values.allSatisfy { $0.queue.isEmpty && $0.inFlight.isEmpty } }

    /// Ends all streams.
    func shutDown() {
        self.isDraining = true
        for (key, route) in self.routes {
            route.attempt?.assumeIsolated { $0.shutDown() }
            if case .open(let link) = route.phase { link.assumeIsolated { $0.shutDown() } }
            self.bounceAll(key, StreamEnd.shuttingDown.failure, includingQueue: true)
        }
    }

    var descriptions: [StreamDescription] {
        self.routes.values.compactMap { route in
            switch route.phase {
            case .open(let link): link.assumeIsolated { $0.description }
            case .negotiating: route.attempt?.assumeIsolated { $0.description }
            case .idle, .backingOff: nil
            }
        }
    }
}
