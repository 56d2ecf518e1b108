/// Lets some things of a kind through at once, then so many a second, and counts the others.
public struct FloodGate {
    private let perSecond: Int
    private let burst: Int
    private var free: Double
    private var last: ContinuousClock.Instant?
    private var suppressed = 0

    public init(perSecond: Int, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
        self.free = Double(burst)
    }

    /// How many were kept out since the last one that was let through; `nil` when this one is kept out.
    public mutating func admit(at now: ContinuousClock.Instant) -> Int? {
        if let last = self.last {
            self.free = min(Double(self.burst), self.free + (now - last) / .seconds(1) * Double(self.perSecond))
        }
        self.last = now
        guard self.free >= 1 else {
            self.suppressed += 1
            return nil
        }
        self.free -= 1
        defer { self.suppressed = 0 }
        return self.suppressed
    }
}
