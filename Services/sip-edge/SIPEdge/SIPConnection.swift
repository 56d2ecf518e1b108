import EdgeKit
import NIOCore
import NetworkKit
import SIPCore
import ServiceKit
import TLS

/// Numbers the connections of an edge, in the order in which they came.
typealias ConnectionID = UInt64

/// One SIP connection, over TCP or TLS: finds the messages in its bytes, and writes what the server has for it, once per
/// read or bus batch.
actor SIPConnection: ConnectionActor {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let id: ConnectionID
    /// The next hop we connected to; `nil` for a connection that a peer made.
    nonisolated let hop: NextHop?
    nonisolated let isTLS: Bool
    /// Our own end, as numbers: for Via and Contact.
    nonisolated let localAddress: String
    nonisolated let remoteAddress: String
    nonisolated let remotePort: Int
    /// In milliseconds since 1970.
    nonisolated let establishedAt = WallClock.milliseconds()

    /// Bytes that may wait for a peer that does not read: more than any answer to what it may have outstanding.
    private static let outputLimit = 4 << 20

    private let channel: any Channel
    private let server: SIPServer
    private var framer = StreamFramer()
    private var items: [StreamFramer.Item] = []
    private var writer = MessageWriter()
    private var unsent = 0
    /// Messages, for the list of connections.
    private(set) var receivedCount: UInt64 = 0
    private(set) var sentCount: UInt64 = 0
    /// The TLS version and cipher suite; `nil` without TLS.
    private(set) var security: String?
    /// The number of the message of which a part has come; `nil` between messages.
    private(set) var messageBegun: UInt64?
    private var messageCount: UInt64 = 0

    init(_ channel: any Channel, id: ConnectionID, hop: NextHop?, isTLS: Bool, server: SIPServer) {
        self.unownedExecutor = channel.eventLoop.executor.asUnownedSerialExecutor()
        self.channel = channel
        self.id = id
        self.hop = hop
        self.isTLS = isTLS
        self.server = server
        self.localAddress = channel.localAddress?.ipAddress ?? ""
        self.remoteAddress = channel.remoteAddress?.ipAddress ?? ""
        self.remotePort = channel.remoteAddress?.port ?? 0
    }

    // MARK: - From the channel

    func received(_ bytes: ByteBuffer) {
        self.items.removeAll(keepingCapacity: true)
        self.framer.feed(bytes.readableBytesView, into: &self.items)
        for item in self.items {
            switch item {
            case .ping: self.pong()
            case .message(let message):
                self.receivedCount += 1
                self.server.assumeIsolated { $0.received(message, on: self) }
            case .malformed(let error): self.server.assumeIsolated { $0.received(malformed: error, on: self) }
            }
        }
        self.notePartOfMessage(anythingEnded: !self.items.isEmpty)
    }

    /// A message that has begun must end in time: what trickles in for ever is given up.
    private func notePartOfMessage(anythingEnded: Bool) {
        guard self.framer.isInMessage else { return self.messageBegun = nil }
        guard self.messageBegun == nil || anythingEnded else { return }
        self.messageCount += 1
        self.messageBegun = self.messageCount
        let number = self.messageCount
        self.server.assumeIsolated { $0.expectProgress(of: self.id, .message(number)) }
    }

    func readCompleted() { self.server.assumeIsolated { $0.flush() } }

    func handshakeCompleted(_ handshake: TLSHandshakeCompleted) {
        self.security = "\(handshake.protocolVersion) \(handshake.cipher)"
        self.server.assumeIsolated { $0.secured(self, handshake) }
    }

    func failed(_ error: any Error) {
        self.server.assumeIsolated { $0.failed(self, error) }
    }

    func closed() { self.server.assumeIsolated { $0.closed(self) } }

    // MARK: - From the server

    /// Appends a message to what goes out with the next ``flush()``.
    func append(_ response: Response) {
        self.sentCount += 1
        self.writer.write(response)
    }

    /// Appends a message to what goes out with the next ``flush()``.
    func append(_ request: Request) {
        self.sentCount += 1
        self.writer.write(request)
    }

    /// Writes what was appended, in one go.
    func flush() {
        guard !self.writer.bytes.isEmpty else { return }
        let buffer = self.channel.allocator.buffer(bytes: self.writer.bytes)
        self.writer.removeAll()
        self.unsent += buffer.readableBytes
        guard self.unsent <= Self.outputLimit else { return self.close() }
        let count = buffer.readableBytes
        self.channel.writeAndFlush(buffer).assumeIsolated().whenComplete { [weak self] _ in
            self?.assumeIsolated { $0.unsent -= count }
        }
    }

    func close() { self.channel.close(promise: nil) }

    /// Closes when what was appended is written.
    func closeAfterFlush() {
        self.flush()
        self.channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
    }

    /// Answers a keep-alive ([RFC 5626 §3.5.1](https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1)).
    private func pong() {
        self.channel.writeAndFlush(self.channel.allocator.buffer(string: "\r\n"), promise: nil)
    }
}

extension SIPConnection {
    /// Closes from the event loop or any other place.
    nonisolated func close(on loop: any EventLoop) {
        loop.execute { self.assumeIsolated { $0.close() } }
    }
}
