internal import Wire
internal import ZeroMQ

/// The publishing side: numbers what is published.
struct Publisher: ~Copyable {
    private var socket: Socket
    private let instance: String
    private let service: ServiceName
    private var number: UInt64 = 0
    var mustReceive = true

    init(socket: consuming Socket, instance: String, service: ServiceName) {
        self.socket = socket
        self.instance = instance
        self.service = service
    }

    var endpoint: String { self.socket.endpoint }
    var fileDescriptor: CInt { self.socket.fileDescriptor }

    mutating func publish(_ body: Body) throws(ZeroMQError) {
        self.number += 1
        try self.send(body)
    }

    /// Repeats the last number, so that a subscriber sees what it missed.
    mutating func beat() throws(ZeroMQError) { try self.send(.beat) }

    /// Welcomes new subscribers: their subscription is in force when it is read here, so what comes next reaches them.
    mutating func receiveSubscriptions() throws(ZeroMQError) {
        self.mustReceive = false
        var isNew = false
        while let frame = try self.socket.receive() {
            isNew = isNew || frame.withUnsafeBytes { $0.first == 1 }
        }
        if isNew { try self.beat() }
    }

    private mutating func send(_ body: Body) throws(ZeroMQError) {
        let envelope = Envelope(
            senderService: self.service.rawValue,
            senderInstance: self.instance,
            publication: self.number,
            body: body
        )
        _ = try self.socket.send(envelope.encoded())
        self.mustReceive = true
    }
}
