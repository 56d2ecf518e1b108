import Bus
import Messaging
import NIOCore
import Presence
import SIPCore

/// A subscription we hold at a SIP server for an XMPP contact (RFC 8048 §5.2).
struct Subscriber {
    var machine = SubscriberMachine()
    var dialog: Dialog
    var standing: SubscriberMachine.Standing?
    /// What the presentity's server said last; tells a contact who comes online without asking again.
    var last: PresenceNotification?
    /// Which timers are not stale.
    var timers: [SubscriberMachine.Timer: UInt64] = [:]
    /// The wish that waits for the answer to our SUBSCRIBE.
    var waiting: (NeutralMessage, TrafficToken)?
}

/// The dialog of a SIP user who watches a contact (RFC 8048 §5.3).
struct Notifier {
    let pair: SubscriptionPair
    var machine: NotifierMachine
    var dialog: Dialog
    /// Until when it lasts, for the `expires` of Subscription-State.
    var expiresAt: NIODeadline
    /// Which expiry timer is not stale.
    var timer: UInt64 = 0
}

/// What is known of a contact for one local user who watches it, in any number of dialogs.
struct Watched {
    var isAuthorized = false
    var state = PresenceState()
    var isKnown = false
    var dialogs: Set<Dialog.ID> = []
}

/// What a timer of presence is for; the number tells a current one from a stale one.
enum PresenceTimer {
    case subscriber(SubscriptionPair, SubscriberMachine.Timer, UInt64)
    case notifier(Dialog.ID, UInt64)
}
