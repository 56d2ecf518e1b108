internal import CZeroMQ

/// The libzmq context of this process: its I/O threads and the sockets they serve.
///
/// Sendable because a context, unlike a socket, may be used from any thread (`zmq(7)`).
public final class Context: Sendable {
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Makes a context.
    ///
    /// - Parameter ioThreads: How many threads serve its sockets; see ``Socket/Options/ioThread``.
    /// - Throws: ``ZeroMQError`` when libzmq has no resources left.
    public init(ioThreads: Int = 1) throws(ZeroMQError) {
        guard let handle = zmq_ctx_new() else { throw .last(in: "zmq_ctx_new") }
        self.handle = handle
        guard zmq_ctx_set(handle, ZMQ_IO_THREADS, CInt(ioThreads)) == 0 else { throw .last(in: "zmq_ctx_set") }
    }

    // Waits at most for the linger time of the sockets: every socket retains its context, so all are closed by now.
    deinit { zmq_ctx_term(self.handle) }
}
