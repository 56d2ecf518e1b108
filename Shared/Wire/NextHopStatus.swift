/// How a server that static routes lead to fares, as one edge sees it.
public struct NextHopStatus: Equatable, Sendable {
    public enum State: String, Equatable, Sendable, CaseIterable {
        case up, down
        /// It was not tried yet.
        case unknown
        /// DNS names no server.
        case notFound = "not found"
    }

    /// The ids of the routes that lead to it.
    public var routes: [String]
    /// Transport, host and port, as in the logs.
    public var name: String
    public var state: State
    /// `connected`, `connected by the peer`, `connecting`, `not connected`.
    public var connection: String
    /// When it was last asked for a sign of life, in milliseconds since 1970; 0: never.
    public var probedAt: Int64
    /// When it last answered anything.
    public var answeredAt: Int64
    /// Why it failed last; empty: it never did.
    public var error: String
    public var failedAt: Int64
    /// Until when it is tried after all others.
    public var downUntil: Int64

    public init(
        routes: [String],
        name: String,
        state: State,
        connection: String = "not connected",
        probedAt: Int64 = 0,
        answeredAt: Int64 = 0,
        error: String = "",
        failedAt: Int64 = 0,
        downUntil: Int64 = 0
    ) {
        self.routes = routes
        self.name = name
        self.state = state
        self.connection = connection
        self.probedAt = probedAt
        self.answeredAt = answeredAt
        self.error = error
        self.failedAt = failedAt
        self.downUntil = downUntil
    }
}
