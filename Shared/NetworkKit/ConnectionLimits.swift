public import NIOCore
internal import Synchronization

/// Counts connections, all together and per client, and says when there are enough, or when they come too fast.
///
/// All is O(1).
///
/// A client is an IPv4 address or an IPv6 /64: a subscriber usually has a whole one.
public final class ConnectionLimits: Sendable {
    /// Why a connection was not admitted.
    public enum Refusal: String, Sendable, Error, CaseIterable {
        case tooManyConnections = "too many connections"
        case tooManyFromAddress = "too many connections from this address"
        case tooFastFromAddress = "too many new connections from this address in a short time"
    }

    private struct Counts {
        var total = 0
        var perClient: [ClientAddress: Int] = [:]
    }

    /// Connections of one process.
    ///
    /// One costs some 50 kB with TLS: half a gigabyte.
    public static let maximum = 10_000
    /// Connections of one client: five partners with their 20 streams behind one address.
    public static let maximumPerClient = 100
    /// New connections of one client.
    ///
    /// A partner that restarts opens its streams at once, and tries again what was
    /// refused; nobody opens 20 a second for long (the figures of Openfire).
    public static let arrivals = AddressBudget.Rate(perSecond: 20, burst: 50)

    public let maximum: Int
    public let maximumPerClient: Int
    private let arrivals: AddressBudget
    private let counts = Mutex(Counts())

    public init(
        maximum: Int = ConnectionLimits.maximum,
        maximumPerClient: Int = ConnectionLimits.maximumPerClient,
        arrivals: AddressBudget.Rate = ConnectionLimits.arrivals
    ) {
        self.maximum = maximum
        self.maximumPerClient = maximumPerClient
        self.arrivals = AddressBudget(arrivals)
    }

    /// The number of connections.
    public var count: Int { self.counts.withLock { $0.total } }
    /// The new connections of one client that are allowed.
    public var arrivalRate: AddressBudget.Rate { self.arrivals.rate }

    /// Counts a connection from `address`; each success must be followed by one `release`.
    public func admit(_ address: SocketAddress?, at now: NIODeadline = .now()) throws(Refusal) {
        let client = ClientAddress(address)
        guard self.arrivals.take(client, at: now) else { throw .tooFastFromAddress }
        let refusal: Refusal? = self.counts.withLock { counts in
            guard counts.total < self.maximum else { return .tooManyConnections }
            let fromClient = counts.perClient[client, default: 0]
            guard fromClient < self.maximumPerClient || client == .local else { return .tooManyFromAddress }
            counts.total += 1
            counts.perClient[client] = fromClient + 1
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Counts the end of a connection that was admitted.
    public func release(_ address: SocketAddress?) {
        let client = ClientAddress(address)
        self.counts.withLock { counts in
            counts.total -= 1
            guard let count = counts.perClient[client] else { return }
            counts.perClient[client] = count > 1 ? count - 1 : nil
        }
    }

    /// The setting that stands behind a refusal, and its value, for refusal records.
    public func setting(behind refusal: Refusal) -> String {
        switch refusal {
        case .tooManyConnections: "limits.connections=\(self.maximum)"
        case .tooManyFromAddress: "limits.connections-per-address=\(self.maximumPerClient)"
        case .tooFastFromAddress:
            "limits.connection-rate=\(self.arrivalRate.perSecond), limits.connection-burst=\(self.arrivalRate.burst)"
        }
    }
}
