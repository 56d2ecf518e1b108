import Bus
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import Presence
import ServiceKit
import SIPCore
import Wire

/// SIP users who watch XMPP contacts: SUBSCRIBE in, NOTIFY out ([RFC 8048 §5.3](https://www.rfc-editor.org/rfc/rfc8048#section-5.3)).
extension SIPServer {
    /// The longest time a subscription lasts without a refresh, and the time where the watcher names none
    /// ([RFC 3856 §6.4](https://www.rfc-editor.org/rfc/rfc3856#section-6.4)). Microsoft's servers ask for about two hours.
    private static let longestExpires: UInt32 = 86_400
    private static let usualExpires: UInt32 = 3_600
    /// A shorter time would be a poll by other means (RFC 6665 §4.2.1.1).
    private static let shortestExpires: UInt32 = 60

    func receivedSubscribe(_ request: Request, _ key: ServerTransactionKey) {
        guard request.headers.event?.token == "presence" else {
            var headers = Headers()
            headers.append(.allowEvents, "presence")
            return self.respond(key, Status(489), headers: headers)
        }
        let expires = min(request.headers.expires ?? Self.usualExpires, Self.longestExpires)
        guard expires == 0 || expires >= Self.shortestExpires else {
            var headers = Headers()
            headers.append(.minExpires, String(Self.shortestExpires))
            return self.respond(key, Status(423), headers: headers)
        }
        if let tag = request.headers.to?.tag {
            self.refresh(Dialog.ID(callID: request.headers.callID ?? "", localTag: tag), request, key, expires)
        } else {
            self.begin(request, key, expires)
        }
    }

    private func refresh(_ id: Dialog.ID, _ request: Request, _ key: ServerTransactionKey, _ expires: UInt32) {
        guard var notifier = self.notifiers[id], notifier.dialog.accepts(request) else {
            // The watcher then subscribes anew: so it learns that this edge was restarted.
            return self.respond(key, Status(481))
        }
        notifier.expiresAt = .now() + .seconds(Int64(expires))
        self.notifiers[id] = notifier
        self.respond(key, Status(200), headers: self.grant(expires), tag: id.localTag)
        self.notify(id, .subscribed(expires: expires))
        if expires > 0 { self.remember(self.record(notifier.pair)) }
    }

    private func begin(_ request: Request, _ key: ServerTransactionKey, _ expires: UInt32) {
        let addresses: (from: Address, to: Address)
        do { addresses = try SIPMessageMapping.addresses(of: request) } catch { return self.refuse(key, error) }
        let decision = self.policy.decide(.outbound, .subscription, from: addresses.from, to: addresses.to)
        if let failure = decision.failure { return self.refuse(key, failure) }
        guard self.subscriptionCount < self.configuration.limits.subscriptions else { return self.refuse(key, .overloaded) }
        let tag = self.newTag()
        guard let dialog = Dialog(answering: request, localTag: tag) else {
            return self.respond(key, Status(400, "Bad Request (a subscription needs Contact and a From tag)"))
        }
        let pair = SubscriptionPair(watcher: addresses.from, presentity: addresses.to)
        let isAuthorized = self.watched[pair]?.isAuthorized ?? false
        self.watched[pair, default: Watched()].dialogs.insert(dialog.id)
        self.notifiers[dialog.id] = Notifier(
            pair: pair,
            machine: NotifierMachine(isAuthorized: isAuthorized),
            dialog: dialog,
            expiresAt: .now() + .seconds(Int64(expires))
        )
        self.metrics.subscriptions.increment()
        self.respond(key, Status(200), headers: self.grant(expires), tag: tag)
        self.notify(dialog.id, .subscribed(expires: expires))
        guard expires > 0 else { return }
        self.remember(self.record(pair))
        self.ask(pair, isAuthorized ? .presenceProbe : .subscriptionRequest(SubscriptionRequest(action: .subscribe)))
    }

    private func grant(_ expires: UInt32) -> Headers {
        var headers = Headers()
        headers.append(.expires, String(expires))
        return headers
    }

    private func record(_ pair: SubscriptionPair) -> SubscriptionRecord {
        SubscriptionRecord(pair, .sipToXMPP, self.watched[pair]?.isAuthorized == true ? .active : .pending, at: self.now)
    }

    /// Says something of the watcher to the contact.
    private func ask(_ pair: SubscriptionPair, _ content: NeutralMessage.Content) {
        self.sendToXMPP(
            NeutralMessage(id: MessageID(self.uniqueName()), from: pair.watcher, to: pair.presentity, content: content),
            for: nil
        )
    }

    // MARK: - From XMPP

