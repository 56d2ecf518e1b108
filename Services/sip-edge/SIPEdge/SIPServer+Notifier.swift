import Bus
import Interworking
import Messaging
import NIOCore
import Policy
import Presence
import SIPCore
import ServiceKit

/// SIP users who watch XMPP contacts: SUBSCRIBE in, NOTIFY out ([RFC 8048 §5.3](https://www.rfc-editor.org/rfc/rfc8048#section-5.3)).
extension SIPServer {
    /// The longest time a subscription lasts without a refresh; Microsoft's servers ask for about two hours.
    private static let longestExpires: UInt32 = 86_400
    /// What the watcher gets who names no time ([RFC 3856 §6.4](https://www.rfc-editor.org/rfc/rfc3856#section-6.4)).
    private static let usualExpires: UInt32 = 3_600
    /// A shorter time would be a poll by other means (RFC 6665 §4.2.1.1).
    private static let shortestExpires: UInt32 = 60
    /// How long, in seconds, a poll waits for the contact's answer.
    private static let pollPatience: Int64 = 5

    func receivedSubscribe(_ request: Request, _ key: ServerTransactionKey) {
        guard request.headers.event?.token == "presence" else { return self.respondBadEvent(key) }
        guard let format = self.presenceFormat(for: request, watcher: self.sender(of: request)) else {
            return self.respond(key, Status(406), headers: Headers([.init(.accept, SIPPresenceMapping.writable)]))
        }
        let expires = min(request.headers.expires ?? Self.usualExpires, Self.longestExpires)
        guard expires == 0 || expires >= Self.shortestExpires else {
            return self.respond(key, Status(423), headers: Headers([.init(.minExpires, "\(Self.shortestExpires)")]))
        }
        if let tag = request.headers.to?.tag {
            self.refresh(Dialog.ID(callID: request.headers.callID ?? "", localTag: tag), request, key, expires, format)
        } else {
            self.begin(request, key, expires, format)
        }
    }

    func respondBadEvent(_ key: ServerTransactionKey) {
        self.respond(key, Status(489), headers: Headers([.init(.allowEvents, "presence")]))
    }

    private func refresh(
        _ id: Dialog.ID,
        _ request: Request,
        _ key: ServerTransactionKey,
        _ expires: UInt32,
        _ format: PresenceFormat
    ) {
        guard let connection = self.serverTransactions[key]?.connection else { return }
        guard var notifier = self.notifiers[id], notifier.dialog.remoteTag == request.headers.from?.tag else {
            // The watcher then subscribes anew: so it learns that this edge was restarted.
            return self.respond(key, Status(481))
        }
        guard notifier.dialog.accepts(request) else { return self.respond(key, Status(500, "CSeq is too low")) }
        notifier.expiresAt = .now() + .seconds(Int64(expires))
        notifier.connection = connection
        // Without Accept a refresh changes nothing.
        if request.headers[.accept] != nil { notifier.format = format }
        self.notifiers[id] = notifier
        self.respond(key, Status(200), headers: self.grant(expires, request, key), tag: id.localTag)
        self.notify(id, .subscribed(expires: expires))
        if expires > 0 { self.rememberWatching(notifier.pair) }
    }

