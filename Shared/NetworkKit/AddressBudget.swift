public import NIOCore
internal import Synchronization

/// What one client may do per second: open connections, begin TLS handshakes.
///
/// A bucket for each IPv4 address or IPv6 /64, in a table of bounded size; all is O(1). Under a flood from more addresses
/// than the table has room for, the ones seen longest ago are forgotten and begin anew: then the limits for all together
/// hold.
public final class AddressBudget: Sendable {
    /// So many a second on average, and so many at once.
    public struct Rate: Equatable, Sendable {
        public var perSecond: Int
        public var burst: Int

        public init(perSecond: Int, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// Clients whose bucket is remembered: about 100 bytes each, and more than honest peers have addresses.
    public static let capacity = 16_384

    public let rate: Rate
    private let buckets: Mutex<BoundedTable<ClientAddress, TokenBucket>>

    public init(_ rate: Rate, capacity: Int = AddressBudget.capacity) {
        self.rate = rate
        self.buckets = Mutex(BoundedTable(capacity: capacity))
    }

    /// Takes one from the budget of `address`; false if it is used up.
    public func take(_ address: SocketAddress?, at now: NIODeadline = .now()) -> Bool {
        self.take(ClientAddress(address), at: now)
    }

    func take(_ client: ClientAddress, at now: NIODeadline) -> Bool {
        guard client != .local else { return true }
        return self.buckets.withLock { buckets in
            buckets.update(
                client,
                initial: TokenBucket(rate: Double(self.rate.perSecond), burst: Double(self.rate.burst))
            ) { $0.take(at: now) }
        }
    }

    /// How many clients are remembered.
    public var count: Int { self.buckets.withLock { $0.count } }
}
