internal import Synchronization

/// The turn at the ZeroMQ sockets of a process: whoever has it is alone with them, and has seen all that was done before.
///
/// libzmq allows a socket to go from one thread to another behind a full memory barrier, which a lock is (`zmq_socket(3)`).
/// The bus thread has the turn always but while it waits. Then a producer may take it, and carry out its command itself:
/// that costs less than to wake a thread, and nothing has to wait for it.
///
/// `@unchecked Sendable`: `thread` is touched by whoever holds the lock.
final class Turn: @unchecked Sendable {
    private let lock = Mutex(())
    private var thread: BusThread?

    /// Begins or, with `nil`, ends the time in which a producer may take the turn; called by whoever has it.
    func lend(_ thread: BusThread?) { self.thread = thread }

    /// Does `work` when the turn is free.
    func take<Result: Sendable>(_ work: () -> Result) -> Result { self.lock.withLock { _ in work() } }

    /// Does `work` with the thread's sockets if it does not need them now; `nil` if it does.
    func borrow<Result: Sendable>(_ work: (BusThread) -> Result) -> Result? {
        let outcome = self.lock.withLockIfAvailable { _ -> Result? in
            guard let thread = self.thread else { return nil }
            return work(thread)
        }
        return outcome ?? nil
    }
}