    private func begin(
        _ request: Request,
        _ key: ServerTransactionKey,
        _ expires: UInt32,
        _ format: PresenceFormat
    ) {
        guard let connection = self.serverTransactions[key]?.connection else { return }
        let addresses: (from: Address, to: Address)
        do { addresses = try SIPMessageMapping.addresses(of: request) } catch { return self.refuse(key, error) }
        let decision = self.policy.decide(.outbound, .subscription, from: addresses.from, to: addresses.to)
        if let failure = decision.failure { return self.refuse(key, failure) }
        guard addresses.to.user != nil else { return self.refuse(key, .noSuchContact) }
        guard !self.isFullOfSubscriptions else { return self.refuse(key, .overloaded) }
        let tag = self.newTag()
        guard let dialog = Dialog(answering: request, localTag: tag) else {
            return self.respond(key, Status(400, "Bad Request (a subscription needs Contact and a From tag)"))
        }
        let pair = SubscriptionPair(watcher: addresses.from, presentity: addresses.to)
        let isAuthorized = self.watched[pair]?.isAuthorized ?? false
        var notifier = Notifier(
            pair: pair,
            machine: NotifierMachine(
                isAuthorized: isAuthorized,
                isPaced: self.configuration.notifyInterval > .zero
            ),
            dialog: dialog,
            connection: connection,
            expiresAt: .now() + .seconds(Int64(expires)),
            format: format,
            isPoll: expires == 0
        )
        var headers = self.grant(expires, request, key)
        let first = self.piggyback(&notifier, request, expires, &headers)
        self.notifiers[dialog.id] = notifier
        self.metrics.subscriptions.increment()
        self.respond(key, Status(200), headers: headers, tag: tag, body: first ?? [])
        if expires == 0 {
            self.poll(dialog.id, pair)
        } else {
            self.watch(
                dialog.id,
                pair,
                first == nil ? .subscribed(expires: expires) : .subscribedAndTold(expires: expires),
                called: DisplayName.read(request.headers)
            )
        }
    }

    private func watch(
        _ id: Dialog.ID,
        _ pair: SubscriptionPair,
        _ event: NotifierMachine.Event,
        called name: String?
    ) {
        let isNew = self.watched[pair] == nil
        self.watched[pair, default: Watched()].dialogs.insert(id)
        if let name { self.watched[pair]?.watcherName = name }
        self.notify(id, event)
        self.rememberWatching(pair)
        guard isNew, self.sipEdgeCount > 1 else { return self.ask(pair) }
        // What the contact says to this may reach another sip-edge, which finds in the record that the user has added it.
        Task {
            await self.records.sendNow(pair, .sipToXMPP)
            self.ask(pair)
            self.flush()
        }
    }

    /// [RFC 8048 §7.2](https://www.rfc-editor.org/rfc/rfc8048#section-7.2): the contact is asked unless its presence is known.
    private func poll(_ id: Dialog.ID, _ pair: SubscriptionPair) {
        guard let watched = self.watched[pair], watched.state.notification == nil, watched.isAuthorized else {
            // Who has not been granted anything is told nothing.
            return self.notify(id, .subscribed(expires: 0))
        }
        self.watched[pair]?.dialogs.insert(id)
        let number = self.newTimerNumber()
        self.notifiers[id]?.timer = number
        self.setTimer(.notifier(id, number), seconds: Self.pollPatience)
        self.ask(pair)
    }

    /// What a 2xx to SUBSCRIBE says beside its status: it makes a dialog, so it needs Contact and the route set
    /// ([RFC 3261 §12.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1)).
    private func grant(_ expires: UInt32, _ request: Request, _ key: ServerTransactionKey) -> Headers {
        var headers = Headers(request.headers.all(.recordRoute).map { Headers.Field(.recordRoute, $0) })
        headers.append(.expires, String(expires))
        if let contact = self.contact(answering: key) { headers.append(.contact, contact) }
        return headers
    }

    func rememberWatching(_ pair: SubscriptionPair) {
        self.remember(pair, .sipToXMPP, self.watched[pair]?.isAuthorized == true ? .active : .pending)
    }

    /// Asks the contact: for the subscription, or where that was granted before, for its presence.
    private func ask(_ pair: SubscriptionPair) {
        let isAuthorized = self.watched[pair]?.isAuthorized == true
        self.say(pair, isAuthorized ? .presenceProbe : .subscriptionRequest(SubscriptionRequest(action: .subscribe)))
    }

    /// Asks again what could not be asked, if somebody still wants to know.
    func askAgain(_ pair: SubscriptionPair) {
        guard let watched = self.watched[pair], !watched.dialogs.isEmpty, watched.failures > 0 else { return }
        self.ask(pair)
    }

