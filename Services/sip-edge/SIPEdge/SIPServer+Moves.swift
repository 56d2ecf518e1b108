import Messaging
import NIOCore
import Policy
import SIPCore

/// Users of split domains who go over to the other server while they are watched, watch others and talk (SPEC §7).
///
/// What stood between the two servers ends, so that the new server takes it up; nobody is told that a contact is lost.
///
/// | who has moved | a contact's subscription at the SIP server | a SIP user's dialog with us | a session |
/// |---|---|---|---|
/// | the SIP user, to XMPP | SUBSCRIBE with `Expires: 0`; the XMPP server is handed the watcher's wish | `rejected` | BYE |
/// | the XMPP user, to SIP | SUBSCRIBE with `Expires: 0` | `deactivated`: the watcher subscribes anew, at its own server | BYE |
extension SIPServer {
    /// Looks through all that stands, after users or domains have changed.
    func followMoves() {
        for pair in self.subscribers.keys { self.followMove(ofSubscription: pair) }
        for pair in self.watched.keys {
            guard let mover = self.policy.mover(local: pair.watcher, contact: pair.presentity) else { continue }
            // RFC 6665 §4.1.3: whoever is told “deactivated” subscribes anew at once, whoever is told “rejected” does not.
            let isThere = mover == .contact && self.policy.home(of: pair.presentity) == .sip
            self.endWatching(pair, reason: isThere ? "deactivated" : "rejected")
        }
        for (id, session) in self.sessions
        where self.policy.mover(local: session.pair.local, contact: session.pair.contact) != nil {
            self.drive(id, .close)
        }
        self.flush()
    }

    private func followMove(ofSubscription pair: SubscriptionPair) {
        guard let mover = self.policy.mover(local: pair.presentity, contact: pair.watcher) else { return }
        self.subscribers[pair]?.isWantedAgain = false
        self.drive(pair, .stop)
        self.release(pair, mover)
    }

    /// Whether a relation that is on record has been overtaken by a move: then it is followed up instead of taken in.
    func hasMoved(_ pair: SubscriptionPair, watcherIsLocal: Bool) -> Bool {
        if watcherIsLocal {
            guard self.policy.mover(local: pair.watcher, contact: pair.presentity) != nil else { return false }
            self.records.remove(pair, .sipToXMPP)
            return true
        }
        guard let mover = self.policy.mover(local: pair.presentity, contact: pair.watcher) else { return false }
        self.release(pair, mover)
        return true
    }

    private func release(_ pair: SubscriptionPair, _ mover: PolicyState.Mover) {
        // Who has no home at all is nobody's to watch.
        guard mover == .local, self.policy.home(of: pair.presentity) == .xmpp else {
            return self.records.remove(pair, .xmppToSIP)
        }
        guard self.handOvers[pair] == nil else { return }
        self.handOvers[pair] = 0
        self.handOver(pair)
    }

    /// Hands a contact's wish to see a user to the XMPP server, which has both of them now; it stays on record until that has it.
    private func handOver(_ pair: SubscriptionPair) {
        let request = SubscriptionRequest(action: .subscribe, isHandedOver: true)
        self.handOver(
            NeutralMessage(
                id: MessageID(self.uniqueName()),
                from: pair.watcher,
                to: pair.presentity,
                content: .subscriptionRequest(request)
            ),
            for: nil
        )
    }

    func handedOver(_ pair: SubscriptionPair) {
        guard self.handOvers.removeValue(forKey: pair) != nil else { return }
        self.records.remove(pair, .xmppToSIP)
    }

    func handOverFailed(_ pair: SubscriptionPair, _ failure: DeliveryFailure) {
        guard let failures = self.handOvers[pair] else { return }
        guard !failure.isForGood else { return self.handedOver(pair) }
        self.handOvers[pair] = failures + 1
        self.setTimer(.handOver(pair), seconds: self.pause(afterFailures: failures))
    }

    func handOverAgain(_ pair: SubscriptionPair) {
        guard self.handOvers[pair] != nil else { return }
        guard self.policy.mover(local: pair.presentity, contact: pair.watcher) != nil else {
            // Both are where they were.
            self.handOvers[pair] = nil
            return self.adopt(pair)
        }
        self.handOver(pair)
    }

    /// A contact of a split domain has the user on its list, as its own server says by asking for the user's presence: the user has moved
    /// here from there, and is watched as if the contact had asked now.
    func adopt(_ pair: SubscriptionPair) {
        guard self.subscribers[pair] == nil, !self.isDraining, !self.isFullOfSubscriptions,
            self.policy.decide(.inbound, .subscription, from: pair.watcher, to: pair.presentity).isAllowed,
            !self.policy.routes(to: pair.presentity).isEmpty
        else { return }
        self.remember(pair, .xmppToSIP, .pending)
        self.addSubscriber(pair)
        self.drive(pair, .start)
    }
}
