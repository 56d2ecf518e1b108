public import NIOCore
internal import Synchronization

/// Counts connections, all together and per client, and says when there are enough.
///
/// All is O(1).
///
/// A client is an IPv4 address or an IPv6 /64: a subscriber usually has a whole one.
public final class ConnectionLimits: Sendable {
    /// Why a connection was not admitted.
    public enum Refusal: String, Sendable, Error {
        case tooManyConnections = "too many connections"
        case tooManyFromAddress = "too many connections from this address"
    }

    private struct Counts {
        var total = 0
        var perClient: [Client: Int] = [:]
    }

    public let maximum: Int
    public let maximumPerClient: Int
    private let counts = Mutex(Counts())

    public init(maximum: Int = 10_000, maximumPerClient: Int = 100) {
        self.maximum = maximum
        self.maximumPerClient = maximumPerClient
    }

    /// The number of connections.
    public var count: Int { self.counts.withLock { $0.total } }

    /// Counts a connection from `address`; each success must be followed by one `release`.
    public func admit(_ address: SocketAddress?) throws(Refusal) {
        let client = Client(address)
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
        let client = Client(address)
        self.counts.withLock { counts in
            counts.total -= 1
            guard let count = counts.perClient[client] else { return }
            counts.perClient[client] = count > 1 ? count - 1 : nil
        }
    }
}

/// Whom connections are counted for.
private enum Client: Hashable {
    case four(UInt32)
    /// The first 64 bits.
    case six(UInt64)
    /// A Unix domain socket.
    case local

    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self = .four(withUnsafeBytes(of: address.address) { Self.number($0, at: Self.fourOffset) })
        case .v6(let address):
            self = withUnsafeBytes(of: address.address) { bytes in
                let high: UInt64 = Self.number(bytes, at: Self.sixOffset)
                let next: UInt32 = Self.number(bytes, at: Self.sixOffset + 8)
                // ::ffff:192.0.2.1 is an IPv4 client of a listener for both.
                guard high == 0, next == 0xFFFF else { return .six(high) }
                return .four(Self.number(bytes, at: Self.sixOffset + 12))
            }
        case .unixDomainSocket, nil:
            self = .local
        }
    }

    /// Where `sockaddr_in` has its address: behind family and port.
    private static let fourOffset = 4
    /// Where `sockaddr_in6` has its address: behind family, port and flow label.
    private static let sixOffset = 8

    private static func number<Number: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
