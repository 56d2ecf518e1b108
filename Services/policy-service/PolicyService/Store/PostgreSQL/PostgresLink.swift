import Logging
import NIOCore
import NIOPosix

/// A connection with its thread: transactions go through it one after the other, and it is made anew when it was lost.
///
/// libpq's calls wait, so they are made on a thread of their own, never on an event loop or the cooperative pool.
final class PostgresLink: @unchecked Sendable {  // What is `var` is touched by the one thread of `threads` only.
    enum Transaction: String, Sendable {
        /// Sees the state of its first statement until its end.
        case reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case writing = "BEGIN ISOLATION LEVEL READ COMMITTED"
    }

    /// How often a transaction is tried that others were in the way of, or whose connection was found dead.
    private static let attempts = 3
    /// The times between attempts to connect: 100 ms, twice as long each time, up to this.
    private static let longestPause = TimeAmount.seconds(5)
    private static let shortestPause = TimeAmount.milliseconds(100)

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let threads = NIOThreadPool(numberOfThreads: 1)
    private var connection: PostgresConnection?
    private var pause = PostgresLink.shortestPause
    private var notBefore = NIODeadline.uptimeNanoseconds(0)
    private var lastFailure = ""

    init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        self.threads.start()
    }

    deinit { self.threads.shutdownGracefully { _ in } }

    /// Runs `body` in a transaction.
    ///
    /// - Throws: ``StoreError/unavailable(_:)`` without trying while the server was found away a moment ago. After an error
    ///   while a change was being committed it is not known whether it was: who reads afterwards sees.
    func run<Value: Sendable>(
        _ transaction: Transaction,
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await self.threads.runIfActive { try self.attempt(transaction, body) }
    }

    private func attempt<Value>(
        _ transaction: Transaction,
        _ body: (any SQLSession) throws -> Value
    ) throws -> Value {
        for _ in 1..<Self.attempts {
            let connection = try self.connected()
            do {
                _ = try connection.run(transaction.rawValue)
            } catch {
                guard connection.isBroken else { throw error }
                // It was lost while nobody looked; nothing was asked of it yet.
                self.connection = nil
                continue
            }
            do {
                return try self.finish(connection, body)
            } catch let error as PostgresError where error.isPassing {
                continue
            } catch StoreError.unavailable(let text) {
                guard transaction == .reading else { throw StoreError.unavailable(text) }
                continue
            }
        }
        let connection = try self.connected()
        _ = try connection.run(transaction.rawValue)
        return try self.finish(connection, body)
    }

    private func finish<Value>(
        _ connection: PostgresConnection,
        _ body: (any SQLSession) throws -> Value
    ) throws -> Value {
        do {
            let value = try body(PostgresSession(connection: connection))
            _ = try connection.run("COMMIT")
            return value
        } catch {
            if !connection.isBroken { _ = try? connection.run("ROLLBACK") }
            if connection.isBroken { self.connection = nil }
            throw error
        }
    }

    private func connected() throws -> PostgresConnection {
        if let connection = self.connection { return connection }
        guard NIODeadline.now() >= self.notBefore else { throw StoreError.unavailable(self.lastFailure) }
        do {
            let connection = try PostgresConnection(self.configuration)
            self.connection = connection
            (self.pause, self.lastFailure) = (Self.shortestPause, "")
            return connection
        } catch {
            self.lastFailure = "\(error)".replacing("the store does not answer: ", with: "")
            self.notBefore = .now() + self.pause
            self.pause = min(self.pause * 2, Self.longestPause)
            self.logger.warning("PostgreSQL does not answer", metadata: ["error": "\(self.lastFailure)"])
            throw error
        }
    }
}
