internal import CZeroMQ

/// A ZeroMQ socket.
///
/// Not Sendable, on purpose: "Applications MUST NOT use a not thread safe socket from multiple threads"
/// (`zmq_socket(3)`). It belongs to one thread; see `Bus`.
public struct Socket: ~Copyable {
    /// The messaging pattern a socket takes part in.
    public enum Kind: Sendable {
        case dealer, router, publish, subscribe, pair, reply
    }

    let handle: UnsafeMutableRawPointer
    private let context: Context

    /// Opens a socket that is not yet bound or connected.
    public init(_ kind: Kind, in context: Context, options: Options = Options()) throws(ZeroMQError) {
        guard let handle = zmq_socket(context.handle, kind.rawKind) else { throw .last(in: "zmq_socket") }
        do throws(ZeroMQError) {
            try options.apply(to: handle, kind: kind)
        } catch {
            zmq_close(handle)
            throw error
        }
        self.handle = handle
        self.context = context
    }

    deinit { zmq_close(self.handle) }

    /// Listens on `endpoint`, for example `tcp://0.0.0.0:7101`.
    public mutating func bind(to endpoint: String) throws(ZeroMQError) {
        guard zmq_bind(self.handle, endpoint) == 0 else { throw .last(in: "zmq_bind \(endpoint)") }
    }

    /// Connects to `endpoint`, now and again whenever the connection is lost.
    public mutating func connect(to endpoint: String) throws(ZeroMQError) {
        guard zmq_connect(self.handle, endpoint) == 0 else { throw .last(in: "zmq_connect \(endpoint)") }
    }

    /// Where the socket listens, with the port that the system chose for `:0`.
    public var endpoint: String {
        var text = [UInt8](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(self.handle, ZMQ_LAST_ENDPOINT, &text, &size) == 0, size > 0 else { return "" }
        return String(decoding: text[..<(size - 1)], as: UTF8.self)
    }

    /// What becomes readable when something happens on the socket; see ``Poller``.
    public var fileDescriptor: CInt {
        var descriptor: CInt = -1
        var size = MemoryLayout<CInt>.size
        let result = zmq_getsockopt(self.handle, ZMQ_FD, &descriptor, &size)
        assert(result == 0, "zmq_getsockopt ZMQ_FD: errno \(zmq_errno())")
        return descriptor
    }

    /// Receives everything that is published (`ZMQ_SUBSCRIBE` with no prefix).
    public mutating func subscribeToEverything() throws(ZeroMQError) {
        guard zmq_setsockopt(self.handle, ZMQ_SUBSCRIBE, nil, 0) == 0 else { throw .last(in: "zmq_setsockopt") }
    }

    /// What became of sending.
    public enum SendResult: Sendable {
        case sent
        /// The high-water mark is reached, or nobody is connected.
        case full
        /// The connection that a router socket should answer on is gone.
        case unreachable
    }

    /// Queues `frame` for sending; unless it was sent, `frame` is untouched.
    public mutating func send(_ frame: inout Frame, more: Bool = false) throws(ZeroMQError) -> SendResult {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        let result = try Self.result(of: "zmq_msg_send") { zmq_msg_send(frame.message, self.handle, flags) }
        guard result == .full else { return result }
        self.takeNote()
        return try Self.result(of: "zmq_msg_send") { zmq_msg_send(frame.message, self.handle, flags) }
    }

    /// Queues a copy of `bytes` for sending.
    public mutating func send(_ bytes: [UInt8], more: Bool = false) throws(ZeroMQError) -> SendResult {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        let result = try Self.result(of: "zmq_send") { zmq_send(self.handle, bytes, bytes.count, flags) }
        guard result == .full else { return result }
        self.takeNote()
        return try Self.result(of: "zmq_send") { zmq_send(self.handle, bytes, bytes.count, flags) }
    }

    /// Lets the socket see new connections and free space, which `zmq_send` looks for only once in a while.
    private mutating func takeNote() {
        var events: CInt = 0
        var size = MemoryLayout<CInt>.size
        zmq_getsockopt(self.handle, ZMQ_EVENTS, &events, &size)
    }

    /// Receives into `frame`, whose former payload is released; `false` when nothing is waiting.
    public mutating func receive(into frame: inout Frame) throws(ZeroMQError) -> Bool {
        try Self.result(of: "zmq_msg_recv") { zmq_msg_recv(frame.message, self.handle, ZMQ_DONTWAIT) } == .sent
    }

    /// Receives one frame, or `nil` if none is waiting.
    public mutating func receive() throws(ZeroMQError) -> Frame? {
        var frame = Frame()
        guard try self.receive(into: &frame) else { return nil }
        return frame
    }

    /// Repeats `call` while signals interrupt it.
    private static func result(of function: String, _ call: () -> CInt) throws(ZeroMQError) -> SendResult {
        while true {
            if call() >= 0 { return .sent }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return .full
            case EHOSTUNREACH: return .unreachable
            default: throw .last(in: function)
            }
        }
    }
}

extension Socket.Kind {
    fileprivate var rawKind: CInt {
        switch self {
        case .dealer: ZMQ_DEALER
        case .router: ZMQ_ROUTER
        case .publish: ZMQ_XPUB
        case .subscribe: ZMQ_SUB
        case .pair: ZMQ_PAIR
        case .reply: ZMQ_REP
        }
    }
}
