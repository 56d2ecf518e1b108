/// Whether a stream lives: what was heard and said since somebody last looked.
///
/// A message costs one flag; the two timers look at it a few times per interval, and are never set anew for a message.
struct Liveness: Equatable, Sendable {
    /// How many times per interval silence is looked for: the peer is found silent between 1 and 1¼ intervals.
    static let looksPerInterval = 4

    private var hasHeard = false
    private var hasSpoken = false
    private var silentLooks = 0

    mutating func heard() { self.hasHeard = true }
    mutating func spoke() { self.hasSpoken = true }

    /// Whether the peer has been silent for a whole interval.
    mutating func lookForSilence() -> Bool {
        self.silentLooks = self.hasHeard ? 0 : self.silentLooks + 1
        self.hasHeard = false
        return self.silentLooks >= Self.looksPerInterval
    }

    /// Whether the last look found the peer silent.
    var isSilent: Bool { self.silentLooks > 0 }

    /// Whether it is time for a sign of life of ours.
    mutating func needsSignOfLife() -> Bool {
        defer { self.hasSpoken = false }
        return !self.hasSpoken
    }
}

extension StreamTimings {
    /// What is told to peers.
    func limits(maximumBytes: Int?) -> StreamLimits {
        StreamLimits(maximumBytes: maximumBytes, idleSeconds: Int(self.inactivity.components.seconds))
    }

    var silenceLook: Duration { self.inactivity / Liveness.looksPerInterval }
    /// Two looks per interval: a quiet stream says something at least once in it.
    var keepAliveLook: Duration? { self.keepAlive.map { $0 / 2 } }

    /// The same for a peer that endures so many seconds of silence ([XEP-0478](https://xmpp.org/extensions/xep-0478.html)): it hears from us
    /// at least twice in them.
    func keepAliveLook(enduring idleSeconds: Int?) -> Duration? {
        guard let look = self.keepAliveLook else { return nil }
        guard let idleSeconds, idleSeconds > 0 else { return look }
        return max(.seconds(1), min(look, .seconds(idleSeconds) / 4))
    }
}
