internal import NIOPosix

/// Does what takes longer than a moment on a thread of its own.
///
/// Swift's tasks and actors share as many threads as the machine has processors. A second of work on one of them is a second in which others
/// wait; where there is one processor, everybody. What is done here takes its turns with them instead, as the system shares out processors.
public enum Aside {
    /// As many pieces of work as are done at a time; the others wait, in their order.
    private static let threadCount = 4

    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: Self.threadCount)
        threads.start()
        return threads
    }()

    /// Does the work, whether or not the task is cancelled meanwhile.
    public static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            self.threads.submit { _ in continuation.resume(returning: work()) }
        }
    }
}
