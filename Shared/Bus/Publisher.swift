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

    /// Publishes an envelope that has no number yet.
    mutating func publish(_ envelope: [UInt8]) throws(ZeroMQError) {
        self.number += 1
        try self.send(envelope)
    }

    /// Repeats the last number, so that a subscriber sees what it missed.
    mutating func beat() throws(ZeroMQError) {
        try self.send(Self.envelope(.beat, service: self.service, instance: self.instance))
    }

    /// What is said, without the number, which only the bus thread knows.
    static func envelope(_ body: Body, service: ServiceName, instance: String) -> [UInt8] {
        Envelope(senderService: service.rawValue, senderInstance: instance, body: body).encoded()
    }

    /// Welcomes new subscribers: their subscription is in force when it is read here, so what comes next reaches them.
    mutating func receiveSubscriptions() throws(ZeroMQError) {
        self.mustReceive = false
        var isNew = false
        while let frame = try self.socket.receive() {
            isNew = isNew || frame.withUnsafeBytes { $0.first == 1 }
        }
        if isNew { try self.beat() }
    }

    /// Two encodings of a message, one after the other, are that message with the fields of both
    /// ([protobuf](https://protobuf.dev/programming-guides/encoding/#last-one-wins)).
    private mutating func send(_ envelope: [UInt8]) throws(ZeroMQError) {
        var frame = try Frame(copying: envelope, Envelope(publication: self.number, body: nil).encoded())
        _ = try self.socket.send(&frame)
        self.mustReceive = true
    }
}
