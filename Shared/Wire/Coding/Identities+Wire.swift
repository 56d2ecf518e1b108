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

extension IdentitiesRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__IdentitiesRequest>) {
        isthmus__v1__identities_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__IdentitiesRequest, in arena: Arena) {
        message.use = self.use.number
        message.version = self.version
        message.tried = self.tried
        message.refusal = arena.text(self.refusal)
    }

    init(_ message: Isthmus__V1__IdentitiesRequest) throws(WireError) {
        self.init(
            try CertificateUse(message.use),
            version: message.version,
            tried: message.tried,
            refusal: try optionalText(message.refusal)
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
        (message.n_trials, message.trials) = arena.messages(self.trials)
    }

    init(_ message: Isthmus__V1__IdentitySet) throws(WireError) {
        self.init(
            version: message.version,
            identities: try values(message.n_identities, message.identities),
            trustRootsPEM: [UInt8](message.trust_roots_pem),
            revocationLists: byteStrings(message.n_revocation_lists, message.revocation_lists),
            trials: try Self.trials(message)
        )
    }

    /// A trial has none of its own: whatever a stranger sends is no deeper than this.
    private static func trials(_ message: Isthmus__V1__IdentitySet) throws(WireError) -> [IdentitySet] {
        var trials: [IdentitySet] = try values(min(message.n_trials, 1), message.trials)
        if !trials.isEmpty { trials[0].trials = [] }
        return trials
    }
}