    /// A contact grants, refuses or withdraws what a local user asked for.
    func received(_ state: SubscriptionState, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.to, presentity: message.from)
        self.taken(token)
        switch state {
        case .pending: break
        case .active:
            guard self.watched[pair] != nil else { return }
            self.watched[pair]?.isAuthorized = true
            self.remember(self.record(pair))
            for dialog in self.watched[pair]?.dialogs ?? [] { self.notify(dialog, .authorized) }
        case .terminated: self.endWatching(pair, reason: "rejected")
        }
    }

    /// A contact's presence, for the local users who watch it.
    func received(_ notification: PresenceNotification, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.to, presentity: message.from)
        self.taken(token)
        // Presence that nobody here asked for ends here.
        guard var watched = self.watched[pair] else { return }
        // RFC 6121 §4.2: who shows its presence has granted the subscription.
        let isNew = !watched.isAuthorized
        watched.isAuthorized = true
        watched.isKnown = true
        let changed = watched.state.update(with: notification) != nil
        self.watched[pair] = watched
        if isNew { self.remember(self.record(pair)) }
        guard changed || isNew else { return }
        for dialog in watched.dialogs { self.notify(dialog, isNew ? .authorized : .changed) }
    }

    /// Ends all dialogs of a watcher from our side, and forgets the relation.
    func endWatching(_ pair: SubscriptionPair, reason: String) {
        guard let watched = self.watched.removeValue(forKey: pair) else { return }
        self.forget(pair)
        for dialog in watched.dialogs { self.notify(dialog, .end(reason: reason)) }
    }

    /// Says goodbye to all watchers, who then subscribe at another edge at once.
    func endNotifiers(reason: String) {
        for dialog in self.notifiers.keys { self.notify(dialog, .end(reason: reason)) }
    }

    // MARK: - The machine

    private func notify(_ id: Dialog.ID, _ event: NotifierMachine.Event) {
        guard var notifier = self.notifiers[id] else { return }
        let actions = notifier.machine.handle(event)
        self.notifiers[id] = notifier
        for action in actions { self.carryOut(action, id) }
    }

    private func carryOut(_ action: NotifierMachine.Action, _ id: Dialog.ID) {
        switch action {
        case .notify(let state): self.sendNotify(id, state)
        case .startTimer(let seconds):
            let number = self.newTimerNumber()
            self.notifiers[id]?.timer = number
            self.presenceTimers.insert(.notifier(id, number), at: .now() + .seconds(Int64(seconds)))
        case .stopTimer: self.notifiers[id]?.timer = 0
        case .finish: self.removeNotifier(id)
        }
    }

    private func removeNotifier(_ id: Dialog.ID) {
        guard let notifier = self.notifiers.removeValue(forKey: id) else { return }
        self.metrics.subscriptions.decrement()
        self.watched[notifier.pair]?.dialogs.remove(id)
        // RFC 8048 §5.3.3: the contact learns that nobody looks any more; that it was granted stays on record.
        guard self.watched[notifier.pair]?.dialogs.isEmpty == true else { return }
        let gone = PresenceNotification(instances: [.init(id: nil, isAvailable: false)], isComplete: true)
        self.ask(notifier.pair, .presence(gone))
    }

    private func sendNotify(_ id: Dialog.ID, _ state: NotifierMachine.State) {
        guard var notifier = self.notifiers[id] else { return }
        var request = notifier.dialog.request(.notify)
        request.headers.append(.event, "presence")
        let left = max(0, (notifier.expiresAt - .now()).nanoseconds / 1_000_000_000)
        let watched = self.watched[notifier.pair]
        var known: PresenceNotification?
        switch state {
        case .pending: request.headers.append(.subscriptionState, "pending;expires=\(left)")
        case .active:
            request.headers.append(.subscriptionState, "active;expires=\(left)")
            known = watched?.isKnown == true ? watched?.state.notification : nil
        case .terminated(let reason):
            request.headers.append(.subscriptionState, "terminated;reason=\(reason)")
            // RFC 8048 §5.3.3: at the end the contact is closed to this watcher.
            if notifier.machine.wasAuthorized { known = PresenceNotification(instances: [], isComplete: true) }
        }
        request.body = SIPPresenceMapping.body(known, presentity: notifier.pair.presentity, now: self.now)
        if !request.body.isEmpty { request.headers.append(.contentType, SIPPresenceMapping.accept) }
        self.notifiers[id] = notifier
        self.send(request, to: notifier.pair.watcher, purpose: .notify(id), id: nil)
    }

    /// What a NOTIFY came to ([RFC 6665 §4.2.2](https://www.rfc-editor.org/rfc/rfc6665#section-4.2.2)).
    func notified(_ id: Dialog.ID, _ outcome: SIPOutcome) {
        switch outcome {
        case .response(let response):
            let lives = response.status.isSuccess || response.headers[.retryAfter] != nil
            self.notify(id, .answered(dialogLives: lives))
        // A next hop that is away for a while does not end what a watcher holds; its next refresh decides.
        case .failure: self.notify(id, .answered(dialogLives: true))
        }
    }

    // MARK: - Timers and records

    func newTimerNumber() -> UInt64 {
        self.timerCounter += 1
        return self.timerCounter
    }

    func firePresenceTimers(at now: NIODeadline) {
        while let timer = self.presenceTimers.popExpired(at: now) {
            switch timer {
            case .subscriber(let pair, let timer, let number):
                guard self.subscribers[pair]?.timers[timer] == number else { continue }
                self.subscribers[pair]?.timers[timer] = nil
                self.drive(pair, .timerFired(timer))
            case .notifier(let id, let number):
                guard self.notifiers[id]?.timer == number else { continue }
                self.notify(id, .expired)
            }
        }
    }

    /// Keeps a relation at policy-service, where it survives us.
    func remember(_ record: SubscriptionRecord) { self.records.put(record) }

    /// Has policy-service forget a relation.
    func forget(_ pair: SubscriptionPair) {
        self.records.remove(pair, self.policy.isLocal(pair.watcher.domain) ? .sipToXMPP : .xmppToSIP)
    }
}
