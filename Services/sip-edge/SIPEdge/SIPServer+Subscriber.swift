import Bus
import Directory
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import Presence
import SIPCore
import ServiceKit

/// XMPP contacts who watch SIP users: SUBSCRIBE out, NOTIFY in ([RFC 8048 §5.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.2)).
extension SIPServer {
    func received(_ request: SubscriptionRequest, _ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
        switch request.action {
        case .subscribe: self.subscribe(pair, message, token)
        case .unsubscribe:
            self.records.remove(pair, .xmppToSIP)
            self.taken(token)
            guard let subscriber = self.subscribers[pair] else { return }
            self.subscribers[pair]?.isWantedAgain = false
            // RFC 8048 §5.2.3, F21
            if subscriber.state.isAvailable { self.tell(pair, .presence(.gone)) }
            self.tell(pair, .subscriptionState(.terminated))
            self.drive(pair, .stop)
        case .poll: self.receivedProbe(message, token)
        }
    }

    private func subscribe(_ pair: SubscriptionPair, _ message: NeutralMessage, _ token: TrafficToken) {
        let state = self.contactState(
            .inbound,
            .subscription,
            localUser: message.to,
            contact: message.from,
            .subscription(pair, message, token)
        )
        if let state { self.subscribe(pair, message, token, contact: state) }
    }

    func subscribe(
        _ pair: SubscriptionPair,
        _ message: NeutralMessage,
        _ token: TrafficToken,
        contact: Decision.ContactState
    ) {
        let decision = self.policy.decide(
            .inbound,
            .subscription,
            from: message.from,
            to: message.to,
            contact: contact
        )
        if let failure = decision.failure { return self.fail(message, token, failure) }
        if let known = self.subscribers[pair] {
            // RFC 6121 §3.1.3: who is subscribed already is told so again.
            self.taken(token)
            if known.machine.isStopping {
                self.remember(pair, .xmppToSIP, .pending)
                self.subscribers[pair]?.isWantedAgain = true
            } else if known.standing == .active {
                self.retell(pair)
            }
            return
        }
        guard !self.isDraining else { return self.giveBack(token) }
        guard !self.isFullOfSubscriptions else { return self.fail(message, token, .overloaded) }
        guard !self.policy.routes(to: message.to).isEmpty else { return self.fail(message, token, .noRoute) }
        self.remember(pair, .xmppToSIP, .pending)
        self.taken(token)
        self.addSubscriber(pair)
        self.drive(pair, .start)
    }

