import Bus
import Messaging
import Policy
import Presence
import SIPCore

/// What XMPP contacts say to the local users who watch them ([RFC 8048 §5.3](https://www.rfc-editor.org/rfc/rfc8048#section-5.3)).
extension SIPServer {
    /// A contact grants, refuses or withdraws what a local user asked for.
    func received(_ state: SubscriptionState, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.to, presentity: message.from)
        self.taken(token)
        switch state {
        case .pending: break
        case .active:
            guard self.watched[pair] != nil else { return }
            self.watched[pair]?.isAuthorized = true
            self.rememberWatching(pair)
            for dialog in self.watched[pair]?.dialogs ?? [] { self.notify(dialog, .authorized) }
        case .terminated: self.endWatching(pair, reason: "rejected")
        }
    }

    /// A contact's presence, for the local users who watch it.
    func received(_ notification: PresenceNotification, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.to, presentity: message.from)
        let decision = self.policy.decide(.inbound, .presence, from: message.from, to: message.to, contact: .added)
        if let failure = decision.failure { return self.fail(message, token, failure) }
        self.taken(token)
        // Presence that nobody here asked for ends here.
        guard var watched = self.watched[pair] else { return }
        // RFC 6121 §4.2: who shows its presence has granted the subscription. That somebody is not there is said to anybody:
        // COMPAT(Prosody 0.12): it acknowledges a request with “unavailable” before anybody has decided, and a refusal after it.
        guard watched.isAuthorized || notification.instances.contains(where: \.isAvailable) else { return }
        let isNew = !watched.isAuthorized
        watched.isAuthorized = true
        let changed = watched.state.update(with: notification) != nil
        self.watched[pair] = watched
        if isNew { self.rememberWatching(pair) }
        for dialog in watched.dialogs {
            if self.notifiers[dialog]?.isPoll == true {
                self.notify(dialog, .subscribed(expires: 0))
            } else if changed || isNew {
                self.notify(dialog, isNew ? .authorized : .changed)
            }
        }
    }

    /// Ends all dialogs of a watcher from our side, and forgets the relation.
    func endWatching(_ pair: SubscriptionPair, reason: String) {
        guard let watched = self.watched.removeValue(forKey: pair) else { return }
        self.records.remove(pair, .sipToXMPP)
        for dialog in watched.dialogs { self.notify(dialog, .end(reason: reason)) }
    }

    /// Says goodbye to all watchers, who then subscribe at another edge at once.
    func endNotifiers(reason: String) {
        for dialog in self.notifiers.keys { self.notify(dialog, .end(reason: reason)) }
    }
}
