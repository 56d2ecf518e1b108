import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A peer that says what it is told to say, byte by byte: what no well-behaved server would.
final class RawPeer: Sendable {
    private let channel: any Channel
    private let state: Shared

    final class Shared: Sendable {
        let value = Mutex<(text: String, isClosed: Bool)>(("", false))
    }

    /// Connects to `port`, from the address `source` of loopback if it is given.
    init(port: Int, from source: String? = nil) async throws {
        let state = Shared()
        self.state = state
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        self.channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(state))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await self.channel.writeAndFlush(ByteBuffer(string: text)) }

    var received: String { self.state.value.withLock { $0.text } }
    var isClosed: Bool { self.state.value.withLock { $0.isClosed } }

    /// Waits until `text` has come.
    func expect(_ text: String) async throws {
        try await eventually("\(text) in: \(self.received)") { self.received.contains(text) }
    }

    /// Waits until the other side has closed.
    func expectEnd() async throws {
        try await eventually("the end after: \(self.received)") { self.isClosed }
    }

    func close() { self.channel.close(promise: nil) }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let state: Shared
        init(_ state: Shared) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: self.unwrapInboundIn(data))
            self.state.value.withLock { $0.text += text }
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.state.value.withLock { $0.isClosed = true }
        }
    }
}
