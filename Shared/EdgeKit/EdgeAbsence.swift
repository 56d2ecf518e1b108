public import Messaging

/// What waits while there is no edge of the other protocol: one that is restarted is back soon, and whoever holds a message,
/// a SIP transaction or a stream, can hold it a little longer.
///
/// ```
///  there ──the last edge leaves──▶ missed ──an edge comes──▶ there (all that waits goes, in order)
///                                    └──patience is over──▶ gone (all that waits is refused, and nothing waits any more)
/// ```
///
/// Only what was given to no edge waits, so that nothing is delivered twice; and all of it goes before anything newer does, so
/// that order is kept. How much may wait is limited by those who hold it: transactions, and unsettled stanzas of a stream.
public struct EdgeAbsence<Message> {
    /// How long an edge is missed: longer than one takes to drain and start again.
    public static var patience: Duration { .seconds(12) }
    /// How long what has waited may take then: together below the 25 s that another sip-edge gives the owner of a session
    /// (docs/adr/0015-sessions-begin-at-their-owner.md), and well below the 32 s of a SIP client (Timer F).
    public static var remainingTime: Duration { .seconds(10) }

    private var isThere = false
    /// Until when the edges that have left are waited for.
    private var end: ContinuousClock.Instant?
    private var waiting: [Message] = []

    public init() {}

    /// Whether an edge that has left is expected back.
    public var isMissed: Bool { self.end != nil }

    /// The edges have changed.
    ///
    /// - Returns: What goes on now, in order.
    public mutating func edgesChanged(areThere: Bool, at now: ContinuousClock.Instant) -> [Message] {
        if self.isThere, !areThere { self.end = now + Self.patience }
        self.isThere = areThere
        return areThere ? self.giveUp() : []
    }

    /// Keeps a message for which there is no edge.
    ///
    /// - Returns: `false` when no edge is expected back.
    public mutating func wait(_ message: Message, at now: ContinuousClock.Instant) -> Bool {
        guard let end, now < end else { return false }
        self.waiting.append(message)
        return true
    }

    /// What has waited in vain until `now`.
    public mutating func expire(at now: ContinuousClock.Instant) -> [Message] {
        guard let end, end <= now else { return [] }
        return self.giveUp()
    }

    /// Waits no longer.
    ///
    /// - Returns: What has waited, in order.
    public mutating func giveUp() -> [Message] {
        defer { (self.end, self.waiting) = (nil, []) }
        return self.waiting
    }
}

extension NeutralMessage {
    /// Whether it is still worth saying after a while; that somebody types is not.
    public var keepsItsMeaning: Bool {
        switch self.content {
        case .composition: false
        case .instantMessage, .deliveryReceipt, .sessionOpened, .sessionClosed, .subscriptionRequest,
            .subscriptionState,
            .presence, .presenceProbe:
            true
        }
    }
}
