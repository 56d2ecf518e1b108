internal import CZeroMQ

extension Socket {
    /// How a socket behaves; all of it has to be said before it is bound or connected.
    public struct Options: Sendable {
        /// Who the socket is, and whom it trusts.
        public var security = Security.none
        /// How many messages may wait to be sent on one connection.
        public var sendHighWaterMark = 1000
        /// How many messages may wait to be received from one connection.
        public var receiveHighWaterMark = 1000
        /// The largest message that is taken; a peer that sends a larger one is disconnected.
        public var maximumMessageSize: Int?
        /// How long closing waits for what is not yet sent, in milliseconds: a service must not wait for peers that
        /// are gone.
        public var linger = 0
        /// How often an idle connection is probed, in milliseconds; 0 for never.
        ///
        /// A peer that says nothing for ``heartbeatTimeout`` is disconnected.
        public var heartbeatInterval = 0
        /// How long a peer may be silent, in milliseconds.
        public var heartbeatTimeout = 0
        /// How soon a lost connection is tried again, in milliseconds, doubled up to ``reconnectMaximum``.
        public var reconnectInterval = 100
        /// The longest time between two attempts to connect, in milliseconds.
        public var reconnectMaximum = 1000
        /// Which of the context's I/O threads serves the socket: a name that resolves slowly delays all others of it.
        public var ioThread: Int?
        /// Whether names may resolve to IPv6 addresses, and IPv6 addresses be used.
        public var usesIPv6 = true
        /// Whether a dealer queues only for a connection that stands, and refuses to send otherwise.
        public var onlyWhenConnected = false

        public init() {}
    }

    /// CURVE, or nothing for sockets inside the process.
    public enum Security: Sendable {
        case none
        /// Takes connections; who may is decided by the ZAP handler for `domain`.
        case server(CurveKeyPair, domain: String)
        /// Connects to the one whose public key is given.
        case client(CurveKeyPair, server: CurveKey)
    }
}

extension Socket.Options {
    func apply(to socket: UnsafeMutableRawPointer, kind: Socket.Kind) throws(ZeroMQError) {
        try set(socket, ZMQ_SNDHWM, self.sendHighWaterMark)
        try set(socket, ZMQ_RCVHWM, self.receiveHighWaterMark)
        try set(socket, ZMQ_LINGER, self.linger)
        try set(socket, ZMQ_RECONNECT_IVL, self.reconnectInterval)
        try set(socket, ZMQ_RECONNECT_IVL_MAX, self.reconnectMaximum)
        try set(socket, ZMQ_HANDSHAKE_IVL, 5_000)
        try set(socket, ZMQ_IPV6, self.usesIPv6 ? 1 : 0)
        if let size = self.maximumMessageSize { try set(socket, ZMQ_MAXMSGSIZE, wide: Int64(size)) }
        if let thread = self.ioThread { try set(socket, ZMQ_AFFINITY, wide: Int64(1) << Int64(thread)) }
        if self.heartbeatInterval > 0 {
            try set(socket, ZMQ_HEARTBEAT_IVL, self.heartbeatInterval)
            try set(socket, ZMQ_HEARTBEAT_TIMEOUT, self.heartbeatTimeout)
        }
        if self.onlyWhenConnected { try set(socket, ZMQ_IMMEDIATE, 1) }
        switch kind {
        case .router: try set(socket, ZMQ_ROUTER_MANDATORY, 1)
        case .publish: try set(socket, ZMQ_XPUB_VERBOSE, 1)
        case .dealer, .subscribe, .pair, .reply: break
        }
        try self.applySecurity(to: socket)
    }

    private func applySecurity(to socket: UnsafeMutableRawPointer) throws(ZeroMQError) {
        switch self.security {
        case .none: break
        case .server(let keys, let domain):
            try set(socket, ZMQ_CURVE_SERVER, 1)
            try set(socket, ZMQ_CURVE_SECRETKEY, text: keys.secretKey.z85)
            try set(socket, ZMQ_ZAP_DOMAIN, text: domain)
        case .client(let keys, let server):
            try set(socket, ZMQ_CURVE_SERVERKEY, text: server.z85)
            try set(socket, ZMQ_CURVE_PUBLICKEY, text: keys.publicKey.z85)
            try set(socket, ZMQ_CURVE_SECRETKEY, text: keys.secretKey.z85)
        }
    }
}

private func set(_ socket: UnsafeMutableRawPointer, _ option: CInt, _ value: Int) throws(ZeroMQError) {
    var value = CInt(value)
    guard zmq_setsockopt(socket, option, &value, MemoryLayout<CInt>.size) == 0 else {
        throw .last(in: "zmq_setsockopt \(option)")
    }
}

private func set(_ socket: UnsafeMutableRawPointer, _ option: CInt, wide value: Int64) throws(ZeroMQError) {
    var value = value
    guard zmq_setsockopt(socket, option, &value, MemoryLayout<Int64>.size) == 0 else {
        throw .last(in: "zmq_setsockopt \(option)")
    }
}

private func set(_ socket: UnsafeMutableRawPointer, _ option: CInt, text: String) throws(ZeroMQError) {
    guard zmq_setsockopt(socket, option, text, text.utf8.count) == 0 else {
        throw .last(in: "zmq_setsockopt \(option)")
    }
}
