import Bus
import Directory
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import Presence
import ServiceKit
import SIPCore
import Wire

/// XMPP contacts who watch SIP users: SUBSCRIBE out, NOTIFY in ([RFC 8048 §5.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.2)).
extension SIPServer {
    /// Whether the local user has added the contact: it watches it, or has watched it.
    func contactState(_ pair: SubscriptionPair) -> Decision.ContactState {
        self.watched[pair] == nil ? .notAdded : .added
    }

    func received(_ request: SubscriptionRequest, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
        switch request.action {
        case .subscribe: self.subscribe(pair, message, token)
        case .unsubscribe:
            self.forget(pair)
            self.drive(pair, .stop)
            self.taken(token)
        case .poll: self.receivedProbe(message, token)
        }
    }

    private func subscribe(_ pair: SubscriptionPair, _ message: NeutralMessage, _ token: TrafficToken) {
        let decision = self.policy.decide(
            .inbound,
            .subscription,
            from: message.from,
            to: message.to,
            contact: self.contactState(SubscriptionPair(watcher: message.to, presentity: message.from))
        )
        if let failure = decision.failure { return self.fail(message, token, failure) }
        if let known = self.subscribers[pair] {
            // RFC 6121 §3.1.3: who is subscribed already is told so again.
            self.taken(token)
            if known.standing == .active { self.tell(pair, .subscriptionState(.active)) }
            return
        }
        guard self.subscriptionCount < self.configuration.limits.subscriptions else {
            return self.fail(message, token, .overloaded)
        }
        self.addSubscriber(pair, waiting: (message, token))
        self.remember(SubscriptionRecord(pair, .xmppToSIP, .pending, at: self.now))
        self.drive(pair, .start)
    }

    /// Begins anew what policy-service has kept over a restart.
    func restore(_ record: SubscriptionRecord) {
        let pair = SubscriptionPair(watcher: record.watcher, presentity: record.presentity)
        switch record.direction {
        case .xmppToSIP:
            guard self.subscribers[pair] == nil, self.owns(pair, watcherIsLocal: false) else { return }
            self.addSubscriber(pair, waiting: nil)
            if record.state == .active { self.subscribers[pair]?.standing = .active }
            self.drive(pair, .start)
        case .sipToXMPP:
            guard self.watched[pair] == nil, self.owns(pair, watcherIsLocal: true) else { return }
            self.watched[pair] = Watched(isAuthorized: record.state == .active)
        }
    }

    private func owns(_ pair: SubscriptionPair, watcherIsLocal: Bool) -> Bool {
        let (user, contact) = watcherIsLocal ? (pair.watcher, pair.presentity) : (pair.presentity, pair.watcher)
        return self.directory.owner(ofLocalUser: user, contact: contact)?.instance == self.bus.instance
    }

    private func addSubscriber(_ pair: SubscriptionPair, waiting: (NeutralMessage, TrafficToken)?) {
        self.subscribers[pair] = Subscriber(dialog: self.newDialog(pair), waiting: waiting)
        self.metrics.subscriptions.increment()
    }

    private func newDialog(_ pair: SubscriptionPair) -> Dialog {
        let dialog = Dialog(
            callID: self.uniqueName(),
            local: SIPURI(pair.watcher),
            localTag: self.newTag(),
            remote: SIPURI(pair.presentity)
        )
        self.subscriberDialogs[dialog.id] = pair
        return dialog
    }

    // MARK: - The machine

    /// Tells a subscriber's machine what happened, and carries out what it wants.
    func drive(_ pair: SubscriptionPair, _ event: SubscriberMachine.Event) {
        guard var subscriber = self.subscribers[pair] else { return }
        let actions = subscriber.machine.handle(event)
        self.subscribers[pair] = subscriber
        for action in actions { self.carryOut(action, pair) }
    }

