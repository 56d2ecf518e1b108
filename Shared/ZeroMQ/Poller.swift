internal import Glibc

/// Waits until one of several file descriptors can be read, those of sockets among them.
///
/// For a socket this is libzmq's `ZMQ_FD`: it says that *something* happened since the socket was last used, and says it
/// once. So whoever has sent on a socket, or was told that it is readable, receives until nothing is left before waiting
/// again. Compared with `zmq_poll(3)`, which asks every socket before and after it waits, this is one system call.
public struct Poller: ~Copyable {
    private var items: [pollfd] = []

    public init() {}

    /// Forgets everything; the descriptors may be closed from now on.
    public mutating func removeAll() { self.items.removeAll(keepingCapacity: true) }

    /// Adds a descriptor.
    ///
    /// - Returns: Its index, for ``isReadable(_:)``.
    public mutating func add(_ descriptor: CInt) -> Int {
        self.items.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        return self.items.count - 1
    }

    /// Waits.
    ///
    /// - Parameter milliseconds: How long at most; `nil` for ever, 0 not at all.
    public mutating func wait(milliseconds: Int?) {
        let timeout = milliseconds.map { CInt(clamping: $0) } ?? -1
        guard poll(&self.items, nfds_t(self.items.count), timeout) < 0 else { return }
        // Interrupted by a signal; everything else is a mistake of ours.
        assert(errno == EINTR, "poll: errno \(errno)")
        for index in self.items.indices { self.items[index].revents = 0 }
    }

    /// Whether the last ``wait(milliseconds:)`` found something to read there.
    public func isReadable(_ index: Int) -> Bool { self.items[index].revents != 0 }
}
