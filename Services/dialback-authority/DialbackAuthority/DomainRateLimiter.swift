import NIOCore

/// A token bucket per remote domain and one for all of them together, O(1), of bounded size.
///
/// A bucket that is full again is as good as none, so it is forgotten when room is needed. When there is none to forget,
/// further domains share one bucket.
struct DomainRateLimiter {
    /// Requests per second in the long run, and how many at once.
    struct Rate: Equatable, Sendable {
        var perSecond: Int
        var burst: Int
    }

    enum Verdict: String, Equatable, Sendable, CaseIterable {
        case admitted
        /// This domain caused too many.
        case domain
        /// All domains together did.
        case total
    }

    private struct Bucket {
        var tokens: Double
        var updated: NIODeadline
    }

    /// The bucket of the domains for which there is no room: no domain is called so.
    private static let shared = "*"
    /// How often the table is looked through for full buckets: it takes a while, and a flood of new domains must not cause it.
    private static let sweepInterval = TimeAmount.seconds(1)

    private let domain: Rate
    private let total: Rate
    private let capacity: Int
    private var buckets: [String: Bucket] = [:]
    private var all: Bucket?
    private var lastSweep: NIODeadline?

    /// - Parameters:
    ///   - domain: What one domain may cause.
    ///   - total: What all of them may cause together.
    ///   - capacity: How many domains are told apart.
    init(domain: Rate, total: Rate, capacity: Int) {
        self.domain = domain
        self.total = total
        self.capacity = capacity
    }

    /// How many domains are told apart now.
    var count: Int { self.buckets.count }

    /// Takes a token of the domain and one of all.
    mutating func admit(_ domain: String, at now: NIODeadline) -> Verdict {
        if self.buckets[domain] == nil, self.buckets.count >= self.capacity { self.forgetFull(at: now) }
        let key = self.buckets[domain] != nil || self.buckets.count < self.capacity ? domain : Self.shared
        var bucket = Self.filled(self.buckets[key], self.domain, at: now)
        var all = Self.filled(self.all, self.total, at: now)
        defer { (self.buckets[key], self.all) = (bucket, all) }
        guard bucket.tokens >= 1 else { return .domain }
        guard all.tokens >= 1 else { return .total }
        bucket.tokens -= 1
        all.tokens -= 1
        return .admitted
    }

    private static func filled(_ bucket: Bucket?, _ rate: Rate, at now: NIODeadline) -> Bucket {
        guard let bucket else { return Bucket(tokens: Double(rate.burst), updated: now) }
        let elapsed = Double((now - bucket.updated).nanoseconds) / 1e9
        let tokens = min(Double(rate.burst), bucket.tokens + elapsed * Double(rate.perSecond))
        return Bucket(tokens: tokens, updated: now)
    }

    private mutating func forgetFull(at now: NIODeadline) {
        if let last = self.lastSweep, now < last + Self.sweepInterval { return }
        self.lastSweep = now
        let domain = self.domain
        self.buckets = self.buckets.filter { Self.filled($0.value, domain, at: now).tokens < Double(domain.burst) }
    }
}
