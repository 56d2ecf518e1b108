internal import CIsthmusProto

extension StreamQuery: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__StreamQuery>) {
        isthmus__v1__stream_query__init(message)
    }

    func fill(_ message: inout Isthmus__V1__StreamQuery, in arena: Arena) {
        message.cursor = arena.text(self.cursor)
        message.limit = UInt32(clamping: self.limit)
        message.next_hops = self.wantsNextHops ? 1 : 0
    }

    init(_ message: Isthmus__V1__StreamQuery) throws(WireError) {
        self.init(
            cursor: try optionalText(message.cursor),
            limit: Int(message.limit),
            wantsNextHops: message.next_hops != 0
        )
    }
}

extension LiveStream.Direction: WireEnumeration {
    var number: Isthmus__V1__LiveStream__Direction {
        switch self {
        case .inbound: ISTHMUS__V1__LIVE_STREAM__DIRECTION__DIRECTION_INBOUND
        case .outbound: ISTHMUS__V1__LIVE_STREAM__DIRECTION__DIRECTION_OUTBOUND
        }
    }
}

extension LiveStream: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__LiveStream>) {
        isthmus__v1__live_stream__init(message)
    }

    func fill(_ message: inout Isthmus__V1__LiveStream, in arena: Arena) {
        message.id = arena.text(self.id)
        message.direction = self.direction.number
        (message.n_local_domains, message.local_domains) = arena.texts(self.localDomains)
        (message.n_remote_domains, message.remote_domains) = arena.texts(self.remoteDomains)
        message.peer_address = arena.text(self.peerAddress)
        message.security = arena.text(self.security)
        message.authentication = arena.text(self.authentication)
        message.state = arena.text(self.state)
        message.established_at = self.establishedAt
        message.received = self.received
        message.sent = self.sent
    }

    init(_ message: Isthmus__V1__LiveStream) throws(WireError) {
        self.init(
            id: try String(message.id),
            direction: try Direction(message.direction),
            localDomains: try texts(message.n_local_domains, message.local_domains),
            remoteDomains: try texts(message.n_remote_domains, message.remote_domains),
            peerAddress: try String(message.peer_address),
            security: try String(message.security),
            authentication: try String(message.authentication),
            state: try String(message.state),
            establishedAt: message.established_at,
            received: message.received,
            sent: message.sent
        )
    }
}

extension StreamPage: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__StreamPage>) {
        isthmus__v1__stream_page__init(message)
    }

    func fill(_ message: inout Isthmus__V1__StreamPage, in arena: Arena) {
        (message.n_streams, message.streams) = arena.messages(self.streams)
        message.next_cursor = arena.text(self.nextCursor)
        (message.n_next_hops, message.next_hops) = arena.messages(self.nextHops)
    }

    init(_ message: Isthmus__V1__StreamPage) throws(WireError) {
        self.init(
            streams: try values(message.n_streams, message.streams),
            nextCursor: try optionalText(message.next_cursor),
            nextHops: try values(message.n_next_hops, message.next_hops)
        )
    }
}

extension NextHopStatus: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__NextHopStatus>) {
        isthmus__v1__next_hop_status__init(message)
    }

    func fill(_ message: inout Isthmus__V1__NextHopStatus, in arena: Arena) {
        (message.n_routes, message.routes) = arena.texts(self.routes)
        message.name = arena.text(self.name)
        message.state = arena.text(self.state.rawValue)
        message.connection = arena.text(self.connection)
        message.probed_at = self.probedAt
        message.answered_at = self.answeredAt
        message.error = arena.text(self.error)
        message.failed_at = self.failedAt
        message.down_until = self.downUntil
    }

    init(_ message: Isthmus__V1__NextHopStatus) throws(WireError) {
        self.init(
            routes: try texts(message.n_routes, message.routes),
            name: try String(message.name),
            // A state that only a later version knows is none we could judge.
            state: State(rawValue: try String(message.state)) ?? .unknown,
            connection: try String(message.connection),
            probedAt: message.probed_at,
            answeredAt: message.answered_at,
            error: try String(message.error),
            failedAt: message.failed_at,
            downUntil: message.down_until
        )
    }
}
