internal import CIsthmusProto
internal import Policy

extension EdgeRecord.Kind: WireEnumeration {
    var number: Isthmus__V1__EdgeKind {
        switch self {
        case .xmpp: ISTHMUS__V1__EDGE_KIND__EDGE_KIND_XMPP
        case .sip: ISTHMUS__V1__EDGE_KIND__EDGE_KIND_SIP
        }
    }
}

extension EdgeRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__EdgeRecord>) {
        isthmus__v1__edge_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__EdgeRecord, in arena: Arena) {
        message.kind = self.kind.number
        message.instance = arena.text(self.instance)
        message.endpoint = arena.text(self.endpoint)
        (message.n_public_addresses, message.public_addresses) = arena.texts(self.publicAddresses)
        message.is_draining = self.isDraining ? 1 : 0
        (message.n_attached_domains, message.attached_domains) = arena.texts(self.attachedDomains)
    }

    init(_ message: Isthmus__V1__EdgeRecord) throws(WireError) {
        self.init(
            kind: try Kind(message.kind),
            instance: try String(message.instance),
            endpoint: try String(message.endpoint),
            publicAddresses: try texts(message.n_public_addresses, message.public_addresses),
            isDraining: message.is_draining != 0,
            attachedDomains: try texts(message.n_attached_domains, message.attached_domains)
        )
    }
}

extension EdgeStatus.Counter: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Counter>) {
        isthmus__v1__counter__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Counter, in arena: Arena) {
        message.name = arena.text(self.name)
        message.value = self.value
    }

    init(_ message: Isthmus__V1__Counter) throws(WireError) {
        self.init(name: try String(message.name), value: message.value)
    }
}

extension EdgeStatus: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__EdgeStatus>) {
        isthmus__v1__edge_status__init(message)
    }

    func fill(_ message: inout Isthmus__V1__EdgeStatus, in arena: Arena) {
        message.policy_epoch = arena.text(self.policyEpoch)
        message.policy_sequence = self.policySequence
        message.certificates_version = self.certificatesVersion
        message.started_at = self.startedAt
        message.program_version = arena.text(self.programVersion)
        (message.n_counters, message.counters) = arena.messages(self.counters)
    }

    init(_ message: Isthmus__V1__EdgeStatus) throws(WireError) {
        self.init(
            policyEpoch: try String(message.policy_epoch),
            policySequence: message.policy_sequence,
            certificatesVersion: message.certificates_version,
            startedAt: message.started_at,
            programVersion: try String(message.program_version),
            counters: try values(message.n_counters, message.counters)
        )
    }
}

extension EdgeHeartbeat: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__EdgeHeartbeat>) {
        isthmus__v1__edge_heartbeat__init(message)
    }

    func fill(_ message: inout Isthmus__V1__EdgeHeartbeat, in arena: Arena) {
        message.edge = arena.message(self.edge)
        message.status = arena.message(self.status)
    }

    init(_ message: Isthmus__V1__EdgeHeartbeat) throws(WireError) {
        self.init(edge: try value(message.edge), status: try optionalValue(message.status) ?? EdgeStatus())
    }
}
