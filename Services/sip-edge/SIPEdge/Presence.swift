import Bus
import Directory
import Interworking
import Messaging
import NIOCore
import Policy
import Presence
import SIPCore

/// A subscription we hold at a SIP server for an XMPP contact (RFC 8048 §5.2).
struct Subscriber {
    var machine = SubscriberMachine()
    var dialog: Dialog
    var standing: SubscriberMachine.Standing?
    /// It ends, and is wanted again: another one begins when this one is over.
    var isWantedAgain = false
    /// What the presentity's server has said; tells a contact who comes online without asking again.
    var state = PresenceState()
    /// Which timers are not stale.
    var timers: [SubscriberMachine.Timer: UInt64] = [:]
    /// Which timer repeats to the contact what could not be told.
    var retelling: UInt64 = 0
    /// How often in a row telling has failed.
    var failures = 0
    /// What its dialog accepts; refreshes must say the same (MS-PRES 1.3.3).
    var accept = SIPPresenceMapping.accept
}

/// The dialog of a SIP user who watches a contact (RFC 8048 §5.3).
struct Notifier {
    let pair: SubscriptionPair
    var machine: NotifierMachine
    var dialog: Dialog
    /// Over which connection the watcher's latest SUBSCRIBE came: the way back to it.
    var connection: ConnectionID
    /// Until when it lasts, for the `expires` of Subscription-State.
    var expiresAt: NIODeadline
    /// In which kind of document the watcher is told.
    var format: PresenceFormat
    /// Asks once: its only NOTIFY says what is known (RFC 8048 §7.2).
    var isPoll = false
    /// Which expiry timer is not stale.
    var timer: UInt64 = 0
    /// Which pause is the latest.
    var pause: UInt64 = 0
}

/// What is known of a contact for one local user who watches it, in any number of dialogs.
struct Watched {
    var isAuthorized = false
    /// What the watcher is called, where the SIP side has said so.
    var watcherName: String?
    var state = PresenceState()
    var dialogs: Set<Dialog.ID> = []
    /// How often in a row the contact could not be asked.
    var failures = 0
}

/// What a timer of presence is for; the number tells a current one from a stale one.
enum PresenceTimer {
    case subscriber(SubscriptionPair, SubscriberMachine.Timer, UInt64)
    /// A subscription that was on record is made anew.
    case begin(SubscriptionPair)
    case retell(SubscriptionPair, UInt64)
    case ask(SubscriptionPair)
    case handOver(SubscriptionPair)
    case notifier(Dialog.ID, UInt64)
    /// The watcher may be told again (RFC 3856 §6.10).
    case pause(Dialog.ID, UInt64)
    /// A notifier whose subscription we have ended has not said so again.
    case farewell(Dialog.ID)
}

extension SIPServer {
    func newTimerNumber() -> UInt64 {
        self.timerCounter += 1
        return self.timerCounter
    }

    func setTimer(_ timer: PresenceTimer, seconds: Int64) {
        self.presenceTimers.insert(timer, at: .now() + .seconds(seconds))
    }

    /// 5 s, 10 s, 20 s … 5 min.
    func pause(afterFailures failures: Int) -> Int64 { min(300, 5 << Int64(min(failures, 6))) }

    func firePresenceTimers(at now: NIODeadline) {
        while let timer = self.presenceTimers.popExpired(at: now) {
            switch timer {
            case .subscriber(let pair, let timer, let number):
                guard self.subscribers[pair]?.timers[timer] == number else { continue }
                self.subscribers[pair]?.timers[timer] = nil
                self.drive(pair, .timerFired(timer))
            // Who was driven meanwhile is not driven twice: a machine starts once.
            case .begin(let pair): self.drive(pair, .start)
            case .retell(let pair, let number):
                guard self.subscribers[pair]?.retelling == number else { continue }
                self.retell(pair)
            case .ask(let pair): self.askAgain(pair)
            case .handOver(let pair): self.handOverAgain(pair)
            case .farewell(let dialog): self.farewells.remove(dialog)
            case .notifier(let id, let number):
                guard let notifier = self.notifiers[id], notifier.timer == number else { continue }
                self.notify(id, notifier.isPoll ? .subscribed(expires: 0) : .expired)
            case .pause(let id, let number):
                guard self.notifiers[id]?.pause == number else { continue }
                self.notify(id, .pauseOver)
            }
        }
    }

    var subscriptionCount: Int { self.subscribers.count + self.notifiers.count + self.handOvers.count }

    /// Whether there is no room for another subscription, or another relation to remember.
    var isFullOfSubscriptions: Bool {
        let limit = self.configuration.limits.subscriptions
        return self.subscriptionCount >= limit || self.watched.count >= 2 * limit
    }

    // MARK: - Records

    /// How many subscriptions that were on record are made anew in a second.
    private static let restoredPerSecond = 100

