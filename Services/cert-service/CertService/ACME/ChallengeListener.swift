import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Shows the proofs of http-01 where the CA looks for them: `http://<name>/.well-known/acme-challenge/<token>`
/// ([RFC 8555 §8.3](https://www.rfc-editor.org/rfc/rfc8555#section-8.3)).
///
/// The CA comes to port 80; it, or a reverse proxy there for this path alone, leads here. Everybody may come: a connection is for one request
/// and lives for ten seconds at most, and there are 64 of them.
struct ChallengeListener: Service {
    /// How long a connection may stay.
    static let lifetime = TimeAmount.seconds(10)
    /// Connections at a time; those above are closed.
    static let maximumConnections = 64

    let settings: ACMESettings
    let board: ChallengeBoard
    let logger: Logger

    func run() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let connections = Connections()
        let server = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [board] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.begin(channel) else { return }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(ChallengeHandler(board: board))
                }
            }
            .bind(host: self.settings.listenHost, port: self.settings.listenPort).get()
        let port = server.localAddress?.port ?? self.settings.listenPort
        self.logger.notice(
            "ACME challenges are answered",
            metadata: ["listen.address": "\(Endpoint(host: self.settings.listenHost, port: port))"]
        )
        try? await cancelWhenGracefulShutdown {
            try await withTaskCancellationHandler {
                try await server.closeFuture.get()
            } onCancel: {
                server.close(promise: nil)
            }
        }
    }

    /// The connections of a listener.
    private final class Connections: Sendable {
        private let count = Mutex(0)

        /// Counts a connection until it ends, and sees to it that it does; one too many is closed.
        func begin(_ channel: any Channel) -> Bool {
            let hasRoom = self.count.withLock { count in
                guard count < ChallengeListener.maximumConnections else { return false }
                count += 1
                return true
            }
            guard hasRoom else {
                channel.close(promise: nil)
                return false
            }
            let deadline = channel.eventLoop.scheduleTask(in: ChallengeListener.lifetime) {
                channel.close(promise: nil)
            }
            channel.closeFuture.whenComplete { _ in
                deadline.cancel()
                self.count.withLock { $0 -= 1 }
            }
            return true
        }
    }
}
