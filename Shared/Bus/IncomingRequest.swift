public import Messaging
public import NIOCore
public import Wire

/// What another service asks of this one.
public struct IncomingRequest: Sendable {
    /// Who asks: the service whose key the connection has proven to own.
    public let caller: ServiceName
    /// Which process of it, as it says itself; for the log.
    public let callerInstance: String
    public let body: Body
    public let messageID: MessageID?
    public let traceparent: String?
    /// When the caller stops waiting.
    public let deadline: NIODeadline

    /// Where the answer goes.
    let returnAddress: ReturnAddress
}

/// The connection of a router socket that a request came from, and the request's number there.
struct ReturnAddress: Sendable {
    let route: Route
    /// 0 when the caller awaits no answer.
    let request: UInt64

    var awaitsAnswer: Bool { self.request != 0 }
}

/// One connection of the router socket: the four bytes of the identity that libzmq gives it after the first, 0.
struct Route: Hashable, Sendable {
    let number: UInt32

    private static let byteCount = 5

    /// `nil` for an identity that a peer has chosen for itself, which none of ours does.
    init?(identity: UnsafeRawBufferPointer) {
        guard identity.count == Self.byteCount, identity[0] == 0 else { return nil }
        self.number = identity.loadUnaligned(fromByteOffset: 1, as: UInt32.self)
    }

    var identity: [UInt8] { [0] + withUnsafeBytes(of: self.number) { Array($0) } }
}
