import Hummingbird
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle

/// Shows the proofs of http-01 where the CA looks for them: `http://<name>/.well-known/acme-challenge/<token>`.
///
/// The CA comes to port 80; it, or a reverse proxy there for this path alone, leads here.
struct ChallengeListener: Service {
    let settings: ACMESettings
    let board: ChallengeBoard
    let logger: Logger

    func run() async throws {
        var quiet = self.logger
        quiet.logLevel = max(quiet.logLevel, .notice)
        let router = Router()
        router.get(".well-known/acme-challenge/:token") { [board] _, context in
            guard let page = try board.page(at: context.parameters.require("token")) else {
                return Response(status: .notFound)
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: page))
            )
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(self.settings.listenHost, port: self.settings.listenPort),
                serverName: nil
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.settings.listenPort
                self.logger.notice(
                    "ACME challenges are answered",
                    metadata: ["listen.address": "\(Endpoint(host: self.settings.listenHost, port: port))"]
                )
            },
            logger: quiet
        )
        try await application.run()
    }
}
