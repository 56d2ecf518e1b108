import NIOCore
import NetworkKit
import Synchronization
import TLS

/// One end of a connection to the edge under test, moved on by what comes.
///
/// It looks for texts instead of parsing, so that it shares no code with what it tests, and does as it is told, not as it
/// should.
class ScriptedPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let trace: Trace
    private var context: ChannelHandlerContext?
    /// What has come and was not used yet.
    private(set) var unread = ""
    private(set) var isSecured = false

    /// What a test may look at from outside.
    final class Trace: Sendable {
        struct State {
            /// Everything received, before and inside TLS.
            var inClear = ""
            var secured = ""
            var isClosed = false
        }

        private let state = Mutex(State())
        var now: State { self.state.withLock { $0 } }
        func update(_ change: (inout sending State) -> Void) { self.state.withLock { change(&$0) } }

        /// The condition of the stream error that came, if one did.
        var streamError: String? {
            let now = self.now
            let text = now.inClear + now.secured
            guard let start = text.firstRange(of: "<stream:error><") else { return nil }
            return String(text[start.upperBound...].prefix { $0 != " " && $0 != "/" && $0 != ">" })
        }
    }

    init(_ trace: Trace) { self.trace = trace }

    // MARK: What a script says

    /// The connection is there.
    func begin() {}
    /// Something came; see ``unread``.
    func advance() {}
    /// The handshake is done.
    func secured() {}

    // MARK: What a script can do

    func send(_ text: String) {
        guard let context = self.context else { return }
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    /// Takes everything up to the end of `marker`, if it has come.
    func take(through marker: String) -> String? {
        guard let range = self.unread.firstRange(of: marker) else { return nil }
        defer { self.unread.removeSubrange(..<range.upperBound) }
        return String(self.unread[..<range.upperBound])
    }

    func startTLS(_ tls: TLSContext, _ role: TLSRole) {
        self.unread = ""
        do {
            try self.context?.pipeline.syncOperations.startTLS(TLSHandler(context: tls, role: role), leftover: 0)
        } catch {
            self.close()
        }
    }

    /// Reads nothing more, and takes next to nothing into the kernel's buffers.
    func stopReading() {
        guard let channel = self.context?.channel else { return }
        channel.setOption(.socketOption(.so_rcvbuf), value: 4_096).whenComplete { _ in }
        channel.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    /// Sends `text` again and again, as fast as the other side takes it.
    func flood(_ text: String) {
        guard let context = self.context else { return }
        let loop = context.eventLoop.assumeIsolated()
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text))).assumeIsolated().whenSuccess {
            loop.execute { self.flood(text) }
        }
    }

    func close() { self.context?.close(promise: nil) }

    // MARK: What the channel says

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func channelActive(context: ChannelHandlerContext) { self.begin() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: self.unwrapInboundIn(data))
        self.unread += text
        let isSecured = self.isSecured
        self.trace.update { isSecured ? ($0.secured += text) : ($0.inClear += text) }
        self.advance()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TLSHandshakeCompleted else { return }
        self.isSecured = true
        self.secured()
    }

    /// A handshake that fails closes the channel, which is what counts.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func channelInactive(context: ChannelHandlerContext) { self.trace.update { $0.isClosed = true } }
}
