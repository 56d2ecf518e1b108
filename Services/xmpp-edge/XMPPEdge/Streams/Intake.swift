/// How much of what a peer sent is under way, and whether it is time to leave its bytes in the socket.
struct Intake {
    /// Stanzas whose fate is not known yet.
    private(set) var unsettled = 0
    private(set) var isPaused = false
    /// All stanzas there ever were.
    private(set) var received: UInt64 = 0

    mutating func count() {
        self.received += 1
        self.unsettled += 1
    }

    mutating func settled() { self.unsettled -= 1 }

    /// - Returns: whether to read from now on; `nil` if nothing changes.
    mutating func regulate(limit: Int) -> Bool? {
        let shouldPause = self.unsettled >= limit || self.isPaused && self.unsettled > limit / 2
        guard shouldPause != self.isPaused else { return nil }
        self.isPaused = shouldPause
        return !shouldPause
    }
}
