internal import CIsthmusProto

extension DNSRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsRecord>) {
        isthmus__v1__dns_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsRecord, in arena: Arena) {
        message.name = arena.text(self.name)
        message.type = arena.text(self.type)
        message.ttl = self.ttl
        message.data = arena.text(self.data)
    }

    init(_ message: Isthmus__V1__DnsRecord) throws(WireError) {
        self.init(
            name: try String(message.name),
            type: try String(message.type),
            ttl: message.ttl,
            data: try String(message.data)
        )
    }
}

extension DNSChange.Action: WireEnumeration {
    var number: Isthmus__V1__DnsChange__Action {
        switch self {
        case .add: ISTHMUS__V1__DNS_CHANGE__ACTION__ACTION_ADD
        case .delete: ISTHMUS__V1__DNS_CHANGE__ACTION__ACTION_DELETE
        }
    }
}

extension DNSChange: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsChange>) {
        isthmus__v1__dns_change__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsChange, in arena: Arena) {
        message.action = self.action.number
        message.record = arena.message(self.record)
    }

    init(_ message: Isthmus__V1__DnsChange) throws(WireError) {
        self.init(try Action(message.action), try value(message.record))
    }
}

extension DNSPlan: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsPlan>) {
        isthmus__v1__dns_plan__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsPlan, in arena: Arena) {
        message.checksum = arena.text(self.checksum)
        (message.n_changes, message.changes) = arena.messages(self.changes)
        (message.n_desired, message.desired) = arena.messages(self.desired)
        message.text = arena.text(self.text)
        (message.n_warnings, message.warnings) = arena.texts(self.warnings)
        message.needs_force = self.needsForce ? 1 : 0
    }

    init(_ message: Isthmus__V1__DnsPlan) throws(WireError) {
        self.init(
            checksum: try String(message.checksum),
            changes: try values(message.n_changes, message.changes),
            desired: try values(message.n_desired, message.desired),
            text: try String(message.text),
            warnings: try texts(message.n_warnings, message.warnings),
            needsForce: message.needs_force != 0
        )
    }
}

extension DNSApplyRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsApplyRequest>) {
        isthmus__v1__dns_apply_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsApplyRequest, in arena: Arena) {
        message.checksum = arena.text(self.checksum)
        message.force = self.force ? 1 : 0
    }

    init(_ message: Isthmus__V1__DnsApplyRequest) throws(WireError) {
        self.init(checksum: try String(message.checksum), force: message.force != 0)
    }
}

extension DNSResult: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsResult>) {
        isthmus__v1__dns_result__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsResult, in arena: Arena) {
        message.applied = UInt32(clamping: self.applied)
        message.is_verified = self.isVerified ? 1 : 0
        message.text = arena.text(self.text)
    }

    init(_ message: Isthmus__V1__DnsResult) throws(WireError) {
        self.init(
            applied: Int(message.applied),
            isVerified: message.is_verified != 0,
            text: try String(message.text)
        )
    }
}
