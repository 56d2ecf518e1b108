import EdgeKit
import NIOCore
import NetworkKit
import SIPCore
import ServiceKit
import TLS

/// Numbers the connections of an edge, in the order in which they came.
typealias ConnectionID = UInt64

/// The way to one SIP peer: a connection over TCP or TLS, a UDP socket of its own, or what a host sends to a UDP listener.
///
/// Finds the messages in its bytes, and writes what the server has for it, once per read or bus batch.
actor SIPConnection: ConnectionActor {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let id: ConnectionID
    /// The next hop we connected to; `nil` for a connection that a peer made.
    nonisolated let hop: NextHop?
    nonisolated let transport: SIPTransport
    /// Whether the peer is who its certificate says, and nobody without one; else it is its address.
    nonisolated let isKnownByCertificate: Bool
    /// Whether it is what a host sends over UDP that nobody knows: there for one datagram.
    nonisolated let isStranger: Bool
    /// Our own end, as numbers: for Via and Contact.
    nonisolated let localAddress: String
    nonisolated let localPort: Int
    nonisolated let remoteAddress: String
    /// In milliseconds since 1970.
    nonisolated let establishedAt = WallClock.milliseconds()

    /// Bytes that may wait for a peer that does not read: more than any answer to what it may have outstanding.
    private static let outputLimit = 4 << 20

    private let channel: any Channel
    private let server: SIPServer
    /// The host at the other end, where the channel is a listener's and has many.
    private let host: SocketAddress?
    private var framer: StreamFramer
    private let limits: MessageLimits
    private var items: [StreamFramer.Item] = []
    private var writer = MessageWriter()
    private var datagrams: [(bytes: [UInt8], address: SocketAddress?)] = []
    private var unsent = 0
    /// The port that was last heard.
    private(set) var remotePort: Int
    /// Messages, for the list of connections.
    private(set) var receivedCount: UInt64 = 0
    private(set) var sentCount: UInt64 = 0
    /// The TLS version and cipher suite; `nil` without TLS.
    private(set) var security: String?
    /// The number of the message of which a part has come; `nil` between messages.
    private(set) var messageBegun: UInt64?
    private var messageCount: UInt64 = 0

    /// Makes one on a channel that has one peer, or of a listener for UDP the part that is `datagram`'s sender's.
    init(
        _ channel: any Channel,
        id: ConnectionID,
        hop: NextHop?,
        transport: SIPTransport,
        asksForCertificate: Bool,
        first datagram: Datagram? = nil,
        isStranger: Bool = false,
        server: SIPServer
    ) {
        let remote = datagram?.source ?? channel.remoteAddress
        self.unownedExecutor = channel.eventLoop.executor.asUnownedSerialExecutor()
        self.channel = channel
        self.id = id
        self.hop = hop
        self.transport = transport
        self.isKnownByCertificate = transport == .tls && asksForCertificate
        self.isStranger = isStranger
        self.server = server
        self.limits = server.messageLimits
        self.framer = StreamFramer(limits: server.messageLimits)
        self.host = datagram?.source
        self.localAddress = datagram?.destination?.ipAddress ?? channel.localAddress?.ipAddress ?? ""
        self.localPort = channel.localAddress?.port ?? 0
        self.remoteAddress = remote?.ipAddress ?? ""
        self.remotePort = remote?.port ?? 0
    }

    nonisolated var isTLS: Bool { self.transport == .tls }
    /// Whether it is a part of a listener, with which it begins and ends.
    nonisolated var isFlow: Bool { self.transport == .udp && self.hop == nil }

    // MARK: - From the channel

    func received(_ bytes: ByteBuffer) {
        guard self.transport.isReliable else { return self.received(datagram: bytes, from: self.remotePort) }
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

    /// One datagram is one message ([RFC 3261 §18.3](https://www.rfc-editor.org/rfc/rfc3261#section-18.3)); line ends and NULs
    /// alone keep a way open, and want no answer.
    func received(datagram bytes: ByteBuffer, from port: Int) {
        self.remotePort = port
        guard bytes.readableBytesView.contains(where: { $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else { return }
        do throws(SyntaxError) {
            let message = try StreamFramer.parse(datagram: Array(bytes.readableBytesView), limits: self.limits)
            self.receivedCount += 1
            self.server.assumeIsolated { $0.received(message, on: self) }
        } catch {
            self.server.assumeIsolated { $0.received(malformed: error, on: self) }
        }
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
        guard !self.transport.isReliable else { return self.writer.write(response) }
        self.datagrams.append((MessageWriter.bytes(of: response), self.address(port: self.port(of: response))))
    }

    /// Appends a message to what goes out with the next ``flush()``.
    func append(_ request: Request) {
        self.sentCount += 1
        guard !self.transport.isReliable else { return self.writer.write(request) }
        self.datagrams.append((MessageWriter.bytes(of: request), self.address(port: self.port(of: request))))
    }

    /// Writes what was appended, in one go.
    func flush() {
        guard self.transport.isReliable else { return self.flushDatagrams() }
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

    func close() {
        guard !self.isFlow else { return self.closed() }
        self.channel.close(promise: nil)
    }

    /// Closes when what was appended is written.
    func closeAfterFlush() {
        self.flush()
        self.channel.eventLoop.execute { self.assumeIsolated { $0.close() } }
    }

    /// Answers a keep-alive ([RFC 5626 §3.5.1](https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1)).
    ///
    /// All of a read go out together; who does not read gets none, and would not miss them: they must not pile up here.
    private func pong() {
        guard self.channel.isWritable else { return }
        self.writer.writePong()
        self.server.assumeIsolated { $0.touch(self.id) }
    }
}

// MARK: - Datagrams

extension SIPConnection {
    private func flushDatagrams() {
        guard !self.datagrams.isEmpty else { return }
        for datagram in self.datagrams {
            let count = datagram.bytes.count
            // Whoever floods us so that the answers pile up loses them; who asked again gets another one.
            guard self.unsent + count <= Self.outputLimit else {
                self.server.metrics.datagramsDropped.increment()
                continue
            }
            self.unsent += count
            self.write(self.channel.allocator.buffer(bytes: datagram.bytes), to: datagram.address)
                .assumeIsolated().whenComplete { [weak self] result in
                    self?.assumeIsolated { $0.written(count, result) }
                }
        }
        self.datagrams.removeAll(keepingCapacity: true)
        self.channel.flush()
    }

    private func write(_ bytes: ByteBuffer, to address: SocketAddress?) -> EventLoopFuture<Void> {
        guard let address else { return self.channel.write(bytes) }
        return self.channel.write(AddressedEnvelope(remoteAddress: address, data: bytes))
    }

    private func written(_ count: Int, _ result: Result<Void, any Error>) {
        self.unsent -= count
        // A socket of its own hears that nobody listens there (RFC 3261 §18.4); of a listener's, one datagram is lost.
        if case .failure(let error) = result, !self.isFlow { self.failed(error) }
    }

    /// Where a datagram goes: always to the host itself, whatever it says of others; `nil` where the socket knows.
    private func address(port: Int) -> SocketAddress? {
        guard var address = self.host else { return nil }
        address.port = (1...65_535).contains(port) ? port : self.remotePort
        return address
    }

    /// [RFC 3261 §18.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-18.2.2): the port that the request came from where it asked for that
    /// ([RFC 3581 §4](https://www.rfc-editor.org/rfc/rfc3581#section-4)), else the one it names.
    private func port(of response: Response) -> Int {
        guard let via = response.headers.topVia else { return self.remotePort }
        if let port = via.parameters.first(where: { $0.name == "rport" })?.value.flatMap({ Int($0) }) { return port }
        return via.port.map { Int($0) } ?? SIPTransport.udp.defaultPort
    }

    /// Where the request names this host, the port it names; else the one that was last heard.
    private func port(of request: Request) -> Int {
        let route = request.headers[.route].flatMap { NameAddress(parsing: $0) }?.sipURI
        guard let uri = route ?? request.requestURI, uri.host == self.remoteAddress.bracketed else {
            return self.remotePort
        }
        return uri.port.map { Int($0) } ?? SIPTransport.udp.defaultPort
    }
}

extension SIPConnection {
    /// Closes from the event loop or any other place.
    nonisolated func close(on loop: any EventLoop) {
        loop.execute { self.assumeIsolated { $0.close() } }
    }
}
