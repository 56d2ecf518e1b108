import NIOCore
import NIOPosix
import NetworkKit
import Synchronization
import TLS

/// A way to a TLS server for a program that knows no TLS, such as Debian's SIPp: what comes in here goes there over TLS, and back.
public final class TLSTunnel: Sendable {
    /// How many connections were made through it.
    private final class Count: Sendable {
        let value = Atomic(0)
    }

    private let listener: any Channel
    private let count: Count

    /// Opens it at `address` and a free port, from which it also connects.
    ///
    /// - Parameters:
    ///   - address: Where it listens.
    ///   - server: Where it leads.
    ///   - name: What the server's certificate must prove.
    ///   - identity: What the server is shown.
    ///   - rootPEM: Who may have signed the server's certificate.
    /// - Throws: What is wrong with the certificates, or the address.
    public init(
        at address: String,
        to server: (host: String, port: Int),
        name: String,
        showing identity: TestIdentity,
        trusting rootPEM: [UInt8]
    ) async throws {
        let shown = try TLSIdentity(
            names: ["tunnel"],
            certificateChainPEM: identity.chainPEM,
            privateKeyPEM: identity.keyPEM
        )
        let context = try TLSContext(.init(identities: [shown], trustRootsPEM: rootPEM))
        let count = Count()
        self.count = count
        self.listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                count.value.add(1, ordering: .relaxed)
                // It is not read before the other end is there.
                return near.eventLoop.makeCompletedFuture { try SocketAddress(ipAddress: address, port: 0) }
                    .flatMap { local in
                        ClientBootstrap(group: near.eventLoop).bind(to: local).channelInitializer { far in
                            far.eventLoop.makeCompletedFuture {
                                let role = TLSRole.client(serverName: name, identity: "tunnel")
                                try far.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
                                try far.pipeline.syncOperations.addHandler(Forwarder(to: near))
                            }
                        }
                        .connect(host: server.host, port: server.port)
                    }
                    .flatMapThrowing { far in try near.pipeline.syncOperations.addHandler(Forwarder(to: far)) }
            }
            .bind(host: address, port: 0).get()
    }

    public var connections: Int { self.count.value.load(ordering: .relaxed) }
    public var port: Int { self.listener.localAddress?.port ?? 0 }

    public func close() async { try? await self.listener.close() }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }
    }
}
