import NIOCore
import NIOPosix
import SIPCore
import Synchronization

/// A SIP server of a test that speaks UDP, over a network that may lose what it is told to lose.
final class DatagramPhone: Sendable {
    private struct State {
        var channel: (any Channel)?
        var requests: [Request] = []
        var responses: [Response] = []
        var datagrams = 0
        var source: SocketAddress?
        var answer: Phone.Answer = { $0.response(Status(200), tag: "phone") }
        var loses: @Sendable (Request) -> Bool = { _ in false }
    }

    private let state = Mutex(State())
    let address: String

    init(_ address: String = "127.0.0.1") { self.address = address }

    /// Requests other than the edge's questions for a sign of life, those that came again among them.
    var requests: [Request] { self.state.withLock { $0.requests.filter { $0.method != .options } } }
    var probes: Int { self.state.withLock { $0.requests.filter { $0.method == .options }.count } }
    var responses: [Response] { self.state.withLock { $0.responses } }
    /// Whatever came, SIP or not.
    var datagrams: Int { self.state.withLock { $0.datagrams } }
    var port: Int { self.state.withLock { $0.channel?.localAddress?.port ?? 0 } }

    func answer(_ answer: @escaping Phone.Answer) { self.state.withLock { $0.answer = answer } }
    /// Which requests do not arrive.
    func lose(_ loses: @escaping @Sendable (Request) -> Bool) { self.state.withLock { $0.loses = loses } }

    @discardableResult
    func listen(port: Int = 0) async throws -> Int {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(self))
                }
            }
            .bind(host: self.address, port: port).get()
        self.state.withLock { $0.channel = channel }
        return self.port
    }

    func close() async throws {
        let channel = self.state.withLock { $0.channel }
        try await channel?.close()
    }

    func send(_ request: Request, to port: Int) async throws {
        try await self.send(MessageWriter.bytes(of: request), to: port)
    }

    func send(_ bytes: [UInt8], to port: Int) async throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let channel = self.state.withLock { $0.channel }
        try await channel?.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: bytes)))
    }

    /// Sends to where the latest request came from.
    func sendBack(_ response: Response) async throws {
        guard let source = self.state.withLock({ $0.source }), let port = source.port else { return }
        try await self.send(MessageWriter.bytes(of: response), to: port)
    }

    fileprivate func received(_ bytes: ByteBuffer, _ source: SocketAddress, _ channel: any Channel) {
        self.state.withLock { $0.datagrams += 1 }
        guard let message = try? StreamFramer.parse(datagram: Array(bytes.readableBytesView)) else { return }
        switch message {
        case .response(let response): self.state.withLock { $0.responses.append(response) }
        case .request(let request):
            let (answer, loses) = self.state.withLock { state in
                state.requests.append(request)
                state.source = source
                return (state.answer, state.loses)
            }
            guard !loses(request), request.method != .ack, let response = answer(request) else { return }
            let bytes = ByteBuffer(bytes: MessageWriter.bytes(of: response))
            channel.writeAndFlush(AddressedEnvelope(remoteAddress: source, data: bytes), promise: nil)
        }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let phone: DatagramPhone

        init(_ phone: DatagramPhone) { self.phone = phone }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = self.unwrapInboundIn(data)
            self.phone.received(envelope.data, envelope.remoteAddress, context.channel)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}
