internal import CIsthmusProto

extension CertificateOrder: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateOrder>) {
        isthmus__v1__certificate_order__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateOrder, in arena: Arena) {
        message.directory = arena.text(self.directory)
        message.progress = arena.text(self.progress)
        message.problem = arena.text(self.problem)
        message.failures = UInt32(clamping: self.failures)
        message.next_attempt = self.nextAttempt
        message.renewal = self.renewal
        message.explanation = arena.text(self.explanation)
        message.replaces = arena.text(self.replaces)
        message.revoked_at = self.revokedAt
        message.revocation_cause = self.revocationCause.number
    }

    init(_ message: Isthmus__V1__CertificateOrder) throws(WireError) {
        self.init(
            directory: try String(message.directory),
            progress: try String(message.progress),
            problem: try String(message.problem),
            failures: Int(message.failures),
            nextAttempt: message.next_attempt,
            renewal: message.renewal,
            explanation: try String(message.explanation),
            replaces: try String(message.replaces),
            revokedAt: message.revoked_at,
            revocationCause: try CertificateRevocation.Cause(message.revocation_cause)
        )
    }
}

extension DNSChallenge: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsChallenge>) {
        isthmus__v1__dns_challenge__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsChallenge, in arena: Arena) {
        message.name = arena.text(self.name)
        message.text = arena.text(self.text)
        message.is_removal = self.isRemoval ? 1 : 0
    }

    init(_ message: Isthmus__V1__DnsChallenge) throws(WireError) {
        self.init(
            name: try String(message.name),
            text: try String(message.text),
            isRemoval: message.is_removal != 0
        )
    }
}
