import Glibc
import Logging
import NIOPosix
import Synchronization

/// Waits for the notifications of other processes with the same store, on a connection and a thread of its own.
///
/// After a lost connection it listens again and says that there may be something to look at: what was notified meanwhile
/// is gone.
final class PostgresListener: Sendable {
    /// How long a wait in `poll` lasts, so that the end of the process is noticed.
    private static let patience: Int32 = 500
    /// Milliseconds between attempts to connect.
    private static let pauses: ClosedRange<Int32> = 100...5_000

    /// Yields when there may be something new; several at a time are one.
    let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let threads = NIOThreadPool(numberOfThreads: 1)
    private let isEnding = Atomic(false)

    init(_ configuration: PostgresConfiguration, channel: StaticString, logger: Logger) {
        (self.wakes, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.threads.start()
        self.threads.submit { [weak self] _ in
            var pause = Self.pauses.lowerBound
            while self?.isEnding.load(ordering: .relaxed) == false {
                do {
                    let connection = try PostgresConnection(configuration)
                    _ = try connection.run("LISTEN \(channel)")
                    pause = Self.pauses.lowerBound
                    self?.continuation.yield()
                    while let count = Self.wait(connection) {
                        guard let self, !self.isEnding.load(ordering: .relaxed) else { return }
                        if count > 0 { self.continuation.yield() }
                    }
                    logger.warning("PostgreSQL does not notify any more: the connection was lost")
                } catch {
                    logger.debug("PostgreSQL does not answer the listener", metadata: ["error": "\(error)"])
                }
                _ = poll(nil, 0, pause)
                pause = min(pause * 2, Self.pauses.upperBound)
            }
        }
    }

    deinit { self.stop() }

    func stop() {
        guard !self.isEnding.exchange(true, ordering: .relaxed) else { return }
        self.continuation.finish()
        self.threads.shutdownGracefully { _ in }
    }

    /// - Returns: How many notifications have come; `nil` when the connection is lost.
    private static func wait(_ connection: PostgresConnection) -> Int? {
        var descriptor = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
        guard descriptor.fd >= 0 else { return nil }
        let ready = poll(&descriptor, 1, self.patience)
        if ready == 0 || (ready < 0 && errno == EINTR) { return 0 }
        return connection.notifications()
    }
}
