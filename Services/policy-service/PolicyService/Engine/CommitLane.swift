/// Lets one commit through at a time, in the order in which they came.
actor CommitLane {
    /// A commit takes milliseconds.
    ///
    /// Who would have to wait for so many others is better told to come back.
    static let maximumWaiting = 64

    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    var waitingCount: Int { self.waiting.count }

    /// Waits for the lane.
    ///
    /// - Returns: Whether it was got; not, when too many wait already.
    func enter() async -> Bool {
        guard self.isTaken else {
            self.isTaken = true
            return true
        }
        guard self.waiting.count < Self.maximumWaiting else { return false }
        // The lane is handed over by `leave()`: it stays taken.
        await withCheckedContinuation { self.waiting.append($0) }
        return true
    }

    func leave() {
        if self.waiting.isEmpty { self.isTaken = false } else { self.waiting.removeFirst().resume() }
    }
}
