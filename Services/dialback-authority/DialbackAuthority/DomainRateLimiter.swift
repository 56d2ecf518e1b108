import NIOCore

/// A token bucket per remote domain, O(1), of bounded size.
///
/// A bucket that is full again is as good as none, so it is forgotten when room is needed. When there is none to forget,
/// further domains share one bucket.
struct DomainRateLimiter {
    private struct Bucket {
        var tokens: Double
        var updated: NIODeadline
    }

    /// Many more than have dialback traffic within a second.
    private static let capacity = 10_000
    /// The bucket of the domains for which there is no room: no domain is called so.
    private static let shared = "*"

    private let rate: Double
    private let burst: Double
    private var buckets: [String: Bucket] = [:]

    /// - Parameters:
    ///   - rate: How many requests per second a domain may cause in the long run.
    ///   - burst: How many at once.
    init(rate: Int, burst: Int) {
        self.rate = Double(rate)
        self.burst = Double(burst)
    }

    /// Takes a token; `false` when the domain has none left.
    mutating func admit(_ domain: String, at now: NIODeadline) -> Bool {
        if self.buckets[domain] == nil, self.buckets.count >= Self.capacity { self.forgetFull(at: now) }
        let key = self.buckets[domain] != nil || self.buckets.count < Self.capacity ? domain : Self.shared
        var bucket = self.filled(self.buckets[key] ?? Bucket(tokens: self.burst, updated: now), at: now)
        defer { self.buckets[key] = bucket }
        guard bucket.tokens >= 1 else { return false }
        bucket.tokens -= 1
        return true
    }

    private func filled(_ bucket: Bucket, at now: NIODeadline) -> Bucket {
        let elapsed = Double((now - bucket.updated).nanoseconds) / 1e9
        return Bucket(tokens: min(self.burst, bucket.tokens + elapsed * self.rate), updated: now)
    }

    private mutating func forgetFull(at now: NIODeadline) {
        self.buckets = self.buckets.filter { self.filled($0.value, at: now).tokens < self.burst }
    }
}
