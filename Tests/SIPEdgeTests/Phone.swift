import NIOCore
import NIOPosix
import NetworkKit
import Policy
import SIPCore
import Synchronization
import TLS

/// A SIP server of a test: listens, connects, keeps what comes in, answers as it is told.
final class Phone: Sendable {
    typealias Answer = @Sendable (Request) -> Response?

    private struct State {
        var requests: [Request] = []
        var responses: [Response] = []
        var closed = 0
        var peerNames: [[String]] = []
        var listener: (any Channel)?
        var client: (any Channel)?
        var accepted: [any Channel] = []
        var latest: (any Channel)?
        var answer: Answer = { $0.response(Status(200), tag: "phone") }
    }

    private let state = Mutex(State())
    let address: String

    init(_ address: String = "127.0.0.1") { self.address = address }

    /// Requests other than the edge's questions for a sign of life.
    var requests: [Request] { self.state.withLock { $0.requests.filter { $0.method != .options } } }
    var responses: [Response] { self.state.withLock { $0.responses } }
    /// The names in the certificates it was shown.
    var peerNames: [[String]] { self.state.withLock { $0.peerNames } }
    var closedConnections: Int { self.state.withLock { $0.closed } }
    /// The edge's questions for a sign of life.
    var probes: Int { self.state.withLock { $0.requests.filter { $0.method == .options }.count } }
    var port: Int { self.state.withLock { $0.listener?.localAddress?.port ?? 0 } }

    func answer(_ answer: @escaping Answer) { self.state.withLock { $0.answer = answer } }

    @discardableResult
    func listen(_ context: TLSContext? = nil) async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let role = TLSRole.server(requestClientCertificate: true)
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
                    }
                    try channel.pipeline.syncOperations.addHandler(Reader(self))
                    self.state.withLock { $0.accepted.append(channel) }
                }
            }
            .bind(host: self.address, port: 0).get()
        self.state.withLock { $0.listener = channel }
        return self.port
    }

    /// A static route of `sip.test` to this server, which listens from now on.
    func route(
        _ id: String = "r",
        priority: Int = 1,
        dialect: StaticRoute.Dialect = .auto
    ) async throws -> StaticRoute {
        StaticRoute(
            id: id,
            domain: "sip.test",
            nextHop: self.address,
            port: try await self.listen(),
            transport: .tcp,
            priority: priority,
            dialect: dialect
        )
    }

    func connect(to port: Int, _ context: TLSContext? = nil, showing identity: String? = nil) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: try SocketAddress(ipAddress: self.address, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let role = TLSRole.client(serverName: "sip.sip.test", identity: identity)
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
                    }
                    try channel.pipeline.syncOperations.addHandler(Reader(self))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        self.state.withLock { $0.client = channel }
    }

    func send(_ request: Request) async throws { try await self.send(MessageWriter.bytes(of: request)) }

    func send(_ bytes: [UInt8]) async throws {
        try await self.state.withLock { $0.client }?.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends a response over the connection by which the latest request came.
    func reply(_ response: Response) async throws {
        try await self.state.withLock { $0.latest }?.writeAndFlush(ByteBuffer(bytes: MessageWriter.bytes(of: response)))
    }

    /// Sends a request over the connection by which the latest request came.
    func sendBack(_ request: Request) async throws {
        try await self.state.withLock { $0.latest }?.writeAndFlush(ByteBuffer(bytes: MessageWriter.bytes(of: request)))
    }

    func hangUp() async throws {
        let channel = self.state.withLock { $0.client }
        try? await channel?.close()
    }

    /// Closes the connections that were made to it.
    func dropConnections() async throws {
        for channel in self.state.withLock({ $0.accepted }) { try? await channel.close() }
    }

    func stopListening() async throws {
        let channel = self.state.withLock { $0.listener }
        try? await channel?.close()
    }

    fileprivate func received(_ message: Message, _ channel: any Channel) {
        switch message {
        case .response(let response): self.state.withLock { $0.responses.append(response) }
        case .request(let request):
            let answer = self.state.withLock { state in
                state.requests.append(request)
                state.latest = channel
                return state.answer
            }
            // An ACK is never answered.
            guard request.method != .ack, let response = answer(request) else { return }
            channel.writeAndFlush(ByteBuffer(bytes: MessageWriter.bytes(of: response)), promise: nil)
        }
    }

    fileprivate func secured(_ handshake: TLSHandshakeCompleted) {
        self.state.withLock { $0.peerNames.append(handshake.peer?.dnsNames ?? []) }
    }

    fileprivate func connectionClosed() { self.state.withLock { $0.closed += 1 } }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let phone: Phone
        private var framer = StreamFramer()

        init(_ phone: Phone) { self.phone = phone }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var items: [StreamFramer.Item] = []
            self.framer.feed(self.unwrapInboundIn(data).readableBytesView, into: &items)
            for case .message(let message) in items { self.phone.received(message, context.channel) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let handshake = event as? TLSHandshakeCompleted { self.phone.secured(handshake) }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { self.phone.connectionClosed() }
    }
}
