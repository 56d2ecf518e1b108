import NIOCore
import NetworkKit
import Policy

/// A server that requests are sent to: where connections and their state are kept under.
struct NextHop: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    var transport: SIPTransport
    /// Whose server it is, where DNS has named it: over TLS it must show this name, whatever DNS says
    /// ([RFC 5922 §7.3](https://www.rfc-editor.org/rfc/rfc5922#section-7.3)).
    let domain: String?
    let tls: TLSChoice
    /// The number of the test that it is asked for, with a connection of its own; `nil` for traffic.
    var test: UInt64?

    /// The next hop of a route that names its port and transport; `nil` when DNS says them.
    init?(_ route: StaticRoute) {
        guard !route.isFoundInDNS, let transport = SIPTransport(route.transport) else { return nil }
        self.host = route.nextHop
        self.port = route.port
        self.transport = transport
        self.domain = nil
        self.tls = TLSChoice(route)
    }

    init(_ server: SIPServers.Server, of query: ServerQuery) {
        self.host = server.host
        self.port = server.port
        self.transport = SIPTransport(server.service)
        self.domain = query.domain
        self.tls = query.tls
    }

    /// The name its certificate must have.
    var identity: String { self.domain ?? self.host }

    var description: String {
        "\(self.transport.rawValue):\(self.host):\(self.port)" + (self.domain.map { " of \($0)" } ?? "")
    }
}

/// What a route says of TLS: next hops that differ in it are different ones, with connections of their own.
struct TLSChoice: Hashable, Sendable {
    /// The certificate we show; empty: the edge chooses.
    let identity: String
    /// Whether TLS 1.0 and 1.1 are good enough.
    let allowsLegacy: Bool

    /// Whether any connection to the next hop will do.
    var isDefault: Bool { self.identity.isEmpty && !self.allowsLegacy }

    init(_ route: StaticRoute) {
        self.identity = route.identity
        self.allowsLegacy = route.allowsLegacyTLS
    }
}

/// What DNS is asked for a route without a port.
struct ServerQuery: Hashable, Sendable, CustomStringConvertible {
    let domain: String
    /// `nil`: DNS says that as well.
    let transport: SIPTransport?
    let tls: TLSChoice

    init(_ route: StaticRoute) {
        self.domain = route.nextHop
        self.transport = SIPTransport(route.transport)
        self.tls = TLSChoice(route)
    }

    var description: String { "\(self.transport?.rawValue ?? "auto"):\(self.domain)" }
}

/// What DNS has answered.
struct ServerLocation {
    var servers: [NextHop] = []
    /// Until when that holds; what is older serves until there is something newer.
    var validUntil = NIODeadline.uptimeNanoseconds(0)
    var isAsking = false
    /// Why the latest question had no answer.
    var failure: String?
    /// Requests that wait for the first answer.
    var waiting: [UInt64] = []
}

/// The connection to a next hop, and how it fared.
struct NextHopState {
    enum Link {
        case none
        case connecting
        case open(ConnectionID)
    }

    var link = Link.none
    /// The connection that is being made, once there is one.
    var attempt: ConnectionID?
    /// Requests that wait for the connection, in order.
    var waiting: [UInt64] = []
    /// Tried after all others until then, because it did not answer; `nil` once it has answered again.
    var downUntil: NIODeadline?
    /// When it was last asked for a sign of life.
    var probedAt: NIODeadline?
    /// When it last gave one.
    var heardAt: NIODeadline?
    /// Which of its addresses is tried: over UDP there is no attempt that shows the next one.
    var addressNumber = 0
    /// Why it failed last, and when.
    var failure: (reason: String, at: NIODeadline)?
    /// How it takes messages, as far as it says what it is.
    var product: StaticRoute.Dialect?

    var isConnecting: Bool { if case .connecting = self.link { true } else { false } }

    /// Requests that may wait for a connection: beyond it the sender is told, as for any full queue.
    static let waitingLimit = 2_000
    /// How long a next hop that failed is tried last.
    static let downTime = TimeAmount.seconds(15)

    func isDown(at now: NIODeadline) -> Bool { self.downUntil.map { $0 > now } ?? false }
}