    private func carryOut(_ action: SubscriberMachine.Action, _ pair: SubscriptionPair) {
        switch action {
        case .subscribe(let expires, let isNew): self.sendSubscribe(pair, expires: expires, isNew: isNew)
        case .startTimer(let timer, let seconds):
            let number = self.newTimerNumber()
            self.subscribers[pair]?.timers[timer] = number
            self.presenceTimers.insert(.subscriber(pair, timer, number), at: .now() + .seconds(Int64(seconds)))
        case .stopTimer(let timer):
            self.subscribers[pair]?.timers[timer] = nil
        case .standing(let standing):
            self.subscribers[pair]?.standing = standing
            self.tell(pair, .subscriptionState(standing == .active ? .active : .pending))
            if standing == .active { self.remember(SubscriptionRecord(pair, .xmppToSIP, .active, at: self.now)) }
        case .cancelled:
            self.tell(pair, .subscriptionState(.terminated))
            self.forget(pair)
        case .finish:
            guard let subscriber = self.subscribers.removeValue(forKey: pair) else { return }
            self.subscriberDialogs[subscriber.dialog.id] = nil
            self.metrics.subscriptions.decrement()
        }
    }

    private func sendSubscribe(_ pair: SubscriptionPair, expires: UInt32, isNew: Bool) {
        guard var subscriber = self.subscribers[pair] else { return }
        if isNew, subscriber.dialog.remoteTag != nil {
            self.subscriberDialogs[subscriber.dialog.id] = nil
            subscriber.dialog = self.newDialog(pair)
        }
        var request = subscriber.dialog.request(.subscribe)
        request.headers.append(.event, "presence")
        request.headers.append(.accept, SIPPresenceMapping.accept)
        request.headers.append(.expires, String(expires))
        let waiting = subscriber.waiting
        self.subscribers[pair] = subscriber
        self.send(request, to: pair.presentity, purpose: .subscribe(pair, waiting?.1), id: waiting?.0.id)
    }

    /// What a SUBSCRIBE came to.
    func subscribed(_ pair: SubscriptionPair, _ token: TrafficToken?, _ outcome: SIPOutcome) {
        let waiting = self.subscribers[pair]?.waiting
        self.subscribers[pair]?.waiting = nil
        switch outcome {
        case .response(let response) where response.status.isSuccess:
            self.subscribers[pair]?.dialog.established(
                by: response.headers,
                remoteTag: response.headers.to?.tag,
                isResponse: true
            )
            if let waiting { self.taken(waiting.1) }
            self.drive(pair, .accepted(expires: response.headers.expires ?? SubscriberMachine.expires))
        case .response(let response):
            let isFinal = SIPPresenceMapping.outcome(ofSubscribe: response.status.code) == .cancelled
            self.answer(waiting, failed: DeliveryFailure(response), isFinal: isFinal)
            let retryAfter = response.headers[.retryAfter].flatMap { UInt32($0.prefix { $0.isNumber }) }
            self.drive(pair, .refused(isFinal: isFinal, retryAfter: retryAfter))
        case .failure(let failure):
            self.answer(waiting, failed: failure, isFinal: false)
            self.drive(pair, .unanswered)
        }
    }

    /// A refusal for good is told as `unsubscribed`; a failure that may pass is tried again, and the wish is taken all the same.
    private func answer(_ waiting: (NeutralMessage, TrafficToken)?, failed failure: DeliveryFailure, isFinal: Bool) {
        guard let (message, token) = waiting else { return }
        if isFinal {
            self.taken(token)
        } else {
            self.logger.info(
                "Subscription is tried again later",
                metadata: ["message.id": "\(message.id)", "reason": "\(failure.reason.rawValue)", "text": "\(failure.text)"]
            )
            self.taken(token)
        }
    }

    // MARK: - NOTIFY

