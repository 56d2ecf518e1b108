internal import CIsthmusProto

extension SIPRelay: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SIPRelay>) {
        isthmus__v1__siprelay__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SIPRelay, in arena: Arena) {
        message.request = arena.bytes(self.request)
        message.peer_address = arena.text(self.peerAddress)
        message.is_tls = self.isTLS ? 1 : 0
        message.contact = arena.text(self.contact)
    }

    init(_ message: Isthmus__V1__SIPRelay) throws(WireError) {
        self.init(
            request: [UInt8](message.request),
            peerAddress: try String(message.peer_address),
            isTLS: message.is_tls != 0,
            contact: try String(message.contact)
        )
    }
}

/// The final response alone; empty where there is none.
struct SIPRelayedWire: WireMessage {
    let value: [UInt8]

    init(_ value: [UInt8]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__SIPRelayed>) {
        isthmus__v1__siprelayed__init(message)
    }

    func fill(_ message: inout Isthmus__V1__SIPRelayed, in arena: Arena) {
        message.response = arena.bytes(self.value)
    }

    init(_ message: Isthmus__V1__SIPRelayed) throws(WireError) { self.init([UInt8](message.response)) }
}
