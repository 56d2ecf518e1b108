import Messaging
import Policy
import XMPPCore

/// Bidirectional streams ([XEP-0288](https://xmpp.org/extensions/xep-0288.html)), in both roles: those that partners opened are used for what goes to them,
/// and on those that we opened their stanzas come.
extension OutboundStreams {
    /// A stream that a partner opened and that may carry ours.
    struct Offer {
        let connection: InboundConnection
        /// How the partner authenticated this very pair.
        let method: XMPPCore.AuthenticationMethod
    }

    /// A partner's stream may be used for `pair` from now on.
    func offered(_ connection: InboundConnection, for pair: DomainPair, _ method: XMPPCore.AuthenticationMethod) {
        self.offers[pair, default: []].append(Offer(connection: connection, method: method))
        // A partner that cannot be reached has reached us.
        let key = RouteKey(pair: pair, purpose: .traffic)
        if case .backingOff? = self.routes[key]?.phase, self.useOffer(key) { self.drainQueue(key) }
    }

    /// Opens a route over a stream that the partner opened, if there is one and the partner's rules allow it now.
    ///
    /// Only what the stream is authenticated for counts: nothing is concluded from an address or another pair.
    func useOffer(_ key: RouteKey) -> Bool {
        guard key.purpose == .traffic, !self.isDraining else { return false }
        let offer = self.offers[key.pair]?.first { offer in
            !offer.connection.isOver
                && self.router.assumeIsolated { $0.mayCarry(key.pair, authenticatedBy: offer.method) }
        }
        guard let offer else { return false }
        self.routes[key, default: OutboundRoute()].phase = .open(offer.connection)
        self.routes[key]?.failures = 0
        return true
    }

    /// The rules have changed: a route does not stay on a stream that may not be used any more.
    func reconsiderOffer(_ key: RouteKey) {
        guard case .open(let carrier)? = self.routes[key]?.phase, let connection = carrier as? InboundConnection else {
            return
        }
        let method = self.offers[key.pair]?.first { $0.connection === connection }?.method
        let isAllowed = method.map { method in
            self.router.assumeIsolated { $0.mayCarry(key.pair, authenticatedBy: method) }
        }
        if isAllowed != true { self.leave(key, .closed) }
    }

    /// A partner's stream has ended: what it had not taken is bounced, what waits goes another way.
    func ended(_ connection: InboundConnection, _ end: StreamEnd) {
        for pair in connection.pairsCarried {
            self.offers[pair]?.removeAll { $0.connection === connection }
            if self.offers[pair]?.isEmpty == true { self.offers[pair] = nil }
        }
        self.release(connection, end)
    }

    /// No route goes over `carrier` any more.
    func release(_ carrier: any StanzaCarrier, _ end: StreamEnd) {
        let fates = carrier.takeFates()
        for pair in carrier.pairsCarried {
            let key = RouteKey(pair: pair, purpose: .traffic)
            guard case .open(let current)? = self.routes[key]?.phase, current === carrier else { continue }
            self.leave(key, end)
        }
        for fate in fates { self.bounce(fate, end.failure) }
    }

    // MARK: The peer's stanzas on streams of ours

    func received(_ stanza: Stanza, _ pair: DomainPair, _ settlement: Settlement) {
        self.router.assumeIsolated { $0.route(stanza, pair, settlement) }
    }

    func receivedUnaddressable(_ stanza: Stanza, _ pair: DomainPair, _ settlement: Settlement) {
        self.router.assumeIsolated { $0.bounceUnaddressable(stanza, pair, settlement) }
    }

    func refused(
        _ pair: DomainPair,
        peer: String,
        _ end: StreamEnd,
        answer: String = "stream error",
        facts: StreamFacts = StreamFacts(.inbound)
    ) {
        self.router.assumeIsolated { $0.refused(stream: pair, peer: peer, end, answer: answer, facts: facts) }
    }

    // MARK: The peer's limits

    /// A stanza is larger than the partner takes ([XEP-0478](https://xmpp.org/extensions/xep-0478.html)): sent nevertheless, it would cost the stream.
    func refuse(_ entry: OutboundStanza, _ pair: DomainPair, limit: Int) {
        let failure = DeliveryFailure(
            .policyViolation,
            reason: .sizeLimit,
            text: "the partner takes stanzas of at most \(limit) bytes"
        )
        self.router.assumeIsolated { $0.record(outbound: entry.stanza, pair, failure) }
        self.bounce(entry.fate, failure)
    }
}
