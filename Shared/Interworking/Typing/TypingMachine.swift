public import Messaging

/// One user's typing, on its way to the other side: XEP-0085's states last until the next one, those of RFC 3994 only for a time
/// ([RFC 3994 §§ 3.2, 3.3](https://www.rfc-editor.org/rfc/rfc3994#section-3.2)).
///
/// ```
///             composing                        message, any other state
///   idle ───────────────────▶ composing ───────────────────────────────▶ idle
///     ▲                        │      │
///     └── from SIP: silence ───┘      └─▶ from XMPP: told again while it lasts, at most ``mostRefreshes`` times
/// ```
///
/// It has no clock: timers are actions and events.
public struct TypingMachine: Equatable, Sendable {
    /// Where the user is who types.
    public enum Side: Hashable, Sendable, CaseIterable { case sip, xmpp }

    public enum Event: Equatable, Sendable {
        /// A state, with the refresh interval that came with it, in seconds.
        case said(Composition.State, refresh: UInt32?)
        /// A message: whoever wrote it is done with it.
        case wrote
        case timerFired
    }

    public enum Action: Equatable, Sendable {
        /// Tell the other side, with the refresh interval to name.
        case tell(Composition.State, refresh: UInt32?)
        case startTimer(seconds: UInt32)
        case stopTimer
    }

    /// How long composing lasts on the SIP side that names no time (RFC 3994 §3.3); what we name in our turn.
    public static let usualRefresh: UInt32 = 120
    /// How often we tell again, in seconds: before the other side's patience ends.
    public static let ownRefresh: UInt32 = 100
    /// A longer time is not believed: a client that has crashed would type for ever.
    public static let longestRefresh: UInt32 = 600
    /// How often composing is told again; an XMPP client whose user goes on says so by then, or has gone without a word.
    public static let mostRefreshes = 5

    public let side: Side
    public private(set) var isComposing = false
    private var refreshes = 0

    public init(_ side: Side) { self.side = side }

    public mutating func handle(_ event: Event) -> [Action] {
        switch (event, self.side) {
        case (.said(.composing, let refresh), .sip):
            let timer = Action.startTimer(seconds: min(max(1, refresh ?? Self.usualRefresh), Self.longestRefresh))
            // XEP-0085 §5.3: a state that lasts is not said twice.
            guard !self.isComposing else { return [timer] }
            self.isComposing = true
            return [.tell(.composing, refresh: nil), timer]
        case (.said(.composing, _), .xmpp):
            self.refreshes = 0
            // RFC 3994 §3.2: one status message in each interval.
            guard !self.isComposing else { return [] }
            self.isComposing = true
            return [.tell(.composing, refresh: Self.usualRefresh), .startTimer(seconds: Self.ownRefresh)]
        case (.said(let state, _), _):
            return self.end() + [.tell(state, refresh: nil)]
        case (.wrote, _):
            return self.end()
        case (.timerFired, .sip):
            return self.isComposing ? self.pause() : []
        case (.timerFired, .xmpp):
            guard self.isComposing else { return [] }
            guard self.refreshes < Self.mostRefreshes else { return self.pause() }
            self.refreshes += 1
            return [.tell(.composing, refresh: Self.usualRefresh), .startTimer(seconds: Self.ownRefresh)]
        }
    }

    /// The other side is told what the silence means.
    private mutating func pause() -> [Action] {
        self.isComposing = false
        return [.tell(.paused, refresh: nil)]
    }

    private mutating func end() -> [Action] {
        guard self.isComposing else { return [] }
        self.isComposing = false
        return [.stopTimer]
    }
}