    /// Says something of the watcher to the contact.
    private func say(_ pair: SubscriptionPair, _ content: NeutralMessage.Content) {
        self.sendToXMPP(
            NeutralMessage(
                id: MessageID(self.uniqueName()),
                from: pair.watcher,
                to: pair.presentity,
                senderName: self.watched[pair]?.watcherName,
                content: content
            ),
            for: nil
        )
    }

    // MARK: - The machine

    func notify(_ id: Dialog.ID, _ event: NotifierMachine.Event) {
        guard let actions = self.notifiers[id]?.machine.handle(event) else { return }
        for action in actions { self.carryOut(action, id) }
    }

    private func carryOut(_ action: NotifierMachine.Action, _ id: Dialog.ID) {
        switch action {
        case .notify(let state): self.sendNotify(id, state)
        case .startTimer(let seconds):
            let number = self.newTimerNumber()
            self.notifiers[id]?.timer = number
            self.setTimer(.notifier(id, number), seconds: Int64(seconds))
        case .stopTimer: self.notifiers[id]?.timer = 0
        case .startPause:
            let number = self.newTimerNumber()
            self.notifiers[id]?.pause = number
            let end = NIODeadline.now() + TimeAmount(self.configuration.notifyInterval)
            self.presenceTimers.insert(.pause(id, number), at: end)
        case .finish: self.removeNotifier(id)
        }
    }

    private func removeNotifier(_ id: Dialog.ID) {
        guard let notifier = self.notifiers.removeValue(forKey: id) else { return }
        self.metrics.subscriptions.decrement()
        guard self.watched[notifier.pair]?.dialogs.remove(id) != nil, !notifier.isPoll, !self.isDraining else { return }
        // RFC 8048 §5.3.3: the contact learns that nobody looks any more; that it was granted stays on record. A contact
        // who watches the user in its turn goes on seeing the user's presence.
        let reverse = SubscriptionPair(watcher: notifier.pair.presentity, presentity: notifier.pair.watcher)
        guard self.watched[notifier.pair]?.dialogs.isEmpty == true, self.subscribers[reverse] == nil,
            self.owns(notifier.pair, watcherIsLocal: true)
        else { return }
        self.watched[notifier.pair]?.state.reset()
        self.say(notifier.pair, .presence(.gone))
    }

    private func sendNotify(_ id: Dialog.ID, _ state: NotifierMachine.State) {
        guard var notifier = self.notifiers[id] else { return }
        var request = notifier.dialog.request(.notify)
        request.headers.append(.event, "presence")
        let left = max(0, (notifier.expiresAt - .now()).nanoseconds / 1_000_000_000)
        let known = self.watched[notifier.pair].flatMap { $0.isAuthorized ? $0.state.notification : nil }
        var said: PresenceNotification?
        switch state {
        case .pending: request.headers.append(.subscriptionState, "pending;expires=\(left)")
        case .active:
            request.headers.append(.subscriptionState, "active;expires=\(left)")
            said = known
        case .terminated(let reason):
            request.headers.append(.subscriptionState, "terminated;reason=\(reason)")
            // RFC 8048 §5.3.3: at the end the contact is closed to this watcher.
            said = notifier.isPoll ? known : notifier.machine.wasAuthorized ? .gone : nil
        }
        request.body = self.document(said, for: notifier)
        if !request.body.isEmpty { request.headers.append(.contentType, notifier.format.mediaType) }
        self.notifiers[id] = notifier
        self.send(
            request,
            to: notifier.pair.watcher,
            over: notifier.connection,
            in: notifier.dialog,
            purpose: .notify(id),
            id: nil
        )
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
}

extension DeliveryFailure {
    static let noSuchContact = DeliveryFailure(
        .itemNotFound,
        reason: .notSupported,
        text: "only users can be watched",
        sipStatus: 404
    )
}
