public import NIOCore

/// A rate limit that allows bursts: `rate` a second on average, `burst` at once.
public struct TokenBucket: Sendable {
    private let rate: Double
    private let burst: Double
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

    /// How long until `count` tokens are there; zero if they are.
    public mutating func delay(for count: Int = 1, at now: NIODeadline) -> TimeAmount {
        self.refill(at: now)
        let missing = Double(count) - self.tokens
        return missing > 0 ? .nanoseconds(Int64((missing / self.rate * 1e9).rounded(.up))) : .zero
    }

    private mutating func refill(at now: NIODeadline) {
        if let last = self.last, now > last {
            self.tokens = min(self.burst, self.tokens + Double((now - last).nanoseconds) / 1e9 * self.rate)
        }
        self.last = max(now, self.last ?? now)
    }
}
