import NIOCore
import Policy

/// A server that requests are sent to: where connections and their state are kept under.
struct NextHop: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    let transport: StaticRoute.Transport

    init(_ route: StaticRoute) {
        self.host = route.nextHop
        self.port = route.port
        self.transport = route.transport
    }

    var description: String { "\(self.transport.rawValue):\(self.host):\(self.port)" }
}

/// The connection to a next hop, and how it fared.
struct NextHopState {
    enum Link {
        case none
        case connecting
        case open(ConnectionID)
    }

    var link = Link.none
    /// Requests that wait for the connection, in order.
    var waiting: [UInt64] = []
    /// Tried after all others until then, because it did not answer; `nil` once it has answered again.
    var downUntil: NIODeadline?
    /// When it was last asked for a sign of life.
    var probedAt: NIODeadline?
    /// When it last gave one.
    var heardAt: NIODeadline?
    /// How it takes messages, as far as it says what it is.
    var product: StaticRoute.Dialect?

    var isConnecting: Bool { if case .connecting = self.link { true } else { false } }

    /// Requests that may wait for a connection: beyond it the sender is told, as for any full queue.
    static let waitingLimit = 2_000
    /// How long a next hop that failed is tried last.
    static let downTime = TimeAmount.seconds(15)

    func isDown(at now: NIODeadline) -> Bool { self.downUntil.map { $0 > now } ?? false }
}
