internal import NIOCore
internal import Wire
internal import ZeroMQ

/// A connection for requests, and the requests that wait for it or for their answers.
final class RequestLink {
    /// A request that is not answered.
    struct Waiting {
        let request: OutgoingRequest
        var isSent: Bool
    }

    /// How long a connection to a single edge is kept after its last request.
    private static let idleLimit = TimeAmount.seconds(60)

    let destination: Destination
    let link: Link
    private(set) var waiting: [UInt64: Waiting] = [:]
    /// Requests that were not sent yet, in order.
    private var unsent: [UInt64] = []
    private var lastUse = NIODeadline.now()

    init(_ destination: Destination, link: Link) {
        self.destination = destination
        self.link = link
    }

    /// How soon a full connection is tried again.
    private static let retry = TimeAmount.milliseconds(2)

    /// The earliest deadline of the requests; soon, where some wait although the connection stands, for nobody says when it has room.
    var wakeUpAt: NIODeadline? {
        if self.link.isUp, !self.unsent.isEmpty { return .now() + Self.retry }
        return self.waiting.values.map(\.request.deadline).min()
    }

    /// Whether nobody needs the connection any more.
    func isIdle(at now: NIODeadline) -> Bool {
        self.destination.endpoint != nil && self.waiting.isEmpty && now - self.lastUse > Self.idleLimit
    }

    func add(_ request: OutgoingRequest) throws(ZeroMQError) {
        self.lastUse = .now()
        self.waiting[request.number] = Waiting(request: request, isSent: false)
        self.unsent.append(request.number)
        try self.send()
    }

    /// Sends what waits for the connection.
    func send() throws(ZeroMQError) {
        guard self.link.isUp, !self.unsent.isEmpty else { return }
        var done = 0
        for number in self.unsent {
            if let waiting = self.waiting[number] {
                self.link.mustReceive = true
                guard try self.link.socket.send(waiting.request.envelope) == .sent else { break }
                self.waiting[number]?.isSent = true
            }
            done += 1
        }
        self.unsent.removeFirst(done)
    }

    /// Hands an answer to whoever waits for it.
    ///
    /// - Returns: `false` when nobody does.
    func answer(_ number: UInt64, _ result: Result<Body, BusFailure>) -> Bool {
        guard let waiting = self.waiting.removeValue(forKey: number) else { return false }
        waiting.request.continuation.resume(returning: result)
        return true
    }

    /// Fails the requests whose time is over.
    func expire(at now: NIODeadline) {
        for waiting in self.waiting.values where waiting.request.deadline <= now {
            _ = self.answer(waiting.request.number, .failure(waiting.isSent ? .timeout : .unreachable))
        }
        // Those that are over need not wait for the connection any more.
        if self.unsent.count > self.waiting.count { self.unsent.removeAll { self.waiting[$0] == nil } }
    }

    /// Fails the requests that were sent on a connection which is lost; the others wait for the next one.
    func fail() {
        for waiting in self.waiting.values where waiting.isSent {
            _ = self.answer(waiting.request.number, .failure(.unreachable))
        }
    }

    /// Fails everything.
    func close() {
        for number in self.waiting.keys { _ = self.answer(number, .failure(.shuttingDown)) }
    }
}
