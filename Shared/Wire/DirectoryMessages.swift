public import Policy

/// Says that an edge lives, and how it fares: `isthmus.v1.EdgeHeartbeat`.
public struct EdgeHeartbeat: Equatable, Sendable {
    public var edge: EdgeRecord
    public var status: EdgeStatus

    public init(edge: EdgeRecord, status: EdgeStatus = EdgeStatus()) {
        self.edge = edge
        self.status = status
    }
}

/// How an edge fares.
public struct EdgeStatus: Equatable, Sendable {
    /// The epoch of the policy in use; empty while there is none.
    public var policyEpoch: String
    public var policySequence: UInt64
    /// The version of the certificates in use; 0 while there are none.
    public var certificatesVersion: UInt64
    /// When the process started, in milliseconds since 1970.
    public var startedAt: Int64
    public var programVersion: String
    /// Numbers of streams, connections, messages, dialogs.
    public var counters: [Counter]

    /// A named number that an edge counts.
    public struct Counter: Equatable, Sendable {
        public var name: String
        public var value: Int64

        public init(name: String, value: Int64) {
            self.name = name
            self.value = value
        }
    }

    public init(
        policyEpoch: String = "",
        policySequence: UInt64 = 0,
        certificatesVersion: UInt64 = 0,
        startedAt: Int64 = 0,
        programVersion: String = "",
        counters: [Counter] = []
    ) {
        self.policyEpoch = policyEpoch
        self.policySequence = policySequence
        self.certificatesVersion = certificatesVersion
        self.startedAt = startedAt
        self.programVersion = programVersion
        self.counters = counters
    }
}

/// Asks an edge for its live streams or connections.
public struct StreamQuery: Equatable, Sendable {
    /// ``StreamPage/nextCursor`` of the page before; `nil` for the first.
    public var cursor: String?
    public var limit: Int
    /// Asks for the next hops of the static routes instead.
    public var wantsNextHops: Bool

    public init(cursor: String? = nil, limit: Int = 500, wantsNextHops: Bool = false) {
        self.cursor = cursor
        self.limit = limit
        self.wantsNextHops = wantsNextHops
    }
}

/// One live stream (XMPP) or connection (SIP) of an edge.
public struct LiveStream: Equatable, Sendable {
    public enum Direction: String, Equatable, Sendable, CaseIterable { case inbound, outbound }

    /// The stream id, as in the logs.
    public var id: String
    public var direction: Direction
    public var localDomains: [String]
    /// The peer's domains or host names.
    public var remoteDomains: [String]
    public var peerAddress: String
    /// `tcp`, or the TLS version and cipher suite.
    public var security: String
    /// How the peer proved who it is: `sasl-external`, `dialback`, `mutual-tls`, `address`, `none`.
    public var authentication: String
    /// `negotiating`, `established`, `closing`.
    public var state: String
    /// In milliseconds since 1970.
    public var establishedAt: Int64
    /// Stanzas or messages.
    public var received: UInt64
    public var sent: UInt64

    public init(
        id: String,
        direction: Direction,
        localDomains: [String],
        remoteDomains: [String],
        peerAddress: String,
        security: String,
        authentication: String,
        state: String,
        establishedAt: Int64,
        received: UInt64 = 0,
        sent: UInt64 = 0
    ) {
        self.id = id
        self.direction = direction
        self.localDomains = localDomains
        self.remoteDomains = remoteDomains
        self.peerAddress = peerAddress
        self.security = security
        self.authentication = authentication
        self.state = state
        self.establishedAt = establishedAt
        self.received = received
        self.sent = sent
    }
}

/// A page of live streams.
public struct StreamPage: Equatable, Sendable {
    public var streams: [LiveStream]
    /// Where the next page begins; `nil` on the last.
    public var nextCursor: String?
    public var nextHops: [NextHopStatus]

    public init(streams: [LiveStream], nextCursor: String? = nil, nextHops: [NextHopStatus] = []) {
        self.streams = streams
        self.nextCursor = nextCursor
        self.nextHops = nextHops
    }
}
