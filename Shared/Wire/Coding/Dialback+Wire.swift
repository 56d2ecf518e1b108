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
