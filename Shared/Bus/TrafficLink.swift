internal import NIOCore
internal import Wire
internal import ZeroMQ

/// A connection to another edge, and the frames that wait for it.
final class TrafficLink {
    /// How long messages wait for a connection that does not stand: a restart of the other edge is shorter than this, and
    /// a sender of a message must not wait longer for nothing.
    private static let grace = TimeAmount.seconds(2)
    /// How long the connection to an edge that is no longer listed is kept for what it may still answer.
    private static let farewell = TimeAmount.seconds(30)
    /// How soon a full connection is tried again.
    private static let retry = TimeAmount.milliseconds(2)

    let peer: TrafficPeer
    let link: Link
    /// Which life of the connection this is; what was meant for an earlier one has failed.
    private(set) var epoch: UInt32
    private var frames: [Frame] = []
    /// The place of the last message that the connection was given.
    private var written: UInt64 = 0
    private var unlistedSince: NIODeadline?

    /// Messages in one piece.
    struct Frame {
        let header: [UInt8]
        let slab: [UInt8]
        /// The place of the last message in it.
        let last: UInt64
    }

    /// - Parameters:
    ///   - peer: The edge.
    ///   - link: The connection.
    ///   - epoch: The first life: what was meant for an earlier one has failed with the connection that this one replaces.
    init(_ peer: TrafficPeer, link: Link, epoch: UInt32) {
        self.peer = peer
        self.link = link
        self.epoch = epoch
    }

    var isListed: Bool {
        get { self.unlistedSince == nil }
        set { self.unlistedSince = newValue ? nil : self.unlistedSince ?? .now() }
    }

    /// When something has to be done although nothing arrives.
    var wakeUpAt: NIODeadline? {
        if let unlistedSince { return unlistedSince + Self.farewell }
        guard !self.frames.isEmpty else { return nil }
        return self.link.isUp ? .now() + Self.retry : self.link.downSince + Self.grace
    }

    /// Whether the edge is gone for good, as far as this connection knows.
    func isOver(at now: NIODeadline) -> Bool {
        guard let unlistedSince else { return false }
        return !self.link.isUp || now - unlistedSince > Self.farewell
    }

    /// Whether messages have waited for the connection for too long.
    func isHopeless(at now: NIODeadline) -> Bool {
        !self.frames.isEmpty && !self.link.isUp && now - self.link.downSince >= Self.grace
    }

    /// Queues a frame of messages; their number is bounded by the port's limit on unanswered messages.
    func add(_ frame: Frame, epoch: UInt32) throws(ZeroMQError) {
        // An earlier life's messages have failed.
        guard epoch >= self.epoch else { return }
        self.epoch = epoch
        self.frames.append(frame)
        try self.send()
    }

    /// Sends what waits, in order, as far as the connection takes it.
    func send() throws(ZeroMQError) {
        guard self.link.isUp, !self.frames.isEmpty else { return }
        var done = 0
        for frame in self.frames {
            var message = try ZeroMQ.Frame(copying: frame.header, frame.slab)
            self.link.mustReceive = true
            guard try self.link.socket.send(&message) == .sent else { break }
            self.written = frame.last
            done += 1
        }
        if done == self.frames.count {
            self.frames.removeAll(keepingCapacity: true)
        } else {
            self.frames.removeFirst(done)
        }
    }

    /// Begins the next life of the connection; what was sent and what waits has failed, and only what was sent may have arrived.
    func lose() -> TrafficArrival {
        self.epoch &+= 1
        self.frames = []
        return .lost(peer: self.peer.id, epoch: self.epoch, written: self.written)
    }
}