    func addSubscriber(_ pair: SubscriptionPair) {
        self.subscribers[pair] = Subscriber(dialog: self.newDialog(pair))
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

    /// A contact who comes online, or asks once ([RFC 6121 §4.3.2](https://www.rfc-editor.org/rfc/rfc6121#section-4.3.2)).
    func receivedProbe(_ message: NeutralMessage, _ token: TrafficToken) {
        let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
        self.taken(token)
        guard self.subscribers[pair] == nil else { return self.retell(pair) }
        guard self.hasRestored, self.owns(pair, watcherIsLocal: false) else { return }
        // RFC 6121 §4.3.1: a server asks for the presence of those only whom its user is subscribed to.
        guard !self.policy.isPartitioned(pair.watcher.domain, pair.presentity.domain) else { return self.adopt(pair) }
        self.tell(pair, .subscriptionState(.terminated))
    }

    // MARK: - The machine

    /// For how long we subscribe, in seconds: the gateway's `subscription-refresh-interval`.
    private var subscriptionInterval: UInt32 {
        UInt32(clamping: self.policy.settings.subscriptionRefreshInterval)
    }

    /// Tells a subscriber's machine what happened, and carries out what it wants.
    func drive(_ pair: SubscriptionPair, _ event: SubscriberMachine.Event) {
        self.subscribers[pair]?.machine.expires = self.subscriptionInterval
        guard let actions = self.subscribers[pair]?.machine.handle(event) else { return }
        for action in actions { self.carryOut(action, pair) }
    }

    private func carryOut(_ action: SubscriberMachine.Action, _ pair: SubscriptionPair) {
        switch action {
        case .subscribe(let expires, let isNew): self.sendSubscribe(pair, expires: expires, isNew: isNew)
        case .startTimer(let timer, let seconds):
            let number = self.newTimerNumber()
            self.subscribers[pair]?.timers[timer] = number
            self.setTimer(.subscriber(pair, timer, number), seconds: Int64(seconds))
        case .stopTimer(let timer):
            self.subscribers[pair]?.timers[timer] = nil
        case .standing(let standing):
            self.subscribers[pair]?.standing = standing
            guard standing == .active else { return }
            self.tell(pair, .subscriptionState(.active))
            self.remember(pair, .xmppToSIP, .active)
        case .cancelled:
            if self.subscribers[pair]?.state.isAvailable == true { self.tell(pair, .presence(.gone)) }
            self.tell(pair, .subscriptionState(.terminated))
            self.records.remove(pair, .xmppToSIP)
        case .finish:
            guard let subscriber = self.subscribers.removeValue(forKey: pair) else { return }
            self.subscriberDialogs[subscriber.dialog.id] = nil
            if subscriber.dialog.hasBegun { self.awaitFarewell(subscriber.dialog.id) }
            self.metrics.subscriptions.decrement()
            guard subscriber.isWantedAgain, !self.isDraining else { return }
            self.addSubscriber(pair)
            self.drive(pair, .start)
        }
    }

    private func sendSubscribe(_ pair: SubscriptionPair, expires: UInt32, isNew: Bool) {
        guard var subscriber = self.subscribers[pair] else { return }
        if isNew, subscriber.dialog.hasBegun {
            self.subscriberDialogs[subscriber.dialog.id] = nil
            subscriber.dialog = self.newDialog(pair)
        }
        if isNew { subscriber.accept = self.presenceAccept(from: pair.presentity) }
        var request = subscriber.dialog.request(.subscribe)
        request.headers.append(.event, "presence")
        request.headers.append(.accept, subscriber.accept)
        request.headers.append(.expires, String(expires))
        self.subscribers[pair] = subscriber
        self.send(request, to: pair.presentity, in: subscriber.dialog, purpose: .subscribe(pair), id: nil)
    }

    /// What a SUBSCRIBE came to.
    func subscribed(_ pair: SubscriptionPair, _ outcome: SIPOutcome) {
        switch outcome {
        case .response(let response) where response.status.isSuccess:
            guard response.headers.from?.tag == self.subscribers[pair]?.dialog.local.tag else { return }
            // RFC 6665 §5.4.9: a 2xx of another fork than the one whose NOTIFY has made the dialog ends the transaction, and nothing else.
            if let known = self.subscribers[pair]?.dialog.remoteTag, known != response.headers.to?.tag {
                return self.drive(pair, .accepted(expires: response.headers.expires ?? self.subscriptionInterval))
            }
            self.subscribers[pair]?.dialog.established(
                by: response.headers,
                remoteTag: response.headers.to?.tag,
                isResponse: true
            )
            self.drive(pair, .accepted(expires: response.headers.expires ?? self.subscriptionInterval))
        case .response(let response):
            // The answer to the end of one that was lost before its successor began.
            guard response.headers.from?.tag == self.subscribers[pair]?.dialog.local.tag else { return }
            let isFinal = SIPPresenceMapping.outcome(ofSubscribe: response.status.code) == .cancelled
            let retryAfter = response.headers[.retryAfter].flatMap { UInt32($0.prefix { $0.isNumber }) }
            self.note("Subscription refused", pair, response.status.description)
            self.drive(pair, .refused(isFinal: isFinal, retryAfter: retryAfter))
        case .failure(let failure):
            self.note("Subscription failed; it is tried again", pair, failure.text)
            self.drive(pair, .unanswered)
        }
    }

    private func note(_ what: String, _ pair: SubscriptionPair, _ why: String) {
        self.logger.info(
            "\(what)",
            metadata: [
                "from": "\(pair.watcher, sensitivity: .sensitive)", "to": "\(pair.presentity, sensitivity: .sensitive)",
                "reason": "\(why)",
            ]
        )
    }

    // MARK: - To the contact

    /// Tells the contact again how things stand.
    func retell(_ pair: SubscriptionPair) {
        guard let subscriber = self.subscribers[pair], subscriber.standing == .active else { return }
        self.tell(pair, .subscriptionState(.active))
        if let notification = subscriber.state.notification { self.tell(pair, .presence(notification)) }
    }

    /// Says something of the presentity to its watcher, through the xmpp-edge that owns the domains.
    func tell(_ pair: SubscriptionPair, _ content: NeutralMessage.Content) {
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
            case .allow(stripsNote: true) = self.policy.decide(
                .outbound,
                .presence,
                from: pair.presentity,
                to: pair.watcher,
                // Whether it may be told at all is asked when it is sent.
                contact: .added
            )
        else { return content }
        return .presence(notification.withoutNotes)
    }
}

extension PresenceNotification {
    /// Nobody is there any more.
    static let gone = PresenceNotification(instances: [], isComplete: true)

    /// The same without what people wrote.
    fileprivate var withoutNotes: PresenceNotification {
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
