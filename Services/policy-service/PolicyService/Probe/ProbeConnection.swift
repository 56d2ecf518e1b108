import NIOCore
import NetworkKit
import TLS

/// A connection that a test speaks over, one event after the other.
struct ProbeConnection: Sendable {
    enum Event: Sendable {
        case bytes([UInt8])
        case secured(TLSHandshakeCompleted)
        /// Nothing comes any more; why, in words.
        case ended(String)
    }

    /// Features and a status line are far smaller; whoever sends more is not asked further.
    static let maximumBytes = 64 << 10
    /// From the connection to the last answer.
    static let patience = TimeAmount.seconds(10)

    let channel: any Channel
    let events: AsyncStream<Event>

    /// Connects to the first address that answers.
    static func open(
        to addresses: [SocketAddress],
        on loop: any EventLoop,
        timeout: TimeAmount = .seconds(5)
    ) async throws -> ProbeConnection {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let channel = try await Connector.connect(to: addresses, on: loop, timeout: timeout) { channel in
            try channel.pipeline.syncOperations.addHandler(ProbeHandler(continuation))
        }.get()
        loop.scheduleTask(in: Self.patience) {
            continuation.yield(.ended("it did not answer within \(Self.patience.nanoseconds / 1_000_000_000) s"))
            continuation.finish()
            channel.close(promise: nil)
        }
        return ProbeConnection(channel: channel, events: events)
    }

    /// A UDP socket for `address`; that nobody listens there is told only after something was sent.
    static func open(datagramsTo address: SocketAddress, on loop: any EventLoop) async throws -> ProbeConnection {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        let channel = try await DatagramSocket.connect(to: address, on: loop) { channel in
            try channel.pipeline.syncOperations.addHandler(ProbeHandler(continuation))
        }.get()
        loop.scheduleTask(in: Self.patience) {
            continuation.yield(.ended("it did not answer within \(Self.patience.nanoseconds / 1_000_000_000) s"))
            continuation.finish()
            channel.close(promise: nil)
        }
        return ProbeConnection(channel: channel, events: events)
    }

    /// Sends over UDP until the socket is closed, after 0.5, 1, 2 … s ([RFC 3261 §17.1.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.2.2)).
    func send(repeatedly bytes: [UInt8], after interval: TimeAmount = .milliseconds(500)) {
        let channel = self.channel
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        channel.eventLoop.scheduleTask(in: interval) {
            guard channel.isActive else { return }
            self.send(repeatedly: bytes, after: min(interval * 2, .seconds(4)))
        }
    }

    func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Begins TLS; its end comes as an event.
    func secure(_ context: TLSContext, serverName: String, alpn: [String]) async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            let handler = TLSHandler(context: context, role: .client(serverName: serverName, alpn: alpn))
            try channel.pipeline.syncOperations.startTLS(handler, leftover: 0)
        }.get()
    }

    func close() { self.channel.close(promise: nil) }
}

/// Hands what comes to the test.
private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<ProbeConnection.Event>.Continuation
    private var count = 0

    init(_ continuation: AsyncStream<ProbeConnection.Event>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        self.count += buffer.readableBytes
        guard self.count <= ProbeConnection.maximumBytes else { return self.end(context, "it sends too much") }
        self.continuation.yield(.bytes(Array(buffer.readableBytesView)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let completed = event as? TLSHandshakeCompleted { self.continuation.yield(.secured(completed)) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.end(context, "\(error)") }

    func channelInactive(context: ChannelHandlerContext) { self.end(context, "it closed the connection") }

    private func end(_ context: ChannelHandlerContext, _ reason: String) {
        self.continuation.yield(.ended(reason))
        self.continuation.finish()
        context.close(promise: nil)
    }
}
