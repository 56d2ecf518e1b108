/// The subscriber's side of a subscription ([RFC 6665 §4.1](https://www.rfc-editor.org/rfc/rfc6665#section-4.1)), held for somebody whose own
/// subscription does not expire: it is renewed, and made anew when it is lost, until it is stopped or refused.
///
/// ```
///           start               2xx                   refresh due
///   idle ─────────▶ subscribing ─────▶ established ──────────────▶ subscribing (in dialog)
///                       │  ▲               │
///     refused for good  │  │ retry due     │ terminated, 481, lost
///                       ▼  └── waiting ◀───┘
///                     ended ◀──────── stopping ◀── stop
/// ```
///
/// It has no clock: timers are actions and events.
public struct SubscriberMachine: Equatable, Sendable {
    public enum Timer: Hashable, Sendable {
        /// The subscription is to be renewed.
        case refresh
        /// The subscription is to be made anew.
        case retry
    }

    /// What the notifier says of the subscription.
    public enum Standing: Equatable, Sendable { case pending, active }

    public enum Event: Equatable, Sendable {
        case start
        /// A 2xx to SUBSCRIBE, with what it says in Expires.
        case accepted(expires: UInt32)
        /// Any other final response. `isFinal`: the presentity, or its server, has decided against it.
        case refused(isFinal: Bool, retryAfter: UInt32?)
        /// No final response came.
        case unanswered
        case notified(Standing, expires: UInt32?)
        /// A NOTIFY that ends the dialog.
        case terminated(isFinal: Bool, retryAfter: UInt32?)
        case timerFired(Timer)
        /// Nobody wants it any more.
        case stop
    }

    public enum Action: Equatable, Sendable {
        /// `isNew`: in a dialog of its own, for there is none or it is lost.
        case subscribe(expires: UInt32, isNew: Bool)
        case startTimer(Timer, seconds: UInt32)
        case stopTimer(Timer)
        case standing(Standing)
        /// Refused for good.
        case cancelled
        /// Over; its owner may forget it.
        case finish
    }

    private enum Phase: Equatable, Sendable { case idle, subscribing, established, waiting, stopping, ended }

    /// What is asked for where nobody says otherwise, in seconds; short enough that a notifier's restart is noticed within the hour.
    public static let usualExpires: UInt32 = 3600
    /// What is asked for, in seconds: after this time at the latest the subscription is renewed.
    ///
    /// The notifier may grant less, and never more ([RFC 6665 §4.2.1.1](https://www.rfc-editor.org/rfc/rfc6665#section-4.2.1.1)).
    public var expires: UInt32
    /// Whatever a notifier says, its subscription is not renewed more often than this, in seconds.
    static let shortestRefresh: UInt32 = 5
    /// The first pause before a lost subscription is made anew, in seconds; doubled up to ``longestRetry``.
    static let shortestRetry: UInt32 = 5
    static let longestRetry: UInt32 = 600

    private var phase = Phase.idle
    private var standing: Standing?
    private var failures: UInt32 = 0
    private var hasDialog = false

    public init(expires: UInt32 = Self.usualExpires) { self.expires = expires }

    /// Its end is asked for, and has not been answered.
    public var isStopping: Bool { self.phase == .stopping }

    public mutating func handle(_ event: Event) -> [Action] {
        switch (self.phase, event) {
        case (.idle, .start):
            self.phase = .subscribing
            return [.subscribe(expires: self.expires, isNew: true)]

        // Taken and over at once: there is nothing to renew.
        case (.subscribing, .accepted(expires: 0)):
            return self.wait(nil)

        case (.subscribing, .accepted(let expires)):
            self.phase = .established
            self.failures = 0
            self.hasDialog = true
            return [.startTimer(.refresh, seconds: self.refresh(expires))]

        case (.subscribing, .refused(isFinal: true, _)):
            self.phase = .ended
            return [.cancelled, .finish]

        case (.subscribing, .refused(isFinal: false, let retryAfter)):
            return self.wait(retryAfter)

        case (.subscribing, .unanswered):
            return self.wait(nil)

        // A NOTIFY may come before the 2xx to its SUBSCRIBE.
        case (.subscribing, .notified(let standing, _)):
            return self.report(standing)

        case (.established, .notified(let standing, let expires)):
            let timer: [Action] = expires.map { [.startTimer(.refresh, seconds: self.refresh($0))] } ?? []
            return timer + self.report(standing)

        case (.established, .terminated(isFinal: true, _)), (.subscribing, .terminated(isFinal: true, _)):
            self.phase = .ended
            return [.stopTimer(.refresh), .cancelled, .finish]

        case (.established, .terminated(isFinal: false, let retryAfter)),
            (.subscribing, .terminated(isFinal: false, let retryAfter)):
            return [.stopTimer(.refresh)] + self.wait(retryAfter)

        case (.established, .timerFired(.refresh)):
            self.phase = .subscribing
            return [.subscribe(expires: self.expires, isNew: false)]

        case (.waiting, .timerFired(.retry)):
            self.phase = .subscribing
            return [.subscribe(expires: self.expires, isNew: true)]

        case (.established, .stop), (.subscribing, .stop):
            guard self.hasDialog else {
                self.phase = .ended
                return [.stopTimer(.refresh), .finish]
            }
            self.phase = .stopping
            return [.stopTimer(.refresh), .subscribe(expires: 0, isNew: false)]

        case (.waiting, .stop), (.idle, .stop):
            self.phase = .ended
            return [.stopTimer(.retry), .finish]

        // Whatever the answer is, it is over.
        case (.stopping, .accepted), (.stopping, .refused), (.stopping, .unanswered), (.stopping, .terminated):
            self.phase = .ended
            return [.finish]

        // Timers that fire as they are stopped, and answers to what is past.
        case (.idle, _), (.ended, _), (.waiting, _), (.stopping, _), (.subscribing, .timerFired),
            (.subscribing, .start),
            (.established, .timerFired(.retry)), (.established, .start), (.established, .accepted),
            (.established, .refused), (.established, .unanswered):
            return []
        }
    }

    /// Before the end by a tenth, and by half a minute at least.
    private func refresh(_ granted: UInt32) -> UInt32 {
        let expires = min(granted, self.expires)
        let margin = max(expires / 10, min(30, expires / 2))
        return max(Self.shortestRefresh, expires - margin)
    }

    private mutating func report(_ standing: Standing) -> [Action] {
        guard standing != self.standing else { return [] }
        self.standing = standing
        return [.standing(standing)]
    }

    private mutating func wait(_ retryAfter: UInt32?) -> [Action] {
        self.phase = .waiting
        self.hasDialog = false
        let backoff = min(Self.longestRetry, Self.shortestRetry << min(self.failures, 7))
        self.failures += 1
        return [.startTimer(.retry, seconds: max(backoff, min(retryAfter ?? 0, Self.longestRetry)))]
    }
}
