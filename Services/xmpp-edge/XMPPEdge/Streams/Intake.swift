import NIOCore

/// What a peer sends on one connection: how much of it is under way, how fast it comes, and whether it is time to leave the rest
/// in the socket.
///
/// The same for streams that peers opened and, where they go both ways (XEP-0288), for those that we opened. Pure: time is an
/// argument.
struct Intake {
    /// Stanzas whose fate is not known yet.
    private(set) var unsettled = 0
    /// All stanzas there ever were.
    private(set) var received: UInt64 = 0
    private(set) var isPaused = false
    /// Since when the peer is not read.
    private var pausedSince: NIODeadline?
    /// Until when the peer is not read because it was too fast.
    private var throttledUntil: NIODeadline?
    private var pace: StreamPace
    /// What was read since the pace was last looked at.
    private var readBytes = 0
    private var readStanzas = 0
    private let limit: Int

    init(_ limits: Limits) {
        self.pace = StreamPace(limits)
        self.limit = limits.unsettled
    }

    mutating func read(bytes: Int) { self.readBytes += bytes }

    /// Counts a stanza.
    ///
    /// - Returns: whether with this one too much is under way.
    mutating func count() -> Bool {
        self.received += 1
        self.readStanzas += 1
        self.unsettled += 1
        return self.unsettled >= self.limit && !self.isPaused
    }

    mutating func settled() { self.unsettled -= 1 }

    /// Looks, once for each read, whether the peer is faster than it may be.
    ///
    /// - Returns: how long it is not to be read, and why; `nil` if it keeps its pace.
    mutating func keepPace(at now: NIODeadline) -> (pause: TimeAmount, limit: StreamPace.Limit)? {
        let (bytes, stanzas) = (self.readBytes, self.readStanzas)
        (self.readBytes, self.readStanzas) = (0, 0)
        guard bytes > 0, let excess = self.pace.read(bytes: bytes, stanzas: stanzas, at: now) else { return nil }
        self.throttledUntil = now + excess.pause
        return excess
    }

    /// Decides whether the peer is read from now on; `mustPause` are other reasons than its pace and what is under way.
    ///
    /// - Returns: what has changed, if anything has.
    mutating func regulate(mustPause: Bool, at now: NIODeadline) -> Change? {
        if let until = self.throttledUntil, until <= now { self.throttledUntil = nil }
        let shouldPause =
            mustPause || self.throttledUntil != nil || self.unsettled >= self.limit
            || self.isPaused && self.unsettled > self.limit / 2
        guard shouldPause != self.isPaused else { return nil }
        self.isPaused = shouldPause
        guard shouldPause else { return .resumed(after: self.endPause(at: now) ?? .zero) }
        self.pausedSince = now
        return .paused
    }

    /// The connection is gone.
    ///
    /// - Returns: how long the peer was not read at the end of it; `nil` if it was read.
    mutating func endPause(at now: NIODeadline) -> TimeAmount? {
        defer { self.pausedSince = nil }
        return self.pausedSince.map { now - $0 }
    }

    /// What becomes of the reading.
    enum Change: Equatable {
        case paused
        case resumed(after: TimeAmount)
    }
}
