import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves `/healthz` (the process lives), `/readyz` (it can work) and `/metrics` on the operator's port.
package struct AdminServer: Service {
    /// The Prometheus text format, version 0.0.4.
    private static let metricsType = "text/plain; version=0.0.4; charset=utf-8"

    package let listen: Endpoint
    package let context: ServiceContext
    /// Told the port once it is bound: with port 0 the system chooses.
    package let onListening: @Sendable (Int) -> Void

    package init(
        listen: Endpoint,
        context: ServiceContext,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.listen = listen
        self.context = context
        self.onListening = onListening
    }

    package func run() async throws {
        var quiet = self.context.logger
        quiet.logLevel = max(quiet.logLevel, .notice)
        let application = Application(
            router: self.router(),
            configuration: ApplicationConfiguration(
                address: .hostname(self.listen.host, port: self.listen.port),
                serverName: nil
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? self.listen.port
                let address = Endpoint(host: self.listen.host, port: port)
                self.context.logger.notice("Admin port listening", metadata: ["listen.address": "\(address)"])
                self.onListening(port)
            },
            logger: quiet
        )
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in
            Self.response(.ok, type: "application/json", Array("{\"status\":\"alive\"}\n".utf8))
        }
        router.get("readyz") { [health = self.context.health] _, _ in
            let report = health.report
            return Self.response(report.ready ? .ok : .serviceUnavailable, type: "application/json", report.json)
        }
        router.get("metrics") { [metrics = self.context.metrics] _, _ in
            Self.response(.ok, type: Self.metricsType, Array(metrics.prometheusText().utf8))
        }
        return router
    }

    private static func response(_ status: HTTPResponse.Status, type: String, _ body: [UInt8]) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
