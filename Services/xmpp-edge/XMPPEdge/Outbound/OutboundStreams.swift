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
    /// Keys that are being verified, and who asked.
    var pending = PendingVerifications()
    var verificationFailures: VerificationFailures
    /// Routes that only verify keys; some of them may be gone already.
    var verifiers: Set<RouteKey> = []
    /// Links with bytes to write.
    var dirty: [OutboundLink] = []
    var isDraining = false

    init(router: Router, surroundings: Surroundings) {
        self.unownedExecutor = surroundings.executor
        self.router = router
        self.surroundings = surroundings
        self.verificationFailures = VerificationFailures(capacity: surroundings.limits.verification.failures)
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
            guard until <= .now() else { return self.refuse(entry, key, end.failure) }
            self.enqueue(entry, key)
            self.negotiate(key)
        case .idle:
            self.enqueue(entry, key)
            self.negotiate(key)
        }
    }

    func mayWrite(_ key: RouteKey, _ link: OutboundLink) -> Bool {
        (self.routes[key]?.inFlight.count ?? 0) < self.surroundings.limits.unacknowledged
            && link.assumeIsolated { $0.isWritable }
    }

    func enqueue(_ entry: OutboundStanza, _ key: RouteKey) {
        guard self.routes[key, default: OutboundRoute()].queue.count < self.surroundings.limits.queueLength else {
            self.surroundings.metrics.reached(.queue)
            return self.refuse(
                entry,
                key,
                DeliveryFailure(.resourceConstraint, reason: .queueFull, text: "too many stanzas wait for this partner")
            )
        }
        self.routes[key, default: OutboundRoute()].queue.append(entry)
        self.surroundings.metrics.queued.increment()
    }

    func write(_ entry: OutboundStanza, _ key: RouteKey, _ link: OutboundLink) {
        guard !entry.fate.hasExpired(at: .now()) else {
            let failure = DeliveryFailure(
                .remoteServerTimeout,
                reason: .deadlineExceeded,
                text: "no stream to the partner in time"
            )
            return self.refuse(entry, key, failure)
        }
        self.routes[key]?.inFlight.append(entry.fate)
        link.assumeIsolated { $0.write(entry.stanza) }
        if self.dirty.last !== link { self.dirty.append(link) }
        self.router.assumeIsolated { $0.flushSoon() }
    }

    /// Writes what waits, as far as the stream takes it.
    func drainQueue(_ key: RouteKey) {
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

    func tell(_ fate: Fate, _ result: Result<Taken, DeliveryFailure>) {
        switch fate {
        case .none: break
        case .traffic(let token): self.router.assumeIsolated { $0.answer(token, result) }
        // Whether the answer arrived or not, nothing more can be done for the peer's stanza.
        case .settlement(let settlement): settlement.settle()
        }
    }

    func bounce(_ fate: Fate, _ failure: DeliveryFailure) {
        self.tell(fate, .failure(failure))
        self.router.assumeIsolated { $0.flushSoon() }
    }

    /// Bounces a stanza that never got onto a stream, and takes note of it.
    func refuse(_ entry: OutboundStanza, _ key: RouteKey, _ failure: DeliveryFailure) {
        self.router.assumeIsolated { $0.record(outbound: entry.stanza, key.pair, failure) }
        self.bounce(entry.fate, failure)
    }

    func bounceAll(_ key: RouteKey, _ failure: DeliveryFailure, includingQueue: Bool) {
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
        // Stanzas that are lost with it have no record of their own: their texts are gone.
        if end.isFailure || !route.inFlight.isEmpty, !self.isDraining {
            let (facts, peer) = link.assumeIsolated { ($0.facts, $0.peer) }
            let failure = AttemptFailure(end: end)
            self.router.assumeIsolated { $0.refused(stream: link.key.pair, peer: peer, failure, facts: facts) }
        }
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
        self.verificationFailures.removeAll()
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
