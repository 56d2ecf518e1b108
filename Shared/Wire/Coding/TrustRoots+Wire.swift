internal import CIsthmusProto

extension TrustRoot: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrustRoot>) {
        isthmus__v1__trust_root__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrustRoot, in arena: Arena) {
        message.id = arena.text(self.id)
        message.subject = arena.text(self.subject)
        message.fingerprint = arena.text(self.fingerprint)
        message.not_after = self.notAfter
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        message.certificate_pem = arena.text(self.certificatePEM)
    }

    init(_ message: Isthmus__V1__TrustRoot) throws(WireError) {
        self.init(
            id: try String(message.id),
            subject: try String(message.subject),
            fingerprint: try String(message.fingerprint),
            notAfter: message.not_after,
            uses: try values(message.n_uses, message.uses),
            certificatePEM: try String(message.certificate_pem)
        )
    }
}

extension TrustRootAddition: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrustRootAddition>) {
        isthmus__v1__trust_root_addition__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrustRootAddition, in arena: Arena) {
        message.data = arena.bytes(self.data)
        (message.n_uses, message.uses) = arena.numbers(self.uses)
    }

    init(_ message: Isthmus__V1__TrustRootAddition) throws(WireError) {
        self.init(data: [UInt8](message.data), uses: try values(message.n_uses, message.uses))
    }
}
