public import NIOCore
public import TLS

/// TLS in a channel: encrypted bytes towards the socket, plain ones towards the other handlers.
///
/// ```
///            added while active, or channelActive
///   idle ────────────────────────────────────────▶ handshaking ──complete──▶ open ──close_notify, close──▶ closed
///                                                       └────────── error ──────┴──────── error ─────────────▲
/// ```
///
/// It verifies nothing by itself: when the handshake is complete it fires `TLSHandshakeCompleted` with the peer's
/// certificate and the verdict on its chain, before the first decrypted byte. An error closes the channel after it was fired
/// as `errorCaught`. One read gives at most one buffer of plain bytes, one flush at most one write. Time-outs are the
/// owner's business, as is the size of what is written before the handshake is complete.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private enum State { case idle, handshaking, open, closed }

    private let tlsContext: TLSContext
    private let role: TLSRole
    private var state = State.idle
    private var session: TLSSession?
    /// Bytes of the peer that OpenSSL has not taken yet.
    private var received = ByteBuffer()
    /// Bytes for the peer that OpenSSL has just made.
    private var produced = ByteBuffer()
    private var pending = PendingWrites()
    /// The peer has said that it will send nothing more.
    private var isInputClosed = false
    /// Somebody asked for bytes, and has not got any plain ones since.
    private var wantsRead = false

    public init(context: TLSContext, role: TLSRole) {
        self.tlsContext = context
        self.role = role
    }

    /// The channel binding `tls-exporter` ([RFC 9266](https://www.rfc-editor.org/rfc/rfc9266)), once the handshake is complete.
    public var channelBinding: [UInt8]? { self.state == .open ? self.session?.channelBinding : nil }

    // MARK: - Life

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin(context) }
    }

    public func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.finish(failing: TLSError.closed)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        let interrupted = self.state == .handshaking
        self.finish(failing: interrupted ? TLSError.closedDuringHandshake : ChannelError.ioOnClosedChannel)
        if interrupted { context.fireErrorCaught(TLSError.closedDuringHandshake) }
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        // The peer's FIN; its close_notify, if it sent one, was told already.
        if self.state == .handshaking { return self.fail(context, TLSError.closedDuringHandshake) }
        self.reportInputClosed(context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.state == .idle else { return }
        self.state = .handshaking
        do {
            self.session = try TLSSession(self.tlsContext, role: self.role, transport: self)
        } catch {
            // Later, because the handlers that are to hear of it may not have been added yet.
            return context.eventLoop.assumeIsolated().execute {
                if self.state == .handshaking { self.fail(context, error) }
            }
        }
        self.advance(context)
        if self.state == .handshaking { context.read() }
    }

    private func finish(failing error: any Error) {
        self.state = .closed
        self.session = nil
        self.received = ByteBuffer()
        self.produced = ByteBuffer()
        self.pending.fail(error)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        self.sendProduced(context, promise: nil)  // the alert
        self.finish(failing: error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    // MARK: - Reading

    public func read(context: ChannelHandlerContext) {
        self.wantsRead = true
        context.read()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.state {
        case .idle, .closed: return  // after an error; nothing is passed on that was not protected
        case .handshaking, .open: break
        }
        guard !self.isInputClosed else { return }
        var buffer = self.unwrapInboundIn(data)
        if self.received.readableBytes == 0 { self.received = buffer } else { self.received.writeBuffer(&buffer) }
        if self.state == .handshaking { self.advance(context) } else { self.decrypt(context) }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Without auto-read nobody else asks for what the handshake or the rest of a record needs.
        if self.state == .handshaking || self.wantsRead && self.state == .open { context.read() }
    }

    private func advance(_ context: ChannelHandlerContext) {
        guard let session = self.session else { return }
        do {
            let isComplete = try session.handshake()
            self.sendProduced(context, promise: nil)
            guard isComplete else { return }
        } catch {
            return self.fail(context, error)
        }
        self.state = .open
        context.fireUserInboundEventTriggered(session.summary)
        // Whoever got the event may have closed the channel.
        guard self.state == .open else { return }
        if self.pending.wantsFlush { self.flush(context: context) }
        guard self.state == .open else { return }
        self.decrypt(context)
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        guard let session = self.session else { return }
        var plain = context.channel.allocator.buffer(capacity: self.received.readableBytes + Self.minimumRoom)
        let end = self.readAll(session, into: &plain)
        if self.received.readableBytes == 0 { self.received = ByteBuffer() }  // gives the channel its buffer back
        self.sendProduced(context, promise: nil)
        if plain.readableBytes > 0 {
            self.wantsRead = false
            context.fireChannelRead(self.wrapInboundOut(plain))
        }
        guard self.state == .open else { return }
        switch end {
        case .success(.closed): self.reportInputClosed(context)
        case .success(.needsMore), .success(.bytes): break
        case .failure(let error): self.fail(context, error)
        }
    }

    /// Appends all plain bytes there are to `plain`.
    private func readAll(
        _ session: TLSSession,
        into plain: inout ByteBuffer
    ) -> Result<TLSSession.ReadOutcome, TLSError> {
        while true {
            var outcome: Result<TLSSession.ReadOutcome, TLSError> = .success(.needsMore)
            let room = min(max(self.received.readableBytes, session.pendingBytes, Self.minimumRoom), Self.maximumRecord)
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                outcome = Result { () throws(TLSError) in try session.read(into: bytes) }
                if case .success(.bytes(let count)) = outcome { return count }
                return 0
            }
            guard case .success(.bytes) = outcome else { return outcome }
        }
    }

    /// The most plain bytes a record has ([RFC 8446 §5.1](https://www.rfc-editor.org/rfc/rfc8446#section-5.1)).
    private static let maximumRecord = 16_384
    /// What a record adds at most to what it holds, with the ciphers of `TLSContext`.
    private static let recordOverhead = 128
    private static let minimumRoom = 256

    /// The peer will send nothing more, by close_notify or, as many do, by FIN alone: both protocols here have an end
    /// of their own, so that a cut is noticed.
    ///
    /// An event where the channel allows half-closure, else the end of the channel.
    private func reportInputClosed(_ context: ChannelHandlerContext) {
        guard !self.isInputClosed else { return }
        self.isInputClosed = true
        let allowed = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
        if allowed == true {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            self.close(context: context, mode: .all, promise: nil)
        }
    }

    // MARK: - Writing

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.state != .closed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        self.pending.append(self.unwrapOutboundIn(data), promise)
    }

    public func flush(context: ChannelHandlerContext) {
        guard self.state == .open, let session = self.session else {
            self.pending.wantsFlush = true
            return
        }
        let (bytes, promise) = self.pending.take(on: context.eventLoop)
        guard bytes.readableBytes > 0 else {
            promise?.succeed()
            return
        }
        let records = bytes.readableBytes / Self.maximumRecord + 1
        self.produced = context.channel.allocator.buffer(capacity: bytes.readableBytes + records * Self.recordOverhead)
        do throws(TLSError) {
            var result: Result<Void, TLSError> = .success(())
            bytes.withUnsafeReadableBytes { bytes in
                result = Result { () throws(TLSError) in try session.write(bytes) }
            }
            try result.get()
        } catch {
            promise?.fail(error)
            return self.fail(context, error)
        }
        self.sendProduced(context, promise: promise)
    }

    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            break
        case .output, .all:
            self.pending.fail(ChannelError.ioOnClosedChannel)
            self.session?.close()
            self.sendProduced(context, promise: nil)
            if mode == .all { self.finish(failing: ChannelError.ioOnClosedChannel) }
        }
        context.close(mode: mode, promise: promise)
    }

    private func sendProduced(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard self.produced.readableBytes > 0 else {
            promise?.succeed()
            return
        }
        let bytes = self.produced
        self.produced = ByteBuffer()
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: promise)
    }
}

// MARK: - What OpenSSL calls

extension TLSHandler: TLSTransport {
    public func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.received.readableBytes)
        guard count > 0 else { return 0 }
        self.received.readWithUnsafeReadableBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        return count
    }

    public func writeEncrypted(_ bytes: UnsafeRawBufferPointer) {
        self.produced.writeBytes(bytes)
    }
}
