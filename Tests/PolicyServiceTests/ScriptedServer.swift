import NIOCore
import NIOPosix
import NetworkKit
import TLS

/// A server that answers what a script says: a peer for the tests of partners and routes.
final class ScriptedServer: Sendable {
    /// What is answered to what has come since the last answer; nothing while it is not complete.
    typealias Script = @Sendable (_ received: String, _ isSecure: Bool) -> Reply?

    struct Reply: Sendable {
        var text: String
        var startsTLS = false
        var closes = false
    }

    let port: Int
    private let channel: any Channel

    init(_ context: TLSContext? = nil, beginsWithTLS: Bool = false, _ script: @escaping Script) async throws {
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if beginsWithTLS, let context {
                        let handler = TLSHandler(context: context, role: .server(requestClientCertificate: false))
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    let peer = ScriptedPeer(context, isSecure: beginsWithTLS, script)
                    try channel.pipeline.syncOperations.addHandler(peer)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    deinit { self.channel.close(promise: nil) }
}

private final class ScriptedPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let context: TLSContext?
    private let script: ScriptedServer.Script
    private var isSecure: Bool
    private var received = ""

    init(_ context: TLSContext?, isSecure: Bool, _ script: @escaping ScriptedServer.Script) {
        (self.context, self.isSecure, self.script) = (context, isSecure, script)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received += String(buffer: self.unwrapInboundIn(data))
        guard let reply = self.script(self.received, self.isSecure) else { return }
        self.received = ""
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: reply.text)), promise: nil)
        if reply.startsTLS, let tls = self.context {
            self.isSecure = true
            let handler = TLSHandler(context: tls, role: .server(requestClientCertificate: false))
            try? context.channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }
        if reply.closes { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error _: any Error) { context.close(promise: nil) }
}
