import Synchronization

/// How often the API may be tried in vain.
struct Attempts: Sendable {
    /// Requests without a good token: they are answered 401, and beyond this 429.
    let strangers: AttemptLimiter
    /// Requests that a token's role does not cover: they are noted in the audit log, and beyond this only answered.
    let audited: AttemptLimiter

    init(strangers: Int = 30, audited: Int = 30) {
        self.strangers = AttemptLimiter(burst: strangers, interval: 200)
        self.audited = AttemptLimiter(burst: audited, interval: 2_000)
    }
}

/// A token bucket over a clock that is never set.
final class AttemptLimiter: Sendable {
    private struct State {
        var left: Int
        var filledAt: Int64
    }

    private let burst: Int
    /// Milliseconds after which one more is allowed.
    private let interval: Int64
    private let state: Mutex<State?>

    init(burst: Int, interval: Int64) {
        self.burst = burst
        self.interval = interval
        self.state = Mutex(nil)
    }

    /// - Returns: Whether this one is within the limit.
    func take(at now: Moment) -> Bool {
        self.state.withLock { stored in
            var state = stored ?? State(left: self.burst, filledAt: now.monotonic)
            let earned = max(0, now.monotonic - state.filledAt) / self.interval
            state.left = Int(min(Int64(self.burst), Int64(state.left) + earned))
            state.filledAt += earned * self.interval
            defer { stored = state }
            guard state.left > 0 else { return false }
            state.left -= 1
            return true
        }
    }
}
