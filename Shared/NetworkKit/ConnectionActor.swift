public import NIOCore
public import TLS

/// An actor that is the other end of a channel, and runs on the channel's event loop.
///
/// ```swift
/// actor Stream: ConnectionActor {
///     nonisolated let unownedExecutor: UnownedSerialExecutor   // stored: not computed per call
///     init(_ channel: any Channel) { self.unownedExecutor = channel.eventLoop.executor.asUnownedSerialExecutor() }
/// }
/// ```
///
/// `ConnectionHandler` calls it without a hop; everybody else on the loop may do so by `assumeIsolated`, all others `await`.
public protocol ConnectionActor: Actor {
    /// Plain bytes came. Several may come before `readCompleted`.
    func received(_ bytes: ByteBuffer)
    /// All bytes of this read were handed over: the moment to write, once.
    func readCompleted()
    /// TLS is on; comes before the first decrypted byte.
    func handshakeCompleted(_ handshake: TLSHandshakeCompleted)
    /// The socket's buffer is over its high-water mark, or below its low one again.
    func writabilityChanged(_ isWritable: Bool)
    /// The peer will send nothing more; only where the channel allows half-closure.
    func inputClosed()
    /// Something failed; the channel may or may not be closed by it.
    func failed(_ error: any Error)
    /// The channel is closed. Called once, and last.
    func closed()
}

extension ConnectionActor {
    public func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {}
    public func writabilityChanged(_ isWritable: Bool) {}
    public func inputClosed() {}
}

/// The last handler of a channel: calls the channel's actor.
public final class ConnectionHandler<Connection: ConnectionActor>: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer

    private let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.connection.assumeIsolated { $0.received(bytes) }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        self.connection.assumeIsolated { $0.readCompleted() }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        self.connection.assumeIsolated { $0.writabilityChanged(isWritable) }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshakeCompleted {
            self.connection.assumeIsolated { $0.handshakeCompleted(handshake) }
        } else if case .inputClosed? = event as? ChannelEvent {
            self.connection.assumeIsolated { $0.inputClosed() }
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.connection.assumeIsolated { $0.failed(error) }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        self.connection.assumeIsolated { $0.closed() }
    }
}
