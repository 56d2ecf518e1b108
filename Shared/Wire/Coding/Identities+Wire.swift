internal import CIsthmusProto

extension CertificateUse: WireEnumeration {
    var number: Isthmus__V1__CertificateUse {
        switch self {
        case .xmpp: ISTHMUS__V1__CERTIFICATE_USE__CERTIFICATE_USE_XMPP
        case .sip: ISTHMUS__V1__CERTIFICATE_USE__CERTIFICATE_USE_SIP
        }
    }
}

extension ServiceIdentity: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__ServiceIdentity>) {
        isthmus__v1__service_identity__init(message)
    }

    func fill(_ message: inout Isthmus__V1__ServiceIdentity, in arena: Arena) {
        (message.n_names, message.names) = arena.texts(self.names)
        message.certificate_chain_pem = arena.bytes(self.certificateChainPEM)
        message.private_key_pem = arena.bytes(self.privateKeyPEM)
    }

    init(_ message: Isthmus__V1__ServiceIdentity) throws(WireError) {
        self.init(
            names: try texts(message.n_names, message.names),
            certificateChainPEM: [UInt8](message.certificate_chain_pem),
            privateKeyPEM: [UInt8](message.private_key_pem)
        )
    }
}

extension IdentitySet: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__IdentitySet>) {
        isthmus__v1__identity_set__init(message)
    }

    func fill(_ message: inout Isthmus__V1__IdentitySet, in arena: Arena) {
        message.version = self.version
        (message.n_identities, message.identities) = arena.messages(self.identities)
        message.trust_roots_pem = arena.bytes(self.trustRootsPEM)
        (message.n_revocation_lists, message.revocation_lists) = arena.byteStrings(self.revocationLists)
    }

    init(_ message: Isthmus__V1__IdentitySet) throws(WireError) {
        self.init(
            version: message.version,
            identities: try values(message.n_identities, message.identities),
            trustRootsPEM: [UInt8](message.trust_roots_pem),
            revocationLists: byteStrings(message.n_revocation_lists, message.revocation_lists)
        )
    }
}
