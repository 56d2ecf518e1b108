internal import NIOCore
internal import Wire
internal import ZeroMQ

/// A connection to another service: one socket, what watches it, and what waits for it to stand.
///
/// ```
///            handshake                    lost
///  opening ─────────────▶ standing ───────────────▶ opening (libzmq tries again by itself)
///     └── refused ──▶ resting for a second ──▶ opening (with a new socket: libzmq gives up when it is refused)
/// ```
final class Link {
    /// What happened to a link.
    enum Change: Equatable {
        case up, down
    }

    /// How long a refused link rests before it tries again.
    private static let rest = TimeAmount.seconds(1)

    let service: ServiceName
    let endpoint: String
    private let kind: Socket.Kind
    private let options: Socket.Options
    private let context: Context

    var socket: Socket
    private var monitor: ConnectionMonitor
    private(set) var isUp = false
    /// Since when the link does not stand.
    private(set) var downSince: NIODeadline
    /// When a refused link tries again.
    private var reopenAt: NIODeadline?
    /// Whether the socket was used since it was last emptied; see ``Poller``.
    var mustReceive = true
    var mustLook = true
    /// How many frames are read aside and not back yet.
    var framesAside = 0

    init(
        _ kind: Socket.Kind,
        to service: ServiceName,
        at endpoint: String,
        options: Socket.Options,
        in context: Context
    ) throws(ZeroMQError) {
        self.service = service
        self.endpoint = endpoint
        self.kind = kind
        self.options = options
        self.context = context
        self.downSince = .now()
        var socket = try Socket(kind, in: context, options: options)
        self.monitor = try ConnectionMonitor(of: socket, in: context, name: Self.uniqueName())
        try Self.connect(&socket, kind, to: endpoint)
        self.socket = socket
    }

    private static func uniqueName() -> String { "\(UInt64.random(in: 0...UInt64.max))" }

    private static func connect(
        _ socket: inout Socket,
        _ kind: Socket.Kind,
        to endpoint: String
    ) throws(ZeroMQError) {
        if kind == .subscribe { try socket.subscribeToEverything() }
        try socket.connect(to: endpoint)
    }

    /// What becomes readable: the socket, and its monitor.
    var descriptors: (socket: CInt, monitor: CInt) { (self.socket.fileDescriptor, self.monitor.fileDescriptor) }

    /// When something has to be done although nothing arrives.
    var wakeUpAt: NIODeadline? { self.reopenAt }

    /// Tells what happened since the last call.
    func changes() throws(ZeroMQError) -> [Change] {
        self.mustLook = false
        var changes: [Change] = []
        while let event = try self.monitor.next() {
            switch event {
            case .connected:
                if !self.isUp { changes.append(.up) }
                self.isUp = true
                // Where a handshake breaks off libzmq tries again by itself, and may succeed before we do: what stands is left alone.
                self.reopenAt = nil
            case .disconnected:
                self.goDown(&changes)
            case .refused:
                self.goDown(&changes)
                self.reopenAt = self.reopenAt ?? .now() + Self.rest
            }
        }
        return changes
    }

    private func goDown(_ changes: inout [Change]) {
        guard self.isUp else { return }
        self.isUp = false
        self.downSince = .now()
        changes.append(.down)
    }

    /// Replaces the socket of a link that was refused, when it has rested.
    ///
    /// - Returns: Whether the descriptors are new.
    func reopenIfDue(at now: NIODeadline) throws(ZeroMQError) -> Bool {
        guard let reopenAt, reopenAt <= now else { return false }
        // Should there be no resources for a new socket, it rests once more: nothing else would ever try again.
        self.reopenAt = now + Self.rest
        var socket = try Socket(self.kind, in: self.context, options: self.options)
        let monitor = try ConnectionMonitor(of: socket, in: self.context, name: Self.uniqueName())
        try Self.connect(&socket, self.kind, to: self.endpoint)
        self.socket = socket
        self.monitor = monitor
        self.reopenAt = nil
        self.mustReceive = true
        self.mustLook = true
        return true
    }
}
