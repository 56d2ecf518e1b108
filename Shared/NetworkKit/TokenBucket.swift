public import NIOCore

/// A rate limit that allows bursts: `rate` a second on average, `burst` at once.
public struct TokenBucket: Sendable {
    private let rate: Double
    private let burst: Double
    /// Below zero after a ``charge(_:at:)`` of more than there were.
    private var tokens: Double
    private var last: NIODeadline?

    /// A full bucket.
    ///
    /// `rate` must be positive.
    public init(rate: Double, burst: Double) {
        precondition(rate > 0 && burst >= 1, "rate \(rate), burst \(burst)")
        self.rate = rate
        self.burst = burst
        self.tokens = burst
    }

    /// Takes `count` tokens if there are as many.
    public mutating func take(_ count: Int = 1, at now: NIODeadline) -> Bool {
        self.refill(at: now)
        guard self.tokens >= Double(count) else { return false }
        self.tokens -= Double(count)
        return true
    }

    /// Takes `count` tokens even if there are not as many: what came has come, and what comes next has to wait.
    ///
    /// - Returns: how long until the debt is paid; zero if there is none.
    public mutating func charge(_ count: Int, at now: NIODeadline) -> TimeAmount {
        self.refill(at: now)
        self.tokens -= Double(count)
        return self.tokens < 0 ? self.time(for: -self.tokens) : .zero
    }

    /// How long until `count` tokens are there; zero if they are.
    public mutating func delay(for count: Int = 1, at now: NIODeadline) -> TimeAmount {
        self.refill(at: now)
        let missing = Double(count) - self.tokens
        return missing > 0 ? self.time(for: missing) : .zero
    }

    private func time(for tokens: Double) -> TimeAmount {
        .nanoseconds(Int64((tokens / self.rate * 1e9).rounded(.up)))
    }

    private mutating func refill(at now: NIODeadline) {
        if let last = self.last, now > last {
            self.tokens = min(self.burst, self.tokens + Double((now - last).nanoseconds) / 1e9 * self.rate)
        }
        self.last = max(now, self.last ?? now)
    }
}
