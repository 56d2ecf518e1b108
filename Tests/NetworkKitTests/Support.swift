import NIOCore
import NIOPosix
import NetworkKit
import Synchronization
import TLS
import TestSupport

private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// An event loop to use in a test; the two ends of a connection are on different ones.
func anyLoop() -> any EventLoop { group.next() }

extension TLSContext {
    convenience init(_ identities: [TestIdentity] = [], trusting authority: TestAuthority? = nil) throws {
        try self.init(
            Configuration(
                identities: identities.map {
                    try TLSIdentity(certificateChainPEM: $0.chainPEM, privateKeyPEM: $0.keyPEM)
                },
                trustRootsPEM: authority?.rootPEM ?? []
            )
        )
    }
}

/// What happened on one side of a connection.
final class Record: Sendable {
    struct Contents {
        var text: [UInt8] = []
        var reads = 0
        var handshake: TLSHandshakeCompleted?
        var errors: [String] = []
        var isInputClosed = false
        var isClosed = false
        var channel: (any Channel)?
    }

    private let contents = Mutex(Contents())

    var now: Contents { self.contents.withLock { $0 } }
    var text: String { String(decoding: self.now.text, as: UTF8.self) }
    func update(_ change: (inout sending Contents) -> Void) { self.contents.withLock { change(&$0) } }
}

/// The last handler of a channel under test.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let record: Record
    private let echo: Bool

    init(_ record: Record, echo: Bool = false) {
        self.record = record
        self.echo = echo
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.record.update { $0.channel = channel }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        self.record.update {
            $0.text += buffer.readableBytesView
            $0.reads += 1
        }
        if self.echo { context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let handshake = event as? TLSHandshakeCompleted { self.record.update { $0.handshake = handshake } }
        if case .inputClosed? = event as? ChannelEvent { self.record.update { $0.isInputClosed = true } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.record.update { $0.errors.append("\(error)") }
    }

    func channelInactive(context: ChannelHandlerContext) { self.record.update { $0.isClosed = true } }
}

/// A listener whose connections are recorded, in the order in which they came.
final class TestListener: Sendable {
    let listener: Listener
    private let records: Accepted

    private final class Accepted: Sendable {
        let list = Mutex<[Record]>([])
    }

    init(
        limits: ConnectionLimits = ConnectionLimits(),
        echo: Bool = false,
        halfClosure: Bool = false,
        autoRead: Bool = true,
        tls: (@Sendable () -> (TLSContext, TLSRole))? = nil
    ) async throws {
        let accepted = Accepted()
        self.records = accepted
        self.listener = try await Listener.bind(host: "127.0.0.1", port: 0, on: anyLoop(), limits: limits) { channel in
            let record = Record()
            accepted.list.withLock { $0.append(record) }
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: halfClosure)
            try channel.syncOptions?.setOption(.autoRead, value: autoRead)
            if let (context, role) = tls?() {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
            }
            try channel.pipeline.syncOperations.addHandler(Recorder(record, echo: echo))
        }.get()
    }

    var address: SocketAddress { get throws { try SocketAddress(ipAddress: "127.0.0.1", port: self.listener.port) } }

    func connection(_ index: Int = 0) async throws -> Record {
        try await eventually("connection \(index)") {
            self.records.list.withLock { $0.indices.contains(index) ? $0[index] : nil }
        }
    }

    var count: Int { self.records.list.withLock { $0.count } }

    /// Connects to it.
    func connect(
        _ context: TLSContext? = nil,
        _ role: TLSRole = .client(serverName: nil),
        halfClosure: Bool = false
    ) async throws -> Record {
        let record = Record()
        _ = try await Connector.connect(to: [self.address], on: anyLoop()) { channel in
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: halfClosure)
            if let context {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
            }
            try channel.pipeline.syncOperations.addHandler(Recorder(record))
        }.get()
        return record
    }
}

extension Record {
    func send(_ text: String) async throws {
        try await self.now.channel?.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func close() async throws { try await self.now.channel?.close().get() }
}
