internal import CIsthmusProto
internal import Messaging
internal import Policy

extension RefusalRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__RefusalRecord>) {
        isthmus__v1__refusal_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__RefusalRecord, in arena: Arena) {
        message.time = self.time
        message.service = arena.text(self.service)
        message.message_id = arena.text(self.messageID?.rawValue)
        message.subject = arena.text(self.subject)
        message.from = arena.text(self.from)
        message.to = arena.text(self.to)
        message.peer = arena.text(self.peer)
        message.reason = arena.text(self.reason.rawValue)
        message.answer = arena.text(self.answer)
        message.text = arena.text(self.text)
        message.direction = arena.text(self.direction?.rawValue)
        message.partner = arena.text(self.partner)
        message.local_domain = arena.text(self.localDomain)
        message.remote_domain = arena.text(self.remoteDomain)
        message.peer_port = UInt32(clamping: self.peerPort ?? 0)
        message.certificate = arena.message(ifAny: self.certificate)
        message.step = arena.text(self.step?.rawValue)
        message.rule = arena.text(self.rule)
    }

    init(_ message: Isthmus__V1__RefusalRecord) throws(WireError) {
        self.init(
            time: message.time,
            service: try String(message.service),
            messageID: try optionalText(message.message_id).map { MessageID($0) },
            subject: try String(message.subject),
            from: try String(message.from),
            to: try String(message.to),
            peer: try String(message.peer),
            reason: RefusalReason(rawValue: try String(message.reason)) ?? .internalError,
            answer: try String(message.answer),
            text: try String(message.text)
        )
        // A word that a later version added is as good as none.
        self.direction = Direction(rawValue: try String(message.direction))
        self.partner = try String(message.partner)
        self.localDomain = try String(message.local_domain)
        self.remoteDomain = try String(message.remote_domain)
        self.peerPort = message.peer_port == 0 ? nil : Int(message.peer_port)
        self.certificate = try optionalValue(message.certificate)
        self.step = Step(rawValue: try String(message.step))
        self.rule = try String(message.rule)
    }
}

extension RefusalCertificate: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__RefusalCertificate>) {
        isthmus__v1__refusal_certificate__init(message)
    }

    func fill(_ message: inout Isthmus__V1__RefusalCertificate, in arena: Arena) {
        message.subject = arena.text(self.subject)
        message.issuer = arena.text(self.issuer)
        (message.n_names, message.names) = arena.texts(self.names)
        message.fingerprint = arena.text(self.fingerprint)
        message.not_before = self.notBefore
        message.not_after = self.notAfter
        message.rejection = arena.text(self.rejection)
    }

    init(_ message: Isthmus__V1__RefusalCertificate) throws(WireError) {
        self.init(
            subject: try String(message.subject),
            issuer: try String(message.issuer),
            names: try texts(message.n_names, message.names),
            fingerprint: try String(message.fingerprint),
            notBefore: message.not_before,
            notAfter: message.not_after,
            rejection: try String(message.rejection)
        )
    }
}
