internal import CZeroMQ

/// One frame of a ZeroMQ message.
///
/// libzmq may keep a short payload inside the `zmq_msg_t` itself, so the structure lives in an allocation of
/// its own, where no copy can leave `withUnsafeBytes` pointing into a dead temporary. The frame is noncopyable:
/// it has exactly one owner and is closed exactly once.
///
/// Sendable, unchecked by the compiler: with its one owner the allocation goes from thread to thread, and libzmq lets any thread
/// use a message that no other uses at the time (`zmq_msg_init(3)`).
public struct Frame: ~Copyable, @unchecked Sendable {
    let message: UnsafeMutablePointer<zmq_msg_t>

    /// Makes an empty frame, to receive into.
    public init() {
        self.message = .allocate(capacity: 1)
        zmq_msg_init(self.message)  // cannot fail, zmq_msg_init(3)
    }

    /// Makes a frame that holds a copy of `bytes`.
    public init(copying bytes: [UInt8]) throws(ZeroMQError) {
        try self.init(copying: bytes, [])
    }

    /// Makes a frame that holds copies of `head` and `tail`, one after the other.
    public init(copying head: [UInt8], _ tail: [UInt8]) throws(ZeroMQError) {
        let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
        guard zmq_msg_init_size(message, head.count + tail.count) == 0 else {
            message.deallocate()
            throw .last(in: "zmq_msg_init_size")
        }
        let payload = UnsafeMutableRawBufferPointer(start: zmq_msg_data(message), count: head.count + tail.count)
        payload.copyBytes(from: head)
        UnsafeMutableRawBufferPointer(rebasing: payload[head.count...]).copyBytes(from: tail)
        self.message = message
    }

    deinit {
        zmq_msg_close(self.message)
        self.message.deallocate()
    }

    /// The size of the payload in bytes.
    public var count: Int { zmq_msg_size(self.message) }

    /// Whether another frame of the same message follows.
    public var hasMore: Bool { zmq_msg_more(self.message) != 0 }

    /// What the ZAP handler called the sender of this frame (`ZMQ_ZAP_DOMAIN` in `zmq_setsockopt(3)`).
    public var userID: String? {
        guard let value = zmq_msg_gets(self.message, "User-Id") else { return nil }
        return String(cString: value)
    }

    /// Calls `body` with the payload, in place.
    ///
    /// The pointer must not outlive the call.
    public borrowing func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: zmq_msg_data(self.message), count: self.count))
    }
}
