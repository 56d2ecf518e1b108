import TestSupport
import Testing

/// Runs a suite with a PostgreSQL of its own, ``PostgresServer/current``.
struct PostgresTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard PostgresServer.isInstalled else { return try await function() }
        let server = try await PostgresServer()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await PostgresServer.$current.withValue(server) { try await function() })
        } catch {
            outcome = .failure(error)
        }
        try await server.stop()
        try outcome.get()
    }
}

extension Trait where Self == PostgresTrait {
    static var postgreSQL: Self { PostgresTrait() }
}
