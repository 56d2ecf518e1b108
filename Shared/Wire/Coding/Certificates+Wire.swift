internal import CIsthmusProto

extension CertificateRecord.State: WireEnumeration {
    var number: Isthmus__V1__CertificateRecord__State {
        switch self {
        case .pending: ISTHMUS__V1__CERTIFICATE_RECORD__STATE__STATE_PENDING
        case .active: ISTHMUS__V1__CERTIFICATE_RECORD__STATE__STATE_ACTIVE
        case .unassigned: ISTHMUS__V1__CERTIFICATE_RECORD__STATE__STATE_UNASSIGNED
        case .expired: ISTHMUS__V1__CERTIFICATE_RECORD__STATE__STATE_EXPIRED
        }
    }
}

extension CertificateRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateRecord>) {
        isthmus__v1__certificate_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateRecord, in arena: Arena) {
        message.id = arena.text(self.id)
        message.friendly_name = arena.text(self.friendlyName)
        message.state = self.state.number
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        message.subject = arena.text(self.subject)
        message.issuer = arena.text(self.issuer)
        (message.n_names, message.names) = arena.texts(self.names)
        message.key_kind = arena.text(self.keyKind)
        message.not_before = self.notBefore
        message.not_after = self.notAfter
        message.fingerprint = arena.text(self.fingerprint)
        message.is_exportable = self.isExportable ? 1 : 0
        (message.n_warnings, message.warnings) = arena.texts(self.warnings)
        message.order = arena.message(ifAny: self.order)
        (message.n_staged_uses, message.staged_uses) = arena.numbers(self.stagedUses)
        message.made_for = arena.text(self.madeFor)
        (message.n_xmpp_domains, message.xmpp_domains) = arena.texts(self.xmppDomains)
        (message.n_sip_domains, message.sip_domains) = arena.texts(self.sipDomains)
    }

    init(_ message: Isthmus__V1__CertificateRecord) throws(WireError) {
        self.init(
            id: try String(message.id),
            friendlyName: try String(message.friendly_name),
            state: try State(message.state),
            uses: try values(message.n_uses, message.uses),
            subject: try String(message.subject),
            issuer: try String(message.issuer),
            names: try texts(message.n_names, message.names),
            keyKind: try String(message.key_kind),
            notBefore: message.not_before,
            notAfter: message.not_after,
            fingerprint: try String(message.fingerprint),
            isExportable: message.is_exportable != 0,
            warnings: try texts(message.n_warnings, message.warnings),
            order: try optionalValue(message.order),
            stagedUses: try values(message.n_staged_uses, message.staged_uses),
            madeFor: try String(message.made_for),
            xmppDomains: try texts(message.n_xmpp_domains, message.xmpp_domains),
            sipDomains: try texts(message.n_sip_domains, message.sip_domains)
        )
    }
}

extension CertificateInventory: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateInventory>) {
        isthmus__v1__certificate_inventory__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateInventory, in arena: Arena) {
        message.version = self.version
        (message.n_records, message.records) = arena.messages(self.records)
    }

    init(_ message: Isthmus__V1__CertificateInventory) throws(WireError) {
        self.init(version: message.version, records: try values(message.n_records, message.records))
    }
}

extension CertificateAssignment: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateAssignment>) {
        isthmus__v1__certificate_assignment__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateAssignment, in arena: Arena) {
        message.id = arena.text(self.id)
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        message.is_now = self.isNow ? 1 : 0
    }

    init(_ message: Isthmus__V1__CertificateAssignment) throws(WireError) {
        self.init(
            id: try String(message.id),
            uses: try values(message.n_uses, message.uses),
            isNow: message.is_now != 0
        )
    }
}

extension CertificateImport: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateImport>) {
        isthmus__v1__certificate_import__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateImport, in arena: Arena) {
        message.data = arena.bytes(self.data)
        message.password = arena.text(self.password)
        message.private_key_pem = arena.bytes(self.privateKeyPEM)
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        message.friendly_name = arena.text(self.friendlyName)
        message.is_exportable = self.isExportable ? 1 : 0
        message.is_now = self.isNow ? 1 : 0
    }

    init(_ message: Isthmus__V1__CertificateImport) throws(WireError) {
        self.init(
            data: [UInt8](message.data),
            password: try optionalText(message.password),
            privateKeyPEM: [UInt8](message.private_key_pem),
            uses: try values(message.n_uses, message.uses),
            friendlyName: try String(message.friendly_name),
            isExportable: message.is_exportable != 0,
            isNow: message.is_now != 0
        )
    }
}
