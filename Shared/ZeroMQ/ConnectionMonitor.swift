internal import CZeroMQ

/// Tells when a socket's connection stands and when it is lost (`zmq_socket_monitor(3)`).
public struct ConnectionMonitor: ~Copyable {
    public enum Event: Equatable, Sendable {
        /// Connected, and both sides have proven who they are.
        case connected
        /// Lost, or closed by the peer.
        case disconnected
        /// Refused by the peer's ZAP handler, or the peer is not who it should be.
        case refused
    }

    private var socket: Socket

    /// What becomes readable when there is an event; see ``Poller``.
    public var fileDescriptor: CInt { self.socket.fileDescriptor }

    /// Monitors `monitored`.
    ///
    /// - Parameters:
    ///   - monitored: The socket, before it is connected.
    ///   - context: The context of both.
    ///   - name: Unique in the context.
    /// - Throws: ``ZeroMQError`` when libzmq has no resources left.
    public init(of monitored: borrowing Socket, in context: Context, name: String) throws(ZeroMQError) {
        let endpoint = "inproc://monitor-\(name)"
        let events =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
            | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        var socket = try Socket(.pair, in: context)
        guard zmq_socket_monitor(monitored.handle, endpoint, events) == 0 else { throw .last(in: "zmq_socket_monitor") }
        try socket.connect(to: endpoint)
        self.socket = socket
    }

    /// The next event, or `nil` if none is waiting.
    public mutating func next() throws(ZeroMQError) -> Event? {
        var frame = Frame()
        while try self.socket.receive(into: &frame) {
            let event = frame.withUnsafeBytes { $0.count >= 2 ? CInt($0.loadUnaligned(as: UInt16.self)) : 0 }
            if frame.hasMore { _ = try self.socket.receive(into: &frame) }  // the endpoint
            switch event {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
            case ZMQ_EVENT_DISCONNECTED: return .disconnected
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
                ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
                return .refused
            default: continue
            }
        }
        return nil
    }
}
