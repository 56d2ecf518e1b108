import NIOCore
import NIOPosix
import Synchronization

/// Carries bytes to another port and back: an address behind which a test hides a server.
final class Relay: Sendable {
    let port: Int
    private let channel: any Channel
    private let count: Counter

    private final class Counter: Sendable {
        let value = Mutex(0)
        let open = Mutex<[ObjectIdentifier: any Channel]>([:])
    }

    init(to target: Int) async throws {
        let count = Counter()
        self.count = count
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                count.value.withLock { $0 += 1 }
                count.open.withLock { $0[ObjectIdentifier(client)] = client }
                client.closeFuture.whenComplete { _ in
                    _ = count.open.withLock { $0.removeValue(forKey: ObjectIdentifier(client)) }
                }
                return ClientBootstrap(group: client.eventLoop)
                    .channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: target)
                    .flatMap { server in
                        client.eventLoop.makeCompletedFuture {
                            try client.pipeline.syncOperations.addHandler(Pipe(to: server))
                            try server.pipeline.syncOperations.addHandler(Pipe(to: client))
                            client.setOption(.autoRead, value: true).whenComplete { _ in }
                            server.setOption(.autoRead, value: true).whenComplete { _ in }
                        }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    var connections: Int { self.count.value.withLock { $0 } }

    /// Closes every connection that it carries, whatever is under way.
    func breakConnections() {
        for client in self.count.open.withLock({ Array($0.values) }) { client.close(promise: nil) }
    }

    func stop() async throws { try await self.channel.close() }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }
    }
}
