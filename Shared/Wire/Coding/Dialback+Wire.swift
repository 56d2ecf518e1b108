internal import CIsthmusProto

extension DialbackKeyRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackKeyRequest>) {
        isthmus__v1__dialback_key_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackKeyRequest, in arena: Arena) {
        message.receiving = arena.text(self.receiving)
        message.originating = arena.text(self.originating)
        message.stream_id = arena.text(self.streamID)
    }

    init(_ message: Isthmus__V1__DialbackKeyRequest) throws(WireError) {
        self.init(
            receiving: try String(message.receiving),
            originating: try String(message.originating),
            streamID: try String(message.stream_id)
        )
    }
}

extension DialbackVerifyRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackVerifyRequest>) {
        isthmus__v1__dialback_verify_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackVerifyRequest, in arena: Arena) {
        message.receiving = arena.text(self.receiving)
        message.originating = arena.text(self.originating)
        message.stream_id = arena.text(self.streamID)
        message.key = arena.text(self.key)
    }

    init(_ message: Isthmus__V1__DialbackVerifyRequest) throws(WireError) {
        self.init(
            receiving: try String(message.receiving),
            originating: try String(message.originating),
            streamID: try String(message.stream_id),
            key: try String(message.key)
        )
    }
}

extension DialbackRotation: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackRotation>) {
        isthmus__v1__dialback_rotation__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackRotation, in arena: Arena) {
        message.ends_old_at_once = self.endsOldAtOnce ? 1 : 0
    }

    init(_ message: Isthmus__V1__DialbackRotation) throws(WireError) {
        self.init(endsOldAtOnce: message.ends_old_at_once != 0)
    }
}

extension DialbackStatus.Secret: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackSecret>) {
        isthmus__v1__dialback_secret__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackSecret, in arena: Arena) {
        message.id = arena.text(self.id)
        message.created_at = self.createdAt
        message.ends_at = self.endsAt ?? 0
    }

    init(_ message: Isthmus__V1__DialbackSecret) throws(WireError) {
        self.init(
            id: try String(message.id),
            createdAt: message.created_at,
            endsAt: message.ends_at == 0 ? nil : message.ends_at
        )
    }
}

extension DialbackStatus: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackStatus>) {
        isthmus__v1__dialback_status__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackStatus, in arena: Arena) {
        (message.n_secrets, message.secrets) = arena.messages(self.secrets)
        message.overlap_seconds = self.overlapSeconds
        message.rotates_after_seconds = self.rotatesAfterSeconds ?? 0
        message.is_passphrase = self.isPassphrase ? 1 : 0
    }

    init(_ message: Isthmus__V1__DialbackStatus) throws(WireError) {
        self.init(
            secrets: try values(message.n_secrets, message.secrets),
            overlapSeconds: message.overlap_seconds,
            rotatesAfterSeconds: message.rotates_after_seconds == 0 ? nil : message.rotates_after_seconds,
            isPassphrase: message.is_passphrase != 0
        )
    }
}
