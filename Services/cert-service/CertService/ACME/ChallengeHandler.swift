import NIOCore
import NIOHTTP1

/// Answers one HTTP request with the proof it asks for, or with 404, and closes.
final class ChallengeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let prefix = "/.well-known/acme-challenge/"

    private let board: ChallengeBoard
    private var head: HTTPRequestHead?

    init(board: ChallengeBoard) { self.board = board }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: self.answer(context)
        }
    }

    /// What is no HTTP is answered by NIO with 400.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head = self.head else { return context.close(promise: nil) }
        let path = head.uri.prefix { $0 != "?" }
        let page =
            head.method == .GET && path.hasPrefix(Self.prefix)
            ? self.board.page(at: String(path.dropFirst(Self.prefix.count))) : nil
        let text = page ?? "There is no such proof here.\n"
        let response = HTTPResponseHead(
            version: .http1_1,
            status: page == nil ? .notFound : .ok,
            headers: [
                "Content-Type": page == nil ? "text/plain; charset=utf-8" : "application/octet-stream",
                "Content-Length": String(text.utf8.count), "Cache-Control": "no-store", "Connection": "close",
            ]
        )
        context.write(self.wrapOutboundOut(.head(response)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let bound = context.loopBound
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)))
            .assumeIsolated().whenComplete { _ in bound.value.close(promise: nil) }
    }
}
