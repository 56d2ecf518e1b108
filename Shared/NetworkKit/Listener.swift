internal import Glibc
public import Logging
public import NIOCore
internal import NIOPosix

/// A listening socket on one event loop.
public final class Listener: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// Binds `host` and `port` and accepts connections on `loop`.
    ///
    /// The host `::` stands for all IPv6 and IPv4 addresses, and on a host without IPv6 for those of IPv4, which `logger` is
    /// told; with port 0 the system chooses. `limits` may be shared between
    /// listeners, and `refused` is told of each connection that they did not admit; what `farewell` says, if anything, is
    /// written before such a connection is closed. The kernel keeps up to `backlog` connections until they are accepted. `accept` adds the handlers to a new connection, on `loop`, before the first read;
    /// if it throws, the connection is closed.
    public static func bind(
        host: String,
        port: Int,
        on loop: any EventLoop,
        limits: ConnectionLimits,
        backlog: Int32 = 512,
        logger: Logger? = nil,
        refused: @escaping @Sendable (SocketAddress?, ConnectionLimits.Refusal) -> Void = { _, _ in },
        farewell: @escaping @Sendable (ConnectionLimits.Refusal) -> ByteBuffer? = { _ in nil },
        accept: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<Listener> {
        // Made anew for each attempt, for a bootstrap belongs to one thread.
        let bootstrap: @Sendable () -> ServerBootstrap = {
            Self.bootstrap(on: loop, limits, backlog, refused, farewell, accept)
        }
        // A literal address is not looked up: getaddrinfo refuses those of a family that the host has no address of.
        guard let address = try? SocketAddress(ipAddress: host, port: port) else {
            return bootstrap().bind(host: host, port: port).map { Listener($0) }
        }
        guard host == Self.anyIPv6 else { return bootstrap().bind(to: address).map { Listener($0) } }
        return bootstrap().bind(to: address).flatMapError { error in
            guard Self.isLackOfIPv6(error), let address = try? SocketAddress(ipAddress: Self.anyIPv4, port: port) else {
                return loop.makeFailedFuture(error)
            }
            logger?.warning(
                "No IPv6 on this host: listening on IPv4 alone",
                metadata: ["listen.address": "\(address)", "reason": "\(error)"]
            )
            return bootstrap().bind(to: address)
        }.map { Listener($0) }
    }

    private static func bootstrap(
        on loop: any EventLoop,
        _ limits: ConnectionLimits,
        _ backlog: Int32,
        _ refused: @escaping @Sendable (SocketAddress?, ConnectionLimits.Refusal) -> Void,
        _ farewell: @escaping @Sendable (ConnectionLimits.Refusal) -> ByteBuffer?,
        _ accept: @escaping @Sendable (any Channel) throws -> Void
    ) -> ServerBootstrap {
        let farewells = Farewells(farewell)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(limits, refused, farewells))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            // A channel keeps the buffers it has read into: one, that begins small, is enough for a peer that is quiet.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: Self.recvAllocator)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let words = farewells.take(for: channel) else { return try accept(channel) }
                    try channel.pipeline.syncOperations.addHandler(FarewellHandler(words))
                }
            }
    }

    /// Doubled after each read that filled it.
    private static let recvAllocator = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 65_536)

    private static let anyIPv6 = "::"
    private static let anyIPv4 = "0.0.0.0"

    private static func isLackOfIPv6(_ error: any Error) -> Bool {
        let code = (error as? IOError)?.errnoCode
        return code == EAFNOSUPPORT || code == EADDRNOTAVAIL
    }

    /// Where it listens.
    public var localAddress: SocketAddress? { self.channel.localAddress }

    /// The port it listens on.
    public var port: Int { self.channel.localAddress?.port ?? 0 }

    /// Stops listening; connections stay.
    public func close() -> EventLoopFuture<Void> {
        self.channel.close().flatMapErrorThrowing { error in
            guard case ChannelError.alreadyClosed = error else { throw error }
        }
    }
}

/// Stands before the acceptor of a listening channel: sends connections over the limit away, and pauses when the process
/// has no file descriptors left.
private final class AcceptGate: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    /// How long to pause: the connection stays readable, and the loop would spin on it.
    private static let pause = TimeAmount.milliseconds(500)
    /// The errors that do not pass by themselves.
    private static let exhaustion: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let limits: ConnectionLimits
    private let refused: @Sendable (SocketAddress?, ConnectionLimits.Refusal) -> Void
    private let farewells: Farewells

    init(
        _ limits: ConnectionLimits,
        _ refused: @escaping @Sendable (SocketAddress?, ConnectionLimits.Refusal) -> Void,
        _ farewells: Farewells
    ) {
        self.limits = limits
        self.refused = refused
        self.farewells = farewells
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = self.unwrapInboundIn(data)
        let address = connection.remoteAddress
        do {
            try self.limits.admit(address)
        } catch {
            self.refused(address, error)
            guard self.farewells.prepare(for: connection, error) else { return connection.close(promise: nil) }
            return context.fireChannelRead(data)
        }
        connection.closeFuture.whenComplete { [limits] _ in limits.release(address) }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        guard let code = (error as? IOError)?.errnoCode, Self.exhaustion.contains(code) else { return }
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenSuccess {
            channel.eventLoop.scheduleTask(in: Self.pause) {
                channel.setOption(.autoRead, value: true).whenComplete { _ in }
            }
        }
    }
}