    /// Keeps a relation at policy-service, where it survives us.
    func remember(
        _ pair: SubscriptionPair,
        _ direction: SubscriptionRecord.Direction,
        _ state: SubscriptionRecord.State
    ) {
        self.records.put(
            SubscriptionRecord(
                direction: direction,
                watcher: pair.watcher,
                presentity: pair.presentity,
                state: state,
                refreshedAt: self.now
            )
        )
    }

    /// Takes in what policy-service has kept over a restart, as far as it is ours now.
    func restore(_ record: SubscriptionRecord) {
        let pair = SubscriptionPair(watcher: record.watcher, presentity: record.presentity)
        guard !self.isDraining, !self.isFullOfSubscriptions else { return }
        switch record.direction {
        case .xmppToSIP:
            guard self.subscribers[pair] == nil, self.owns(pair, watcherIsLocal: false),
                !self.hasMoved(pair, watcherIsLocal: false)
            else { return }
            self.addSubscriber(pair)
            // Spread over time, so that no server meets all of them at once.
            let delay = self.restoredSubscribers / Self.restoredPerSecond
            self.restoredSubscribers += 1
            if delay == 0 { self.drive(pair, .start) } else { self.setTimer(.begin(pair), seconds: Int64(delay)) }
        case .sipToXMPP:
            // Its watchers subscribe again when their refresh is answered 481.
            guard self.watched[pair] == nil, !self.hasMoved(pair, watcherIsLocal: true) else { return }
            self.watched[pair] = Watched(isAuthorized: record.state == .active)
        }
    }

    func owns(_ pair: SubscriptionPair, watcherIsLocal: Bool) -> Bool {
        let (user, contact) = watcherIsLocal ? (pair.watcher, pair.presentity) : (pair.presentity, pair.watcher)
        return self.directory.owner(ofLocalUser: user, contact: contact)?.instance == self.bus.instance
    }

    /// Gives up the subscriptions that another edge owns now; they stay on record, where that edge finds them.
    func releaseForeignSubscribers() {
        for pair in self.subscribers.keys where !self.owns(pair, watcherIsLocal: false) { self.drive(pair, .stop) }
    }

    /// Ends the dialogs of pairs that another edge owns now: their watchers subscribe again at once, and are handed to that edge, where what
    /// the contacts say arrives ([RFC 6665 §4.1.3](https://www.rfc-editor.org/rfc/rfc6665#section-4.1.3)).
    func releaseForeignNotifiers() {
        for (id, notifier) in self.notifiers where !self.owns(notifier.pair, watcherIsLocal: true) {
            self.notify(id, .end(reason: "deactivated"))
        }
    }

    // MARK: - Traffic

    /// Something of presence could not be told: what is refused for good has its consequence, the rest is told again.
    func presenceFailed(_ message: NeutralMessage, _ failure: DeliveryFailure) {
        switch message.content {
        case .subscriptionRequest(let request) where request.isHandedOver:
            self.handOverFailed(SubscriptionPair(watcher: message.from, presentity: message.to), failure)
        case .subscriptionRequest, .presenceProbe:
            let pair = SubscriptionPair(watcher: message.from, presentity: message.to)
            guard !failure.isForGood else {
                return self.endWatching(pair, reason: failure.condition == .itemNotFound ? "noresource" : "rejected")
            }
            guard let watched = self.watched[pair], !watched.dialogs.isEmpty else { return }
            self.watched[pair]?.failures += 1
            self.setTimer(.ask(pair), seconds: self.pause(afterFailures: watched.failures))
        case .subscriptionState, .presence:
            let pair = SubscriptionPair(watcher: message.to, presentity: message.from)
            guard let subscriber = self.subscribers[pair] else { return }
            let number = self.newTimerNumber()
            self.subscribers[pair]?.retelling = number
            self.subscribers[pair]?.failures += 1
            self.setTimer(.retell(pair, number), seconds: self.pause(afterFailures: subscriber.failures))
        case .instantMessage, .composition, .deliveryReceipt, .sessionOpened, .sessionClosed: break
        }
    }

    /// Something of presence was taken by the other side.
    func presenceTaken(_ message: NeutralMessage) {
        switch message.content {
        case .subscriptionRequest(let request) where request.isHandedOver:
            self.handedOver(SubscriptionPair(watcher: message.from, presentity: message.to))
        case .subscriptionRequest, .presenceProbe:
            self.watched[SubscriptionPair(watcher: message.from, presentity: message.to)]?.failures = 0
        case .subscriptionState, .presence:
            self.subscribers[SubscriptionPair(watcher: message.to, presentity: message.from)]?.failures = 0
        case .instantMessage, .composition, .deliveryReceipt, .sessionOpened, .sessionClosed: break
        }
    }
}

extension DeliveryFailure {
    /// Whether asking again would change nothing.
    var isForGood: Bool {
        switch self.reason {
        case .unknownPartner, .partnerDisabled, .domainBlocked, .userNotEnabled, .userOnSurvivableBranchAppliance,
            .unknownUser, .notOurDomain, .contactNotApproved:
            true
        case .peerRefused: self.condition == .itemNotFound || self.condition == .forbidden
        default: false
        }
    }
}
