internal import CIsthmusProto
internal import Policy

extension SubscriptionRecord.Direction: WireEnumeration {
    var number: Isthmus__V1__SubscriptionKey__Direction {
        switch self {
        case .xmppToSIP: ISTHMUS__V1__SUBSCRIPTION_KEY__DIRECTION__DIRECTION_XMPP_TO_SIP
        case .sipToXMPP: ISTHMUS__V1__SUBSCRIPTION_KEY__DIRECTION__DIRECTION_SIP_TO_XMPP
        }
    }
}

extension SubscriptionRecord.State: WireEnumeration {
    var number: Isthmus__V1__SubscriptionRecord__State {
        switch self {
        case .pending: ISTHMUS__V1__SUBSCRIPTION_RECORD__STATE__STATE_PENDING
        case .active: ISTHMUS__V1__SUBSCRIPTION_RECORD__STATE__STATE_ACTIVE
        }
    }
}

extension SubscriptionKey: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SubscriptionKey>) {
        isthmus__v1__subscription_key__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SubscriptionKey, in arena: Arena) {
        message.direction = self.direction.number
        message.watcher = arena.message(self.watcher)
        message.presentity = arena.message(self.presentity)
    }

    init(_ message: Isthmus__V1__SubscriptionKey) throws(WireError) {
        self.init(
            direction: try SubscriptionRecord.Direction(message.direction),
            watcher: try value(message.watcher),
            presentity: try value(message.presentity)
        )
    }
}

extension SubscriptionRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SubscriptionRecord>) {
        isthmus__v1__subscription_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SubscriptionRecord, in arena: Arena) {
        message.key = arena.message(
            SubscriptionKey(direction: self.direction, watcher: self.watcher, presentity: self.presentity)
        )
        message.state = self.state.number
        message.refreshed_at = self.refreshedAt
    }

    init(_ message: Isthmus__V1__SubscriptionRecord) throws(WireError) {
        let key: SubscriptionKey = try value(message.key)
        self.init(
            direction: key.direction,
            watcher: key.watcher,
            presentity: key.presentity,
            state: try State(message.state),
            refreshedAt: message.refreshed_at
        )
    }
}

extension SubscriptionQuery: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SubscriptionQuery>) {
        isthmus__v1__subscription_query__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SubscriptionQuery, in arena: Arena) {
        if let direction = self.direction { message.direction = direction.number }
        message.cursor = arena.text(self.cursor)
        message.limit = UInt32(clamping: self.limit)
        message.watcher = arena.message(ifAny: self.watcher)
        message.presentity = arena.message(ifAny: self.presentity)
    }

    init(_ message: Isthmus__V1__SubscriptionQuery) throws(WireError) {
        self.init(
            direction: SubscriptionRecord.Direction(ifKnown: message.direction),
            cursor: try optionalText(message.cursor),
            limit: Int(message.limit),
            watcher: try optionalValue(message.watcher),
            presentity: try optionalValue(message.presentity)
        )
    }
}

extension SubscriptionPage: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SubscriptionPage>) {
        isthmus__v1__subscription_page__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SubscriptionPage, in arena: Arena) {
        (message.n_records, message.records) = arena.messages(self.records)
        message.next_cursor = arena.text(self.nextCursor)
    }

    init(_ message: Isthmus__V1__SubscriptionPage) throws(WireError) {
        self.init(
            records: try values(message.n_records, message.records),
            nextCursor: try optionalText(message.next_cursor)
        )
    }
}
