import Glibc
import Logging
import ServiceKit
import ServiceLifecycle
import Testing

/// What the shell sees of a service: each runs in a process of its own.
@Suite struct ServiceMainTests {
    @Test func `A wrong configuration ends the process with 78 before anything is assembled`() async {
        let result = await #expect(processExitsWith: .exitCode(78), observing: [\.standardErrorContent]) {
            setenv("ISTHMUS_SAMPLE_PORT", "none", 1)
            setenv("ISTHMUS_NONSENSE", "1", 1)
            await Sample.run([])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("the configuration has 2 mistakes"))
        #expect(text.contains("ISTHMUS_SAMPLE_PORT = none"))
        #expect(text.contains("ISTHMUS_NONSENSE"))
    }

    @Test func `A valid configuration can be checked without running`() async {
        await #expect(processExitsWith: .success) { await Sample.run(["--check-configuration"]) }
    }

    @Test func `An argument that means nothing ends the process with 64`() async {
        await #expect(processExitsWith: .exitCode(64)) { await Sample.run(["--verbose"]) }
    }

    @Test func `SIGTERM drains the service, and the process ends well`() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("ISTHMUS_ADMIN_LISTEN", "127.0.0.1:0", 1)
            await Sample.run([])
        }
        let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(text.contains("Service starting"))
        #expect(text.contains("Sample drained"))
        #expect(text.contains("Service stopped"))
    }

    @Test func `A part that fails ends the process with 1`() async {
        await #expect(processExitsWith: .exitCode(1)) {
            setenv("ISTHMUS_ADMIN_LISTEN", "127.0.0.1:0", 1)
            setenv("ISTHMUS_SAMPLE_FAIL", "true", 1)
            await Sample.run([])
        }
    }
}

/// A service that tells itself to stop as soon as it runs.
private struct Sample: Service {
    struct Configuration: ServiceConfiguration {
        let fail: Bool

        init(_ settings: inout SettingsReader) {
            _ = settings.int("sample.port", default: 5_269, in: 1...65_535, hint: "the port")
            self.fail = settings.bool("sample.fail", default: false, hint: "whether it fails")
        }
    }

    struct Failure: Error {}

    let configuration: Configuration
    let context: ServiceContext

    static func run(_ arguments: [String]) async -> Never {
        await ServiceMain.run("sample", version: "1.2.3", Configuration.self, arguments: arguments) {
            [Sample(configuration: $0, context: $1)]
        }
    }

    func run() async throws {
        if self.configuration.fail { throw Failure() }
        kill(getpid(), SIGTERM)
        try await gracefulShutdown()
        self.context.logger.notice("Sample drained")
    }
}
