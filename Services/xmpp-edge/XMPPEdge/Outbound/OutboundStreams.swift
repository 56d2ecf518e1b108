import Bus
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import Wire
import XMPPCore

/// The ways to all partners: one stream per pair of domains, made when a stanza needs it, or the partner's own if it is
/// bidirectional.
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
    /// Bidirectional streams that partners opened, by what they are authenticated for.
    var offers: [DomainPair: [Offer]] = [:]
    /// Carriers with bytes to write.
    var dirty: [any StanzaCarrier] = []
    var isDraining = false
    /// Streams that administrators try.
    var tests: [ObjectIdentifier: StreamTest] = [:]

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
            if self.routes[key]?.queue.isEmpty == true, link.hasRoom {
                return self.write(entry, key, link)
            }
            if self.routes[key]?.queue.isEmpty == true { self.noteLimit(link) }
            self.enqueue(entry, key)
        case .negotiating:
            self.enqueue(entry, key)
        case .backingOff(let until, let end):
            guard until <= .now() else { return self.refuse(entry, key, end.failure) }
            self.enqueue(entry, key)
            self.begin(key)
        case .idle:
            self.enqueue(entry, key)
            self.begin(key)
        }
    }

    /// Finds a way for what waits.
    func begin(_ key: RouteKey) {
        if self.isForComponent(key) {
            if self.useComponent(key) { self.drainQueue(key) } else { self.refuseDetached(key) }
        } else if self.useOffer(key) {
            self.drainQueue(key)
        } else {
            self.negotiate(key)
        }
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

    func write(_ entry: OutboundStanza, _ key: RouteKey, _ carrier: any StanzaCarrier) {
        guard !entry.fate.hasExpired(at: .now()) else {
            let failure = DeliveryFailure(
                .remoteServerTimeout,
                reason: .deadlineExceeded,
                text: "no stream to the partner in time"
            )
            return self.refuse(entry, key, failure)
        }
        if let limit = carrier.carry(entry.stanza, entry.fate) { return self.refuse(entry, key.pair, limit: limit) }
        self.touch(carrier)
    }

    /// Writes what waits, as far as the stream takes it.
    func drainQueue(_ key: RouteKey) {
        guard case .open(let link)? = self.routes[key]?.phase else { return }
        while link.hasRoom, let entry = self.routes[key]?.queue.popFirst() {
            self.surroundings.metrics.queued.decrement()
            self.write(entry, key, link)
        }
        if self.routes[key]?.queue.isEmpty == false { self.noteLimit(link) }
    }

    /// Counts that stanzas wait because too many others have no fate yet.
    private func noteLimit(_ carrier: any StanzaCarrier) {
        if carrier.isAtLimit { self.surroundings.metrics.reached(.unacknowledged) }
    }

    /// Writes `carrier` out with the batch.
    func touch(_ carrier: any StanzaCarrier) {
        if self.dirty.last !== carrier { self.dirty.append(carrier) }
        self.router.assumeIsolated { $0.flushSoon() }
    }

    /// Writes out everything of a batch.
    func flush() {
        let carriers = self.dirty
        self.dirty.removeAll(keepingCapacity: true)
        for carrier in carriers { carrier.flushCarried() }
    }

    // MARK: Fates

    /// The oldest `count` stanzas of a carrier are the peer's.
    func taken(_ count: Int, by carrier: any StanzaCarrier) {
        for fate in carrier.takeFates(count) { self.tell(fate, .success(Taken())) }
        self.drainQueues(of: carrier)
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
        if self.isGivenBack(entry.fate) { return }
        self.router.assumeIsolated { $0.record(outbound: entry.stanza, key.pair, failure) }
        self.bounce(entry.fate, failure)
    }

    /// Bounces what waits for a stream.
    func bounceQueue(_ key: RouteKey, _ failure: DeliveryFailure) {
        guard let queue = self.routes[key]?.queue else { return }
        self.routes[key]?.queue.removeAll()
        self.surroundings.metrics.queued.decrement(by: Double(queue.count))
        for entry in queue where !self.isGivenBack(entry.fate) { self.bounce(entry.fate, failure) }
    }

    /// Whether a message that never got onto a stream goes back to the sip-edge, which may know of another xmpp-edge: this one stops.
    private func isGivenBack(_ fate: Fate) -> Bool {
        guard case .traffic(let token) = fate, self.router.assumeIsolated({ $0.isDraining }) else { return false }
        self.router.assumeIsolated { $0.giveBack(token) }
        return true
    }

    // MARK: What links say

    func established(_ link: OutboundLink) {
        guard var route = self.routes[link.key] else { return }
        route.phase = .open(link)
        route.attempt = nil
        route.failures = 0
        self.routes[link.key] = route
        self.router.assumeIsolated { $0.streamBegan(link.key.pair) }
        self.drainQueue(link.key)
    }

    func ended(_ link: OutboundLink, _ end: StreamEnd) {
        // What was written and not acknowledged may have arrived or not: it is bounced, never sent twice.
        let fates = link.takeFates()
        defer { for fate in fates { self.bounce(fate, end.failure) } }
        guard case .open(let current)? = self.routes[link.key]?.phase, current === link else { return }
        if link.key.purpose == .traffic { self.router.assumeIsolated { $0.streamEnded(link.key.pair) } }
        // Stanzas that are lost with it have no record of their own: their texts are gone.
        if end.isFailure || !fates.isEmpty, !self.isDraining {
            let (facts, peer) = link.assumeIsolated { ($0.facts, $0.peer) }
            let failure = AttemptFailure(end: end)
            self.router.assumeIsolated { $0.refused(stream: link.key.pair, peer: peer, failure, facts: facts) }
        }
        self.leave(link.key, end)
    }

    /// The stream of a route has ended: what waits for one goes another way.
    func leave(_ key: RouteKey, _ end: StreamEnd) {
        self.routes[key]?.phase = .idle
        if self.isDraining { self.bounceQueue(key, end.failure) }
        if self.routes[key]?.queue.isEmpty == false { self.begin(key) } else { self.routes[key] = nil }
    }

    func writable(_ carrier: any StanzaCarrier) {
        self.drainQueues(of: carrier)
        self.flush()
    }

    private func drainQueues(of carrier: any StanzaCarrier) {
        for pair in carrier.pairsCarried { self.drainQueue(RouteKey(pair: pair, purpose: .traffic)) }
    }

    func readCompleted() { self.router.assumeIsolated { $0.flushSoon() } }

    // MARK: Life

    /// Ends the streams that the policy no longer allows.
    func policyChanged(_ policy: PolicyState) {
        self.verificationFailures.removeAll()
        for (key, route) in self.routes {
            if case .open(let carrier) = route.phase, let link = carrier as? ComponentLink {
                self.reconsiderComponent(key, link)
                continue
            }
            guard let error = policy.endOfStreams(of: key.pair) else {
                self.reconsiderOffer(key)
                // The rules may be others now: a partner that failed under the old ones gets a new chance.
                // Nothing waits for it; and its own timer would not take an idle route away.
                if case .backingOff = route.phase { self.routes[key] = nil }
                continue
            }
            if case .open(let carrier) = route.phase, let link = carrier as? OutboundLink {
                link.assumeIsolated { $0.revoke(error) }
            }
            route.attempt?.assumeIsolated { $0.revoke(error) }
        }
    }

    /// Whether nothing waits, neither for a stream nor for an acknowledgement.
    var isSettled: Bool {
        self.routes.values.allSatisfy { route in
            guard route.queue.isEmpty else { return false }
            guard case .open(let carrier) = route.phase else { return true }
            return carrier.hasDelivered
                && (carrier as? OutboundLink)?.assumeIsolated { $0.intake.unsettled == 0 } ?? true
        }
    }

    /// Takes no more stanzas from peers; what is under way is finished.
    func drain() {
        for case .open(let carrier) in self.routes.values.map(\.phase) {
            (carrier as? OutboundLink)?.assumeIsolated { $0.finish() }
        }
    }

    /// Ends all streams.
    func shutDown() {
        self.isDraining = true
        for test in self.tests.values { test.assumeIsolated { $0.shutDown() } }
        for (key, route) in self.routes {
            route.attempt?.assumeIsolated { $0.shutDown() }
            if case .open(let carrier) = route.phase { (carrier as? OutboundLink)?.assumeIsolated { $0.shutDown() } }
            self.bounceQueue(key, StreamEnd.shuttingDown.failure)
        }
    }

    /// The streams that we opened and that are established.
    var links: [OutboundLink] {
        self.routes.values.compactMap {
            if case .open(let carrier) = $0.phase { carrier as? OutboundLink } else { nil }
        }
    }

    var descriptions: [StreamDescription] {
        self.routes.values.compactMap { route in
            switch route.phase {
            case .open(let carrier): (carrier as? OutboundLink)?.assumeIsolated { $0.description }
            case .negotiating: route.attempt?.assumeIsolated { $0.description }
            case .idle, .backingOff: nil
            }
        }
    }
}