    func receivedNotify(_ request: Request, _ key: ServerTransactionKey) {
        guard let callID = request.headers.callID, let tag = request.headers.to?.tag,
            let pair = self.subscriberDialogs[Dialog.ID(callID: callID, localTag: tag)],
            var subscriber = self.subscribers[pair]
        else {
            // RFC 6665 §4.1.3: no subscription of ours.
            return self.respond(key, Status(481))
        }
        guard request.headers.event?.token == "presence" else { return self.respond(key, Status(489)) }
        guard let state = request.headers.subscriptionState else {
            return self.respond(key, Status(400, "Bad Request (Subscription-State is missing)"))
        }
        guard subscriber.dialog.accepts(request) else { return self.respond(key, Status(500, "CSeq is too low")) }
        subscriber.dialog.established(by: request.headers, remoteTag: request.headers.from?.tag, isResponse: false)
        let notification: PresenceNotification?
        do {
            notification = try SIPPresenceMapping.notification(in: request)
        } catch {
            self.subscribers[pair] = subscriber
            return self.refuse(key, error)
        }
        if let notification { subscriber.last = notification }
        self.subscribers[pair] = subscriber
        self.respond(key, Status(200))
        self.noted(pair, state, notification)
    }

    private func noted(_ pair: SubscriptionPair, _ state: TokenWithParameters, _ notification: PresenceNotification?) {
        let expires = state.parameter("expires").flatMap { UInt32($0) }
        switch state.token {
        case "terminated":
            let isFinal = SIPPresenceMapping.outcome(ofTermination: state.parameter("reason")) == .cancelled
            let retryAfter = state.parameter("retry-after").flatMap { UInt32($0) }
            self.drive(pair, .terminated(isFinal: isFinal, retryAfter: retryAfter))
        case "pending":
            self.drive(pair, .notified(.pending, expires: expires))
        default:
            self.drive(pair, .notified(.active, expires: expires))
            if let notification { self.tell(pair, .presence(notification)) }
        }
    }

    /// A contact who comes online, or asks once.
    func receivedProbe(_ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
        self.taken(token)
        guard let subscriber = self.subscribers[pair], subscriber.standing == .active, let last = subscriber.last else {
            return
        }
        self.tell(pair, .presence(last))
    }

    // MARK: - Helpers

    /// Says something of the presentity to its watcher, through the xmpp-edge that owns the domains.
    private func tell(_ pair: SubscriptionPair, _ content: NeutralMessage.Content) {
        self.sendToXMPP(
            NeutralMessage(
                id: MessageID(self.uniqueName()),
                from: pair.presentity,
                to: pair.watcher,
                content: self.withoutNote(content, pair)
            ),
            for: nil
        )
    }

    /// Takes the note out where the partner's type says so (SPEC §2).
    private func withoutNote(_ content: NeutralMessage.Content, _ pair: SubscriptionPair) -> NeutralMessage.Content {
        guard case .presence(let notification) = content,
            case .allow(stripsNote: true) = self.policy.decide(.outbound, .presence, from: pair.presentity, to: pair.watcher)
        else { return content }
        return .presence(notification.withoutNotes)
    }

    /// The other edge could not deliver something of presence.
    func presenceFailed(_ message: NeutralMessage, _ failure: DeliveryFailure) {
        guard case .subscriptionRequest = message.content else { return }
        let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
        guard failure.condition == .itemNotFound || failure.condition == .forbidden else { return }
        self.endWatching(pair, reason: failure.condition == .itemNotFound ? "noresource" : "rejected")
    }

    var subscriptionCount: Int { self.subscribers.count + self.notifiers.count }
}

extension PresenceNotification {
    /// The same without what people wrote.
    var withoutNotes: PresenceNotification {
        PresenceNotification(
            instances: self.instances.map {
                Instance(
                    id: $0.id,
                    isAvailable: $0.isAvailable,
                    show: $0.show,
                    priority: $0.priority,
                    idleSince: $0.idleSince
                )
            },
            isComplete: self.isComplete
        )
    }
}

extension SubscriptionRecord {
    init(_ pair: SubscriptionPair, _ direction: Direction, _ state: State, at now: Int64) {
        self.init(
            direction: direction,
            watcher: pair.watcher,
            presentity: pair.presentity,
            state: state,
            refreshedAt: now
        )
    }
}
