import NIOCore
import NetworkKit
import ServiceKit
import XMPPCore

/// A connection on which a peer's stanzas come, whoever made it, and that is read no faster than the limits allow.
///
/// Back-pressure, not punishment: while a peer is not read, what it sends fills the kernel's buffers, and TCP tells it to wait. Its
/// deadlines run on.
protocol StanzaReader: StanzaCarrier {
    var intake: Intake { get set }
    /// The end of a pause for which the peer was too fast.
    var throttle: Scheduled<Void>? { get set }
    /// Whether it is not to be read, however slowly the peer sends.
    var mustNotRead: Bool { get }
}

extension StanzaReader {
    /// Counts a stanza of the peer.
    func countStanza(_ kind: Stanza.Kind) {
        self.surroundings.metrics.received(kind)
        guard self.intake.count() else { return }
        self.surroundings.metrics.reached(.unsettled)
        self.regulate()
    }

    /// Looks, once for each read, whether the peer is faster than it may be.
    func keepPace() {
        guard !self.hasEnded, let (pause, limit) = self.intake.keepPace(at: .now()) else { return }
        self.surroundings.metrics.reached(LimitName(limit))
        self.throttle?.cancel()
        self.throttle = self.surroundings.loop.assumeIsolated().scheduleTask(in: pause) {
            self.assumeIsolated { reader in
                reader.throttle = nil
                reader.regulate()
            }
        }
        self.regulate()
    }

    /// Reads only while the peer keeps its pace, has not too much of what it said under way, and nothing else forbids it.
    func regulate() {
        guard !self.hasEnded, let change = self.intake.regulate(mustPause: self.mustNotRead, at: .now()) else { return }
        switch change {
        case .paused:
            self.surroundings.metrics.paused.increment()
            self.surroundings.metrics.pausedStreams.increment()
        case .resumed(let time): self.notePause(time)
        }
        self.carryingChannel?.setOption(.autoRead, value: change != .paused).whenComplete { _ in }
    }

    /// The connection is gone.
    func endPause() {
        self.throttle?.cancel()
        self.throttle = nil
        if let time = self.intake.endPause(at: .now()) { self.notePause(time) }
    }

    private func notePause(_ time: TimeAmount) {
        self.surroundings.metrics.pausedStreams.decrement()
        self.surroundings.metrics.pausedTime.add(time)
    }
}
