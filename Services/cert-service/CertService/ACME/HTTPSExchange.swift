import NIOCore
import NIOHTTP1
import NetworkKit
import TLS

/// One request and its answer, at the end of a channel's pipeline; nothing is sent before the server has shown who it is.
final class HTTPSExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The longest chain and the longest directory are a small part of it.
    private static let maximumBytes = 1 << 20

    private let head: HTTPRequestHead
    private let body: ByteBuffer
    private let target: HTTPSAddress
    private let promise: EventLoopPromise<HTTPSClient.Answer>
    private var answer = HTTPSClient.Answer(status: 0, headers: [:], body: [])

    init(
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        _ target: HTTPSAddress,
        _ promise: EventLoopPromise<HTTPSClient.Answer>
    ) {
        (self.head, self.body, self.target, self.promise) = (head, body, target, promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let completed = event as? TLSHandshakeCompleted {
            if let reason = self.distrust(of: completed.peer) {
                return self.fail(context, "The server \(self.target.authority) is not trusted: \(reason)")
            }
            context.write(self.wrapOutboundOut(.head(self.head)), promise: nil)
            if self.body.readableBytes > 0 {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(self.body))), promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func distrust(of peer: PeerCertificate?) -> String? {
        guard let peer else { return "it shows no certificate" }
        if case .untrusted(let reason) = peer.verification {
            return "\(reason); name its CA in ISTHMUS_CERTIFICATES_ACME_CA_FILE"
        }
        guard peer.matches(host: self.target.host) else { return "its certificate does not name it" }
        return peer.hasServerAuth ? nil : "its certificate is not for servers"
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.answer.status = Int(head.status.code)
            for header in head.headers { self.answer.headers[header.name.lowercased()] = header.value }
        case .body(let part):
            guard self.answer.body.count + part.readableBytes <= Self.maximumBytes else {
                return self.fail(context, "The answer of \(self.target.authority) is too large.")
            }
            self.answer.body += part.readableBytesView
        case .end:
            self.promise.succeed(self.answer)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(context, "The connection to \(self.target.authority) failed: \(error)")
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(context, "The server \(self.target.authority) has hung up.")
        context.fireChannelInactive()
    }

    /// What comes after the answer changes nothing: the promise is kept once.
    private func fail(_ context: ChannelHandlerContext, _ reason: String) {
        self.promise.fail(ACMEProblem.unreachable(reason))
        context.close(promise: nil)
    }
}
