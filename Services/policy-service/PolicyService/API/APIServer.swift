import Hummingbird
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle

/// The JSON API of administrators, under `/v1`, and the console, under `/console`.
struct APIServer: Service {
    /// A connection that says nothing is closed.
    private static let idleTimeout = TimeAmount.seconds(60)

    /// The time that requests have once the server was cancelled; the process gives its parts 3 s then.
    private static let cancelledDrain = Duration.seconds(2)

    let listen: Endpoint
    let routes: APIRoutes
    let logger: Logger
    let health: Health
    let connections: APIConnections
    /// Told the port once it is bound: with port 0 the system chooses.
    var onListening: @Sendable (Int) -> Void = { _ in }

    func run() async throws {
        if !["127.0.0.1", "::1", "localhost"].contains(self.listen.host) {
            self.logger.warning(
                "API open beyond this host without TLS: put a reverse proxy in front of it",
                metadata: ["listen.address": "\(self.listen)"]
            )
        }
        var quiet = self.logger
        quiet.logLevel = max(quiet.logLevel, .notice)
        let application = Application(
            responder: try self.responder(),
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(
                address: .hostname(self.listen.host, port: self.listen.port),
                serverName: nil,
                availableConnectionsDelegate: self.connections
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.listen.port
                self.logger.notice(
                    "API listening",
                    metadata: ["listen.address": "\(Endpoint(host: self.listen.host, port: port))"]
                )
                self.health.set("api", ready: true, detail: "listening")
                self.onListening(port)
            },
            logger: quiet
        )
        try await Self.drained(application, logger: quiet)
    }

    /// Runs the server, and closes its listener before anything else ends it, also when it is cancelled.
    ///
    /// COMPAT(hummingbird 2): cancelled while connections wait to be taken from the listener, it would drop them unclosed, for
    /// which NIO ends the process. So a cancellation is a graceful stop with little time: no new connection, an answer to what
    /// was asked, and then the end.
    private static func drained(_ application: any Service, logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [ServiceGroupConfiguration.ServiceConfiguration(service: application)],
                logger: logger
            )
        )
        // Not a child of this task: it must not be cancelled together with it.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await serving.value
            } onGracefulShutdown: {
                Task { await group.triggerGracefulShutdown() }
            }
        } onCancel: {
            Task {
                await group.triggerGracefulShutdown()
                try? await Task.sleep(for: Self.cancelledDrain)
                serving.cancel()
            }
        }
    }

    /// The API, and beside it the console, which asks the API.
    private func responder() throws -> MethodResponder {
        let api = self.routes.router().buildResponder()
        let console = try ConsoleRoutes(
            api: api,
            tokens: self.routes.tokens,
            attempts: self.routes.attempts.signIns,
            now: self.routes.now,
            logger: self.logger
        )
        return MethodResponder(next: FrontResponder(console: console.router().buildResponder(), api: api))
    }
}
