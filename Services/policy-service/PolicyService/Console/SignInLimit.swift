import NIOCore
import NetworkKit
import Synchronization

/// How often somebody may try to sign in: a token has 256 bits and is not guessed, but who tries is slowed down and seen.
final class SignInLimit: Sendable {
    private struct Buckets {
        var all = TokenBucket(rate: SignInLimit.ratePerSecond * 10, burst: 50)
        var byAddress: [String: TokenBucket] = [:]
    }

    /// From one address: five at once, then one in ten seconds.
    private static let ratePerSecond = 0.1
    private static let burst = 5.0
    /// Addresses remembered; when there are more, all begin anew, and the limit of all together holds.
    private static let addresses = 10_000

    private let buckets = Mutex(Buckets())

    /// - Returns: Whether an attempt may be made now.
    func admits(_ address: String, at now: NIODeadline) -> Bool {
        self.buckets.withLock { buckets in
            guard buckets.all.take(at: now) else { return false }
            if buckets.byAddress.count >= Self.addresses { buckets.byAddress = [:] }
            return buckets.byAddress[address, default: TokenBucket(rate: Self.ratePerSecond, burst: Self.burst)]
                .take(at: now)
        }
    }
}
