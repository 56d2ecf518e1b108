import Logging
import ServiceKit
import ServiceLifecycle
import Testing

@Suite struct AdminServerTests {
    private let context = ServiceContext(name: "sample", instance: "a", logger: Logger(label: "sample"))

    @Test func `The service is ready when every condition is met`() async throws {
        self.context.health.set("listener", ready: false, detail: "starting")
        try await self.withServer { port in
            let endpoint = Endpoint(host: "127.0.0.1", port: port)
            let before = ReadinessProbe.ask(endpoint)
            #expect(!before.ready)
            #expect(
                before.text
                    == #"{"status":"not-ready","conditions":{"listener":{"ready":false,"detail":"starting"}}}"#
            )
            self.context.health.set("listener", ready: true)
            #expect(ReadinessProbe.ask(endpoint).ready)
        }
    }

    @Test func `Nobody there is not ready`() {
        #expect(!ReadinessProbe.ask(Endpoint(host: "127.0.0.1", port: 1)).ready)
    }

    private func withServer(_ body: @Sendable (Int) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let server = AdminServer(listen: Endpoint(host: "127.0.0.1", port: 0), context: self.context) {
            continuation.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [server], logger: self.context.logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            try await body(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
