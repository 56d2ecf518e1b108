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
        /// Requests that wait for the connection, in order.
        case connecting(waiting: [UInt64])
        case open(ConnectionID)
    }

    var link = Link.none
    /// Tried after all others until then, because it did not answer.
    var downUntil: NIODeadline?
    /// When it was last asked for a sign of life.
    var probedAt: NIODeadline?

    /// Requests that may wait for a connection: beyond it the sender is told, as for any full queue.
    static let waitingLimit = 2_000
    /// How long a next hop that failed is tried last.
    static let downTime = TimeAmount.seconds(15)

    func isDown(at now: NIODeadline) -> Bool { self.downUntil.map { $0 > now } ?? false }
}
