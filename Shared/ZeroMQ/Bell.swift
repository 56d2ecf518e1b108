internal import CZeroMQ
internal import Glibc

/// Wakes a thread that waits in a ``Poller``: an `eventfd(2)`.
///
/// Sendable: the kernel serialises reads and writes.
public struct Bell: ~Copyable, Sendable {
    /// What becomes readable when somebody rings.
    public let fileDescriptor: CInt

    public init() {
        self.fileDescriptor = eventfd(0, O_NONBLOCK | O_CLOEXEC)
        precondition(self.fileDescriptor >= 0, "eventfd: errno \(errno)")
    }

    deinit { close(self.fileDescriptor) }

    /// Wakes the thread, or keeps it from falling asleep.
    public func ring() { _ = eventfd_write(self.fileDescriptor, 1) }

    /// Forgets that anybody has rung.
    public func silence() {
        var count: eventfd_t = 0
        _ = eventfd_read(self.fileDescriptor, &count)
    }
}
