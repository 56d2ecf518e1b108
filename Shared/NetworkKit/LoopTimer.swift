public import NIOCore

/// The one coarse timer of an event loop's actors: ticks while there is something to wait for, and is silent otherwise.
///
/// Belongs to its loop.
public final class LoopTimer {
    private let loop: any EventLoop
    private let interval: TimeAmount
    private let tick: (NIODeadline) -> Bool
    private var scheduled: Scheduled<Void>?

    /// Makes a silent one; `tick` is called on the loop and returns whether it wants to be called again after `interval`.
    public init(on loop: any EventLoop, every interval: TimeAmount, _ tick: @escaping (NIODeadline) -> Bool) {
        self.loop = loop
        self.interval = interval
        self.tick = tick
    }

    deinit { self.scheduled?.cancel() }

    /// Makes it tick, if it does not yet.
    ///
    /// Cheap: may be called for each message.
    public func arm() {
        guard self.scheduled == nil else { return }
        self.loop.preconditionInEventLoop()
        self.scheduled = self.loop.assumeIsolated().scheduleTask(in: self.interval) { [weak self] in
            guard let self else { return }
            self.scheduled = nil
            if self.tick(.now()) { self.arm() }
        }
    }

    /// Makes it silent.
    public func cancel() {
        self.scheduled?.cancel()
        self.scheduled = nil
    }
}
