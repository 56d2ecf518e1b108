internal import CIsthmusProto

extension DNSWithdrawal: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsWithdrawalState>) {
        isthmus__v1__dns_withdrawal_state__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsWithdrawalState, in arena: Arena) {
        switch self {
        case .kept(let reason):
            message.stage = ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_KEPT
            message.reason = arena.text(reason)
        case .listed(let reason):
            message.stage = ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_LISTED
            message.reason = arena.text(reason)
        case .withdrawn(let wait):
            message.stage = ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_WITHDRAWN
            message.wait = wait
        }
    }

    init(_ message: Isthmus__V1__DnsWithdrawalState) throws(WireError) {
        switch message.stage {
        case ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_KEPT: self = .kept(reason: try String(message.reason))
        case ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_LISTED: self = .listed(reason: try String(message.reason))
        case ISTHMUS__V1__DNS_WITHDRAWAL_STATE__STAGE__STAGE_WITHDRAWN: self = .withdrawn(wait: message.wait)
        default: throw .unknownValue("stage \(message.stage.rawValue)")
        }
    }
}

/// The edge that is about to stop, as it tells policy-service.
struct EdgeWithdrawalWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__EdgeWithdrawal>) {
        isthmus__v1__edge_withdrawal__init(message)
    }

    func fill(_ message: inout Isthmus__V1__EdgeWithdrawal, in arena: Arena) {
        message.instance = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__EdgeWithdrawal) throws(WireError) { self.value = try String(message.instance) }
}

/// The edge that is about to stop, as policy-service tells dns-publisher.
struct DnsWithdrawalWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsWithdrawal>) {
        isthmus__v1__dns_withdrawal__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsWithdrawal, in arena: Arena) {
        message.instance = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__DnsWithdrawal) throws(WireError) { self.value = try String(message.instance) }
}
