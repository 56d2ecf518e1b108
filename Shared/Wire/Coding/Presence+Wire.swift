internal import CIsthmusProto
internal import Messaging

extension SubscriptionRequest.Action: WireEnumeration {
    var number: Isthmus__V1__SubscriptionRequest__Action {
        switch self {
        case .subscribe: ISTHMUS__V1__SUBSCRIPTION_REQUEST__ACTION__ACTION_SUBSCRIBE
        case .unsubscribe: ISTHMUS__V1__SUBSCRIPTION_REQUEST__ACTION__ACTION_UNSUBSCRIBE
        case .poll: ISTHMUS__V1__SUBSCRIPTION_REQUEST__ACTION__ACTION_POLL
        }
    }
}

extension SubscriptionRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SubscriptionRequest>) {
        isthmus__v1__subscription_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SubscriptionRequest, in arena: Arena) {
        message.action = self.action.number
        (message.n_note, message.note) = arena.messages(self.note)
        message.is_handed_over = self.isHandedOver ? 1 : 0
    }

    init(_ message: Isthmus__V1__SubscriptionRequest) throws(WireError) {
        self.init(
            action: try Action(message.action),
            note: try values(message.n_note, message.note),
            isHandedOver: message.is_handed_over != 0
        )
    }
}

extension SubscriptionState: WireEnumeration {
    var number: Isthmus__V1__SubscriptionState {
        switch self {
        case .pending: ISTHMUS__V1__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_PENDING
        case .active: ISTHMUS__V1__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_ACTIVE
        case .terminated: ISTHMUS__V1__SUBSCRIPTION_STATE__SUBSCRIPTION_STATE_TERMINATED
        }
    }
}

extension PresenceNotification.Show: WireEnumeration {
    var number: Isthmus__V1__PresenceInstance__Show {
        switch self {
        case .online: ISTHMUS__V1__PRESENCE_INSTANCE__SHOW__SHOW_ONLINE
        case .chat: ISTHMUS__V1__PRESENCE_INSTANCE__SHOW__SHOW_CHAT
        case .away: ISTHMUS__V1__PRESENCE_INSTANCE__SHOW__SHOW_AWAY
        case .extendedAway: ISTHMUS__V1__PRESENCE_INSTANCE__SHOW__SHOW_EXTENDED_AWAY
        case .doNotDisturb: ISTHMUS__V1__PRESENCE_INSTANCE__SHOW__SHOW_DO_NOT_DISTURB
        }
    }
}

/// A priority, which may be 0 and yet be there.
private struct Priority: WireMessage {
    let value: Int8

    init(value: Int8) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Priority>) {
        isthmus__v1__priority__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Priority, in arena: Arena) { message.value = Int32(self.value) }

    init(_ message: Isthmus__V1__Priority) throws(WireError) { self.value = Int8(clamping: message.value) }
}

extension PresenceNotification.Instance: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PresenceInstance>) {
        isthmus__v1__presence_instance__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PresenceInstance, in arena: Arena) {
        message.id = arena.text(self.id)
        message.is_available = self.isAvailable ? 1 : 0
        message.show = self.show.number
        (message.n_status, message.status) = arena.messages(self.status)
        message.priority = arena.message(ifAny: self.priority.map { Priority(value: $0) })
        message.idle_since = self.idleSince ?? 0
    }

    init(_ message: Isthmus__V1__PresenceInstance) throws(WireError) {
        let priority: Priority? = try optionalValue(message.priority)
        self.init(
            id: try optionalText(message.id),
            isAvailable: message.is_available != 0,
            show: try PresenceNotification.Show(message.show),
            status: try values(message.n_status, message.status),
            priority: priority?.value,
            idleSince: message.idle_since == 0 ? nil : message.idle_since
        )
    }
}

extension PresenceNotification: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PresenceNotification>) {
        isthmus__v1__presence_notification__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PresenceNotification, in arena: Arena) {
        (message.n_instances, message.instances) = arena.messages(self.instances)
        message.is_complete = self.isComplete ? 1 : 0
    }

    init(_ message: Isthmus__V1__PresenceNotification) throws(WireError) {
        self.init(
            instances: try values(message.n_instances, message.instances),
            isComplete: message.is_complete != 0
        )
    }
}
