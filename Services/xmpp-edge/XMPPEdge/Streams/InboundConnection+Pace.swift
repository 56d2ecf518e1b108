import NIOCore
import NetworkKit
import ServiceKit

/// When the peer is read.
///
/// Back-pressure, not punishment: while it is not read, what it sends fills the kernel's buffers, and TCP tells it to wait. Its
/// deadlines run on.
extension InboundConnection {
    /// Counts a stanza.
    func count() {
        self.receivedStanzas += 1
        self.readStanzas += 1
        self.unsettled += 1
        if self.unsettled >= self.surroundings.limits.unsettled, !self.isPaused {
            self.surroundings.metrics.reached(.unsettled)
            self.regulate()
        }
    }

    /// Looks, once for each read, whether the peer is faster than it may be.
    func keepPace() {
        let (bytes, stanzas) = (self.readBytes, self.readStanzas)
        (self.readBytes, self.readStanzas) = (0, 0)
        guard bytes > 0, !self.hasEnded else { return }
        guard let (pause, limit) = self.pace.read(bytes: bytes, stanzas: stanzas, at: .now()) else { return }
        self.surroundings.metrics.reached(LimitName(limit))
        self.throttle?.cancel()
        self.throttle = self.surroundings.loop.assumeIsolated().scheduleTask(in: pause) {
            self.assumeIsolated { connection in
                connection.throttle = nil
                connection.regulate()
            }
        }
        self.regulate()
    }

    /// Reads only while the peer takes what we say, keeps its pace, and has not too much of what it said under way.
    ///
    /// What a bidirectional stream carries for us must not stop what it brings: two that wait for each other would wait for ever.
    func regulate() {
        guard !self.hasEnded else { return }
        let limit = self.surroundings.limits.unsettled
        let shouldPause =
            self.isStopped || self.throttle != nil || !self.channel.isWritable && !self.isBidirectional
            || self.unsettled >= limit || self.isPaused && self.unsettled > limit / 2
        guard shouldPause != self.isPaused else { return }
        self.isPaused = shouldPause
        if shouldPause {
            self.surroundings.metrics.paused.increment()
            self.surroundings.metrics.pausedStreams.increment()
            self.pausedSince = .now()
        } else {
            self.notePause()
        }
        self.channel.setOption(.autoRead, value: !shouldPause).whenComplete { _ in }
    }

    /// The connection is gone.
    func endPause() {
        self.throttle?.cancel()
        self.throttle = nil
        self.notePause()
    }

    private func notePause() {
        guard let since = self.pausedSince else { return }
        self.pausedSince = nil
        self.surroundings.metrics.pausedStreams.decrement()
        self.surroundings.metrics.pausedTime.add(.now() - since)
    }
}
