import NIOCore
import NetworkKit
import ServiceKit
import XMPPCore

/// The receiving server's side of dialback: asks the authoritative server of a peer's domain whether a key is its own.
///
/// All keys for a pair of domains share one connection, whichever streams they came on. What a peer can set off is bounded by its
/// stream (``InboundStream/Configuration/pendingVerifications``), by its address, by the number of such connections, and by time;
/// a domain that could not be reached is not tried again at once.
extension OutboundStreams {
    private var limits: VerificationLimits { self.surroundings.limits.verification }

    /// Has a key verified over the stream to that domain, if there is one, or over one made for it.
    func verify(_ verification: OutboundStream.Verification, key: String, for requester: InboundConnection) {
        // One verification for a pair on a stream, however often it is asked for.
        guard !self.pending.contains(verification) else { return }
        let pair = verification.pair
        let alone = RouteKey(pair: pair, purpose: .verification)
        let metrics = self.surroundings.metrics.verification
        guard self.pending.count(from: requester) < self.limits.perAddress else {
            metrics.refused(by: .address)
            return Self.refuse(pair, requester, .tooManyKeys)
        }
        if let link = self.openLink(for: pair) {
            self.add(verification, requester)
            return link.assumeIsolated { $0.verify(verification, key: key) }
        }
        let isNegotiating = if case .negotiating? = self.routes[alone]?.phase { true } else { false }
        if !isNegotiating {
            if let error = self.verificationFailures.answer(for: pair, at: .now()) {
                metrics.refused(by: .cached)
                return Self.refuse(pair, requester, error)
            }
            guard self.hasRoomForVerifier() else {
                metrics.refused(by: .connections)
                return Self.refuse(pair, requester, .tooManyKeys)
            }
        }
        self.add(verification, requester)
        self.routes[alone, default: OutboundRoute()].verifications.append((verification, key: key))
        if !isNegotiating {
            self.verifiers.insert(alone)
            self.negotiate(alone)
        }
    }

    /// The requester looks at the answer once it is done with what made it ask.
    private static func refuse(_ pair: DomainPair, _ requester: InboundConnection, _ error: StanzaError) {
        requester.assumeIsolated { $0.verified(pair, .failed(error)) }
    }

    private func add(_ verification: OutboundStream.Verification, _ requester: InboundConnection) {
        let timeout = self.surroundings.loop.scheduleTask(in: TimeAmount(self.limits.timeout)) {
            self.assumeIsolated { $0.timedOut(verification) }
        }
        self.pending.add(verification, for: requester, timeout: timeout)
        self.surroundings.metrics.verification.pending.increment()
    }

    /// A stream over which keys of the pair can be verified now.
    private func openLink(for pair: DomainPair) -> OutboundLink? {
        for purpose in [OutboundStream.Purpose.traffic, .verification] {
            // Never over the stream on which the key came (XEP-0288 §2.2): those of peers do not verify.
            if case .open(let carrier)? = self.routes[RouteKey(pair: pair, purpose: purpose)]?.phase,
                let link = carrier as? OutboundLink
            {
                return link
            }
        }
        return nil
    }

    /// Whether there may be one more connection that only verifies; one that has nothing to do makes room.
    private func hasRoomForVerifier() -> Bool {
        guard self.verifiers.count >= self.limits.connections else { return true }
        self.verifiers = self.verifiers.filter { self.routes[$0] != nil }
        guard self.verifiers.count >= self.limits.connections else { return true }
        for key in self.verifiers {
            guard case .open(let carrier)? = self.routes[key]?.phase, let link = carrier as? OutboundLink,
                link.assumeIsolated({ $0.isSettled })
            else { continue }
            link.assumeIsolated { $0.shutDown() }
            self.verifiers.remove(key)
            return true
        }
        return false
    }

    /// What a flood could blow up: connections that verify, keys being verified, domains remembered.
    var load: (routes: Int, pending: Int, remembered: Int) {
        let routes = self.routes.keys.count { $0.purpose == .verification }
        return (routes, self.pending.count, self.verificationFailures.count)
    }

    /// The stream is there: the keys that wait are handed to it.
    func readyToVerify(_ key: RouteKey) {
        guard let link = self.routes[key]?.attempt, link.assumeIsolated({ !$0.hasEnded }) else {
            return self.couldNotVerify(key, AttemptFailure(end: .disconnected))
        }
        let waiting = self.routes[key]?.verifications ?? []
        self.routes[key]?.attempt = nil
        self.routes[key]?.verifications = []
        self.routes[key]?.phase = .open(link)
        self.verificationFailures.succeeded(key.pair)
        for (verification, key) in waiting { link.assumeIsolated { $0.verify(verification, key: key) } }
        self.closeWhenSettled(link)
    }

    /// There is no stream over which to ask.
    func couldNotVerify(_ key: RouteKey, _ failure: AttemptFailure) {
        let waiting = self.routes[key]?.verifications ?? []
        self.routes[key] = nil
        self.verifiers.remove(key)
        let error = failure.dialbackError
        // Without anybody waiting it was given up by us: what there is to say of the domain has been said.
        if !waiting.isEmpty { self.verificationFailures.failed(key.pair, error, at: .now()) }
        for (verification, _) in waiting { self.verified(verification, .failed(error)) }
    }

    /// The authoritative server did not answer in time.
    private func timedOut(_ verification: OutboundStream.Verification) {
        guard self.pending.contains(verification) else { return }
        let key = RouteKey(pair: verification.pair, purpose: .verification)
        self.routes[key]?.verifications.removeAll { $0.0 == verification }
        self.verificationFailures.failed(verification.pair, .verificationTimedOut, at: .now())
        self.verified(verification, .failed(.verificationTimedOut))
        guard self.pending.count(for: verification.pair) == 0 else { return }
        // Nobody waits for this connection any more.
        if case .open(let carrier)? = self.routes[key]?.phase {
            (carrier as? OutboundLink)?.assumeIsolated { $0.shutDown() }
        }
        self.routes[key]?.attempt?.assumeIsolated { $0.shutDown() }
    }

    /// Ends a stream that only verifies keys a few seconds after the last answer.
    private func closeWhenSettled(_ link: OutboundLink) {
        self.surroundings.loop.scheduleTask(in: .seconds(5)) {
            self.assumeIsolated { streams in
                guard link.assumeIsolated({ !$0.hasEnded }) else { return }
                if link.assumeIsolated({ $0.isSettled }) {
                    link.assumeIsolated { $0.shutDown() }
                } else {
                    streams.closeWhenSettled(link)
                }
            }
        }
    }

    /// Tells who asked; an answer that nobody waits for any more is dropped.
    func verified(_ verification: OutboundStream.Verification, _ outcome: DialbackOutcome) {
        guard let requester = self.pending.remove(verification) else { return }
        let metrics = self.surroundings.metrics.verification
        metrics.pending.decrement()
        metrics.count(outcome)
        requester.assumeIsolated { $0.verified(verification.pair, outcome) }
    }
}

extension StanzaError {
    fileprivate static var tooManyKeys: StanzaError {
        StanzaError(.resourceConstraint, text: "too many keys are being verified")
    }

    fileprivate static var verificationTimedOut: StanzaError {
        StanzaError(.remoteServerTimeout, text: "the authoritative server did not answer in time")
    }
}
