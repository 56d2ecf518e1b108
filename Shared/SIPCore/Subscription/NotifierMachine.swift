/// The notifier's side of a subscription ([RFC 6665 §4.2](https://www.rfc-editor.org/rfc/rfc6665#section-4.2)).
///
/// One NOTIFY is on its way at a time: what changes meanwhile is told by the next, so that a slow watcher gets the newest
/// state and never a queue. It has no clock: timers are actions and events.
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
        case finish
    }

    /// Subscription-State ([RFC 6665 §8.2.3](https://www.rfc-editor.org/rfc/rfc6665#section-8.2.3)).
    public enum State: Equatable, Sendable {
        case pending, active
        case terminated(reason: String)
    }

    private var isAuthorized: Bool
    private var isNotifying = false
    private var isDirty = false
    private var end: String?
    private var isOver = false

    public init(isAuthorized: Bool) { self.isAuthorized = isAuthorized }

    /// Whether its watcher was ever allowed to see the presence.
    public var wasAuthorized: Bool { self.isAuthorized }

    public mutating func handle(_ event: Event) -> [Action] {
        guard !self.isOver else { return [] }
        switch event {
        case .subscribed(expires: 0):
            return [.stopTimer] + self.terminate("timeout")
        case .subscribed(let expires):
            // RFC 6665 §4.2.1.2: every SUBSCRIBE is answered with a NOTIFY.
            return [.startTimer(seconds: expires)] + self.notify()
        case .subscribedAndTold(let expires):
            return [.startTimer(seconds: expires)]
        case .authorized:
            guard !self.isAuthorized else { return [] }
            self.isAuthorized = true
            return self.notify()
        case .changed:
            return self.isAuthorized ? self.notify() : []
        case .answered(dialogLives: false):
            self.isOver = true
            return [.stopTimer, .finish]
        case .answered(dialogLives: true):
            self.isNotifying = false
            guard self.isDirty else { return [] }
            self.isDirty = false
            return self.notify()
        case .expired:
            return self.terminate("timeout")
        case .end(let reason):
            return [.stopTimer] + self.terminate(reason)
        }
    }

    private mutating func notify() -> [Action] {
        guard !self.isNotifying else {
            self.isDirty = true
            return []
        }
        self.isNotifying = true
        if let end = self.end {
            self.isOver = true
            return [.notify(.terminated(reason: end)), .finish]
        }
        return [.notify(self.isAuthorized ? .active : .pending)]
    }

    private mutating func terminate(_ reason: String) -> [Action] {
        guard self.end == nil else { return [] }
        self.end = reason
        return self.notify()
    }
}
