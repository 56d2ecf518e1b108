import NIOCore
import NIOPosix
import SIPCore
import Synchronization

/// A SIP user agent over TCP, as a test drives it: takes requests on a port and answers them, sends requests and notes what
/// became of each.
///
/// All that arrives is kept in the order of arrival.
public final class SIPPeer: Sendable {
    /// What became of a request we sent.
    public enum Fate: Sendable, Equatable {
        case answered(Int)
        /// The connection broke before there was an answer, or there was none to send it on.
        case connectionLost
    }

    private struct State {
        var requests: [Request] = []
        var fates: [String: Fate] = [:]
        var responses: [String: Response] = [:]
        var waiting: Set<String> = []
        var client: (any Channel)?
        var servers: [any Channel] = []
        var answer: @Sendable (Request) -> Status = { _ in Status(200) }
        var counter = 0
    }

    private let state = Mutex(State())
    public let address: String

    public init(address: String) { self.address = address }

    deinit {
        let (servers, client) = self.state.withLock { ($0.servers, $0.client) }
        for server in servers { server.close(promise: nil) }
        client?.close(promise: nil)
    }

    /// Takes connections on `port`.
    public func listen(port: Int = 5060) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(self, isClient: false))
                }
            }
            .bind(host: self.address, port: port).get()
        self.state.withLock { $0.servers.append(channel) }
    }

    /// Stops listening and closes all connections.
    public func stop() async {
        let (servers, client) = self.state.withLock { ($0.servers, $0.client) }
        for server in servers { try? await server.close() }
        try? await client?.close()
        self.state.withLock { $0.servers = [] }
    }

    /// How requests are answered from now on.
    public func answer(with status: @escaping @Sendable (Request) -> Status) {
        self.state.withLock { $0.answer = status }
    }

    public var requests: [Request] { self.state.withLock { $0.requests } }
    public var fates: [String: Fate] { self.state.withLock { $0.fates } }
    /// The final responses, by the branch of what they answer.
    public var responses: [String: Response] { self.state.withLock { $0.responses } }

    /// Sends a request to the gateway; its fate is kept under its branch, which is returned.
    public func send(
        _ method: Method,
        from: String,
        to: String,
        host: String,
        port: Int = 5060,
        _ change: (inout Request) -> Void = { _ in }
    )
        async throws -> String
    {
        let number = self.state.withLock { state in
            state.counter += 1
            return state.counter
        }
        let branch = "z9hG4bKpeer\(number)"
        guard let uri = try? SIPURI(parsing: "sip:\(to)") else { throw WorldError(description: "no URI: \(to)") }
        var headers = Headers()
        headers.append(.via, "SIP/2.0/TCP \(self.address):5060;branch=\(branch)")
        headers.append(.maxForwards, "70")
        headers.append(.from, "<sip:\(from)>;tag=t\(number)")
        headers.append(.to, "<sip:\(to)>")
        headers.append(.callID, "call\(number)@\(self.address)")
        headers.append(.cSeq, "1 \(method.name)")
        var request = Request(method, uri: uri, headers: headers)
        change(&request)
        do {
            let channel = try await self.connected(to: host, port: port)
            self.state.withLock { _ = $0.waiting.insert(branch) }
            try await channel.writeAndFlush(ByteBuffer(bytes: MessageWriter.bytes(of: request)))
        } catch {
            self.state.withLock { $0.fates[branch] = .connectionLost }
        }
        return branch
    }

    /// Sends a text message.
    @discardableResult
    public func message(_ text: String, from: String, to: String, host: String) async throws -> String {
        try await self.send(.message, from: from, to: to, host: host) { request in
            request.headers.append(.contentType, "text/plain")
            request.body = Array(text.utf8)
        }
    }

    private func connected(to host: String, port: Int) async throws -> any Channel {
        if let channel = self.state.withLock({ $0.client }), channel.isActive { return channel }
        let local = try SocketAddress(ipAddress: self.address, port: 0)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(to: local)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(self, isClient: true))
                }
            }
            .connect(host: host, port: port).get()
        self.state.withLock { $0.client = channel }
        return channel
    }

    fileprivate func received(_ message: Message, on channel: any Channel) {
        switch message {
        case .response(let response):
            guard response.isFinal, let branch = response.headers.topVia?.branch else { return }
            self.state.withLock { state in
                state.waiting.remove(branch)
                state.fates[branch] = .answered(response.status.code)
                state.responses[branch] = response
            }
        case .request(let request):
            let status = self.state.withLock { state in
                if request.method != .options { state.requests.append(request) }
                return state.answer(request)
            }
            let response = request.response(status, tag: "peer")
            channel.writeAndFlush(ByteBuffer(bytes: MessageWriter.bytes(of: response)), promise: nil)
        }
    }

    fileprivate func lost() {
        self.state.withLock { state in
            for branch in state.waiting { state.fates[branch] = .connectionLost }
            state.waiting = []
        }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let peer: SIPPeer
        private let isClient: Bool
        private var framer = StreamFramer()

        init(_ peer: SIPPeer, isClient: Bool) {
            self.peer = peer
            self.isClient = isClient
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var items: [StreamFramer.Item] = []
            self.framer.feed(self.unwrapInboundIn(data).readableBytesView, into: &items)
            for case .message(let message) in items { self.peer.received(message, on: context.channel) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            if self.isClient { self.peer.lost() }
        }
    }
}
