public import NIOCore
internal import NIOPosix

/// A datagram, whom it came from, and to which of our addresses.
public struct Datagram: Sendable {
    public var source: SocketAddress
    /// Our own address; `nil` where the system did not say.
    public var destination: SocketAddress?
    public var bytes: ByteBuffer
}

/// Sockets for UDP on an event loop.
public enum DatagramSocket {
    /// Room for the largest datagram there can be: one that is cut would be another message.
    private static let maximumSize = 65_535
    /// Datagrams of one turn of the loop: then the others on it have theirs.
    private static let readsPerTurn: UInt = 16

    /// Binds `host` and `port`, and hands what arrives to `received`, on `loop`; `readCompleted` is called after the last
    /// of a turn, and `closed` once, when the socket is closed by us or by an error.
    public static func listen(
        host: String,
        port: Int,
        on loop: any EventLoop,
        received: @escaping @Sendable (any Channel, Datagram) -> Void,
        readCompleted: @escaping @Sendable () -> Void,
        closed: @escaping @Sendable () -> Void
    ) -> EventLoopFuture<any Channel> {
        self.bootstrap(on: loop)
            .channelOption(.receivePacketInfo, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = DatagramReader(received, readCompleted, closed)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: host, port: port)
    }

    /// A socket for one peer, from which datagrams come as plain bytes, and to which plain bytes are written.
    ///
    /// Because it is connected, the system tells us when nobody listens there (ICMP), as an error `ECONNREFUSED` of the
    /// channel. `setUp` adds the handlers before the first read; if it throws, the socket is closed and its error is the result.
    public static func connect(
        to address: SocketAddress,
        on loop: any EventLoop,
        setUp: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        self.bootstrap(on: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EnvelopeOpener())
                }
            }
            .connect(to: address)
            .flatMapThrowing { channel in
                do {
                    try setUp(channel)
                    try channel.syncOptions?.setOption(.autoRead, value: true)
                } catch {
                    channel.close(promise: nil)
                    throw error
                }
                return channel
            }
    }

    private static func bootstrap(on loop: any EventLoop) -> DatagramBootstrap {
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: self.maximumSize))
            .channelOption(.maxMessagesPerRead, value: self.readsPerTurn)
    }
}

/// Hands datagrams to whoever listens.
private final class DatagramReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let received: @Sendable (any Channel, Datagram) -> Void
    private let readCompleted: @Sendable () -> Void
    private let closed: @Sendable () -> Void

    init(
        _ received: @escaping @Sendable (any Channel, Datagram) -> Void,
        _ readCompleted: @escaping @Sendable () -> Void,
        _ closed: @escaping @Sendable () -> Void
    ) {
        self.received = received
        self.readCompleted = readCompleted
        self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        let datagram = Datagram(
            source: envelope.remoteAddress,
            destination: envelope.metadata?.packetInfo?.destinationAddress,
            bytes: envelope.data
        )
        self.received(context.channel, datagram)
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.readCompleted() }
    /// What concerns one datagram is no concern of the others; what ends the socket closes it, which is told below.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    func channelInactive(context: ChannelHandlerContext) { self.closed() }
}

/// Takes the bytes out of datagrams that can only be from one peer.
private final class EnvelopeOpener: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(self.wrapInboundOut(self.unwrapInboundIn(data).data))
    }
}
