import NIOCore
import NetworkKit
import Synchronization

/// How often something may be tried: by all together, and where asked for by each address.
///
/// Time comes from the caller, by a clock that is never set.
final class AttemptLimiter: Sendable {
    /// So many at once, and then one each `interval`.
    struct Rate: Equatable, Sendable {
        var burst: Int
        var interval: TimeAmount

        fileprivate var bucket: TokenBucket {
            TokenBucket(rate: 1e9 / Double(self.interval.nanoseconds), burst: Double(self.burst))
        }
    }

    private struct State {
        var all: TokenBucket
        var byAddress: [String: TokenBucket] = [:]
    }

    /// Addresses remembered; when there are more, all begin anew, and the limit of all together holds.
    static let addresses = 10_000

    private let each: Rate?
    private let state: Mutex<State>

    init(_ all: Rate, each: Rate? = nil) {
        self.each = each
        self.state = Mutex(State(all: all.bucket))
    }

    /// How many addresses are remembered.
    var remembered: Int { self.state.withLock { $0.byAddress.count } }

    /// - Returns: Whether this one is within the limits; one address that is beyond its own uses up nothing of what all have.
    func take(from address: String? = nil, at now: Moment) -> Bool {
        self.state.withLock { state in
            if let each = self.each, let address {
                if state.byAddress.count >= Self.addresses, state.byAddress[address] == nil { state.byAddress = [:] }
                guard state.byAddress[address, default: each.bucket].take(at: now.deadline) else { return false }
            }
            return state.all.take(at: now.deadline)
        }
    }
}
