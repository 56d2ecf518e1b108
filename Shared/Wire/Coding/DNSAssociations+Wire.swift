internal import CIsthmusProto

extension DNSAssociation: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsAssociation>) {
        isthmus__v1__dns_association__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsAssociation, in arena: Arena) {
        message.use = self.use.number
        (message.n_names, message.names) = arena.texts(self.names)
        message.digest = arena.text(self.digest)
    }

    init(_ message: Isthmus__V1__DnsAssociation) throws(WireError) {
        self.init(
            try CertificateUse(message.use),
            names: try texts(message.n_names, message.names),
            digest: try String(message.digest)
        )
    }
}

struct DnsAssociationsWire: WireMessage {
    let value: [DNSAssociation]

    init(_ value: [DNSAssociation]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsAssociations>) {
        isthmus__v1__dns_associations__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsAssociations, in arena: Arena) {
        (message.n_associations, message.associations) = arena.messages(self.value)
    }

    init(_ message: Isthmus__V1__DnsAssociations) throws(WireError) {
        self.value = try values(message.n_associations, message.associations)
    }
}

extension DNSAssociationsState: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsAssociationsState>) {
        isthmus__v1__dns_associations_state__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsAssociationsState, in arena: Arena) {
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        (message.n_visible, message.visible) = arena.messages(self.visible)
        message.wait = self.wait
    }

    init(_ message: Isthmus__V1__DnsAssociationsState) throws(WireError) {
        self.init(
            uses: try values(message.n_uses, message.uses),
            visible: try values(message.n_visible, message.visible),
            wait: message.wait
        )
    }
}
