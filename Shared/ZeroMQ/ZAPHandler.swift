internal import CZeroMQ

/// Decides who may connect: the server side of the ZeroMQ Authentication Protocol
/// ([ZeroMQ RFC 27](https://rfc.zeromq.org/spec/27/)).
///
/// libzmq asks it about every connection to a CURVE socket of the same context. It has to be there before the first
/// such socket is bound.
public struct ZAPHandler: ~Copyable {
    /// A connection that asks to be let in.
    public struct Request: Sendable {
        /// Which socket it wants: the domain of ``Socket/Security``.
        public let domain: String
        /// The peer's network address.
        public let address: String
        /// The public key that the peer has proven to own; `nil` when it uses another mechanism than CURVE.
        public let publicKey: [UInt8]?
    }

    private static let endpoint = "inproc://zeromq.zap.01"
    private static let version = Array("1.0".utf8)

    private var socket: Socket

    /// What becomes readable when there is a question; see ``Poller``.
    public var fileDescriptor: CInt { self.socket.fileDescriptor }

    public init(in context: Context) throws(ZeroMQError) {
        var socket = try Socket(.reply, in: context)
        try socket.bind(to: Self.endpoint)
        self.socket = socket
    }

    /// Answers all questions that wait.
    ///
    /// - Parameter decide: Returns how the peer is called from now on (``Frame/userID``), or `nil` to refuse it.
    /// - Throws: ``ZeroMQError`` when libzmq refuses a call.
    public mutating func answerAll(_ decide: (Request) -> String?) throws(ZeroMQError) {
        while let frames = try self.receiveMessage() {
            // version, request id, domain, address, identity, mechanism, credentials …
            guard frames.count >= 6, frames[0] == Self.version else {
                try self.reply(to: frames.count > 1 ? frames[1] : [], userID: nil)
                continue
            }
            let isCurve = frames[5] == Array("CURVE".utf8) && frames.count == 7
            let request = Request(
                domain: String(decoding: frames[2], as: UTF8.self),
                address: String(decoding: frames[3], as: UTF8.self),
                publicKey: isCurve ? frames[6] : nil
            )
            try self.reply(to: frames[1], userID: isCurve ? decide(request) : nil)
        }
    }

    private mutating func receiveMessage() throws(ZeroMQError) -> [[UInt8]]? {
        var frame = Frame()
        guard try self.socket.receive(into: &frame) else { return nil }
        var frames: [[UInt8]] = []
        while true {
            frames.append(frame.withUnsafeBytes { Array($0) })
            guard frame.hasMore, try self.socket.receive(into: &frame) else { return frames }
        }
    }

    private mutating func reply(to requestID: [UInt8], userID: String?) throws(ZeroMQError) {
        let status = userID == nil ? "400" : "200"
        let text = userID == nil ? "key not known" : "OK"
        _ = try self.socket.send(Self.version, more: true)
        _ = try self.socket.send(requestID, more: true)
        _ = try self.socket.send(Array(status.utf8), more: true)
        _ = try self.socket.send(Array(text.utf8), more: true)
        _ = try self.socket.send(Array((userID ?? "").utf8), more: true)
        _ = try self.socket.send([])
    }
}
