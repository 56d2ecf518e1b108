/// The notifier's side of a subscription ([RFC 6665 §4.2](https://www.rfc-editor.org/rfc/rfc6665#section-4.2)).
///
/// One NOTIFY is on its way at a time: what changes meanwhile is told by the next, so that a slow watcher gets the newest
/// state and never a queue. After each NOTIFY there may be a pause, in which changes of the state wait and the newest wins
/// ([RFC 3856 §6.10](https://www.rfc-editor.org/rfc/rfc3856#section-6.10)); what a watcher has asked for, what it has been granted
/// and the end are told at once ([RFC 6665 §4.2.1.2](https://www.rfc-editor.org/rfc/rfc6665#section-4.2.1.2)). It has no clock: timers
/// are actions and events.
public struct NotifierMachine: Equatable, Sendable {
    public enum Event: Equatable, Sendable {
        /// SUBSCRIBE, the first or a refresh; 0 ends it.
        case subscribed(expires: UInt32)
        /// The first SUBSCRIBE, whose answer says what a NOTIFY would (MS-SIP 3.4).
        case subscribedAndTold(expires: UInt32)
        /// Somebody has granted it.
        case authorized
        /// There is something new to tell.
        case changed
        /// A final response to NOTIFY: whether the watcher still has the dialog.
        case answered(dialogLives: Bool)
        /// The pause after a NOTIFY is over.
        case pauseOver
        /// It was not refreshed in time.
        case expired
        /// It ends from our side: `rejected`, `noresource`, `deactivated`.
        case end(reason: String)
    }

    public enum Action: Equatable, Sendable {
        /// Send NOTIFY with this Subscription-State.
        case notify(State)
        /// Expect a refresh within so many seconds.
        case startTimer(seconds: UInt32)
        case stopTimer
        /// Say when the pause is over that begins now; one that began earlier counts no more.
        case startPause
        case finish
    }

    /// Subscription-State ([RFC 6665 §8.2.3](https://www.rfc-editor.org/rfc/rfc6665#section-8.2.3)).
    public enum State: Equatable, Sendable {
        case pending, active
        case terminated(reason: String)
    }

    private var isAuthorized: Bool
    private var isNotifying = false
    private var isPausing = false
    /// What the next NOTIFY is to say, and whether it may wait for the end of the pause.
    private var due: Urgency?
    private var end: String?
    private var isOver = false
    private let isPaced: Bool

    private enum Urgency { case afterPause, now }

    /// Makes one for a subscription that has not begun.
    ///
    /// - Parameters:
    ///   - isAuthorized: Whether its watcher was granted it before.
    ///   - isPaced: Whether there is a pause after each NOTIFY.
    public init(isAuthorized: Bool, isPaced: Bool = false) {
        self.isAuthorized = isAuthorized
        self.isPaced = isPaced
    }

    /// Whether its watcher was ever allowed to see the presence.
    public var wasAuthorized: Bool { self.isAuthorized }

    public mutating func handle(_ event: Event) -> [Action] {
        guard !self.isOver else { return [] }
        switch event {
        case .subscribed(expires: 0):
            return [.stopTimer] + self.terminate("timeout")
        case .subscribed(let expires):
            // RFC 6665 §4.2.1.2: every SUBSCRIBE is answered with a NOTIFY.
            return [.startTimer(seconds: expires)] + self.notify(.now)
        case .subscribedAndTold(let expires):
            return [.startTimer(seconds: expires)] + self.pause()
        case .authorized:
            guard !self.isAuthorized else { return [] }
            self.isAuthorized = true
            return self.notify(.now)
        case .changed:
            return self.isAuthorized ? self.notify(.afterPause) : []
        case .answered(dialogLives: false):
            self.isOver = true
            return [.stopTimer, .finish]
        case .answered(dialogLives: true):
            self.isNotifying = false
            return self.notifyIfDue()
        case .pauseOver:
            self.isPausing = false
            return self.notifyIfDue()
        case .expired:
            return self.terminate("timeout")
        case .end(let reason):
            return [.stopTimer] + self.terminate(reason)
        }
    }

    private mutating func notify(_ urgency: Urgency) -> [Action] {
        if self.due != .now { self.due = urgency }
        return self.notifyIfDue()
    }

    private mutating func notifyIfDue() -> [Action] {
        guard let due = self.due, !self.isNotifying, due == .now || !self.isPausing else { return [] }
        self.due = nil
        self.isNotifying = true
        if let end = self.end {
            self.isOver = true
            return [.notify(.terminated(reason: end)), .finish]
        }
        return [.notify(self.isAuthorized ? .active : .pending)] + self.pause()
    }

    private mutating func pause() -> [Action] {
        guard self.isPaced else { return [] }
        self.isPausing = true
        return [.startPause]
    }

    private mutating func terminate(_ reason: String) -> [Action] {
        guard self.end == nil else { return [] }
        self.end = reason
        return self.notify(.now)
    }
}
