import NIOCore
import NIOPosix
import Synchronization

/// A server that takes connections and says nothing, or what a test has it say: where dialback hopes for an answer.
final class SilentServer: Sendable {
    /// What it answers to what it has received so far on a connection; `nil`: nothing yet.
    typealias Answer = @Sendable (_ received: String) -> String?

    struct Counts: Equatable, Sendable {
        var open = 0
        var most = 0
        var all = 0
    }

    let port: Int
    private let channel: any Channel
    private let shared: Shared

    final class Shared: Sendable {
        let counts = Mutex(Counts())
        let texts = Mutex<[String]>([])
    }

    init(answer: @escaping Answer = { _ in nil }) async throws {
        let shared = Shared()
        self.shared = shared
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(shared, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    var counts: Counts { self.shared.counts.withLock { $0 } }
    /// All that came, on whichever connection.
    var received: String { self.shared.texts.withLock { $0.joined() } }

    func stop() async throws { try await self.channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let shared: Shared
        private let answer: Answer
        private var text = ""

        init(_ shared: Shared, _ answer: @escaping Answer) { (self.shared, self.answer) = (shared, answer) }

        func channelActive(context: ChannelHandlerContext) {
            self.shared.counts.withLock {
                $0.open += 1
                $0.all += 1
                $0.most = max($0.most, $0.open)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            self.shared.texts.withLock { $0.append(text) }
            self.text += text
            guard let answer = self.answer(self.text) else { return }
            self.text = ""
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { self.shared.counts.withLock { $0.open -= 1 } }
    }
}
