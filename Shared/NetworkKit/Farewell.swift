internal import NIOCore
internal import Synchronization

/// The last words to connections that were not admitted, between the gate and the set-up of the connection.
final class Farewells: Sendable {
    private let words: @Sendable (ConnectionLimits.Refusal) -> ByteBuffer?
    private let prepared = Mutex<[ObjectIdentifier: ByteBuffer]>([:])

    init(_ words: @escaping @Sendable (ConnectionLimits.Refusal) -> ByteBuffer?) { self.words = words }

    /// Whether there is something to say to `connection`.
    func prepare(for connection: any Channel, _ refusal: ConnectionLimits.Refusal) -> Bool {
        guard let words = self.words(refusal) else { return false }
        self.prepared.withLock { $0[ObjectIdentifier(connection)] = words }
        return true
    }

    /// What to say to `connection`; nil if it was admitted.
    func take(for connection: any Channel) -> ByteBuffer? {
        self.prepared.withLock { $0.isEmpty ? nil : $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }
}

/// Says one thing and closes, without reading.
///
/// What the peer sent meanwhile may make the kernel take the words back; waiting for it
/// would cost what the limit is to save.
final class FarewellHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let words: ByteBuffer

    init(_ words: ByteBuffer) { self.words = words }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(self.words), promise: nil)
        context.close(promise: nil)
    }
}
