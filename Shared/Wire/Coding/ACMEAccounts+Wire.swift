internal import CIsthmusProto

extension CertificateRevocation.Cause {
    /// Unspecified is the zero value, as in RFC 5280.
    var number: Isthmus__V1__CertificateRevocation__Cause {
        switch self {
        case .unspecified: ISTHMUS__V1__CERTIFICATE_REVOCATION__CAUSE__CAUSE_UNSPECIFIED
        case .keyCompromise: ISTHMUS__V1__CERTIFICATE_REVOCATION__CAUSE__CAUSE_KEY_COMPROMISE
        case .affiliationChanged: ISTHMUS__V1__CERTIFICATE_REVOCATION__CAUSE__CAUSE_AFFILIATION_CHANGED
        case .superseded: ISTHMUS__V1__CERTIFICATE_REVOCATION__CAUSE__CAUSE_SUPERSEDED
        case .cessationOfOperation: ISTHMUS__V1__CERTIFICATE_REVOCATION__CAUSE__CAUSE_CESSATION_OF_OPERATION
        }
    }

    init(_ number: Isthmus__V1__CertificateRevocation__Cause) throws(WireError) {
        guard let cause = Self.allCases.first(where: { $0.number == number }) else {
            throw .unknownValue("cause \(number.rawValue)")
        }
        self = cause
    }
}

extension CertificateRevocation: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateRevocation>) {
        isthmus__v1__certificate_revocation__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateRevocation, in arena: Arena) {
        message.id = arena.text(self.id)
        message.cause = self.cause.number
        message.uses_certificate_key = self.usesCertificateKey ? 1 : 0
        message.is_forced = self.isForced ? 1 : 0
    }

    init(_ message: Isthmus__V1__CertificateRevocation) throws(WireError) {
        self.init(
            id: try String(message.id),
            cause: try Cause(message.cause),
            usesCertificateKey: message.uses_certificate_key != 0,
            isForced: message.is_forced != 0
        )
    }
}

extension ACMEAccount.Action: WireEnumeration {
    var number: Isthmus__V1__AcmeAccountOrder__Action {
        switch self {
        case .show: ISTHMUS__V1__ACME_ACCOUNT_ORDER__ACTION__ACTION_SHOW
        case .rollKey: ISTHMUS__V1__ACME_ACCOUNT_ORDER__ACTION__ACTION_ROLL_KEY
        case .deactivate: ISTHMUS__V1__ACME_ACCOUNT_ORDER__ACTION__ACTION_DEACTIVATE
        }
    }
}

struct AcmeAccountOrderWire: WireMessage {
    let value: ACMEAccount.Action

    init(_ value: ACMEAccount.Action) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__AcmeAccountOrder>) {
        isthmus__v1__acme_account_order__init(message)
    }

    func fill(_ message: inout Isthmus__V1__AcmeAccountOrder, in arena: Arena) { message.action = self.value.number }

    init(_ message: Isthmus__V1__AcmeAccountOrder) throws(WireError) {
        self.value = try ACMEAccount.Action(message.action)
    }
}

extension ACMEAccount: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__AcmeAccount>) {
        isthmus__v1__acme_account__init(message)
    }

    func fill(_ message: inout Isthmus__V1__AcmeAccount, in arena: Arena) {
        message.directory = arena.text(self.directory)
        message.address = arena.text(self.address)
        message.status = arena.text(self.status)
        (message.n_contacts, message.contacts) = arena.texts(self.contacts)
        message.thumbprint = arena.text(self.thumbprint)
    }

    init(_ message: Isthmus__V1__AcmeAccount) throws(WireError) {
        self.init(
            directory: try String(message.directory),
            address: try String(message.address),
            status: try String(message.status),
            contacts: try texts(message.n_contacts, message.contacts),
            thumbprint: try String(message.thumbprint)
        )
    }
}
