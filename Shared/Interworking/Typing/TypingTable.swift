public import Messaging

/// Who is typing to whom: one ``TypingMachine`` for each user who composes, and none for all others.
///
/// Bounded: where there is no room nobody begins to compose, for a state that nothing would end is worse than none.
public struct TypingTable<Pair: Hashable & Sendable>: Sendable {
    public struct Key: Hashable, Sendable {
        public let side: TypingMachine.Side
        public let pair: Pair

        public init(_ side: TypingMachine.Side, _ pair: Pair) { (self.side, self.pair) = (side, pair) }
    }

    /// What is to be done, with the latest message of the user who types as the pattern of what is told.
    public enum Action: Equatable, Sendable {
        case tell(NeutralMessage)
        /// A timer whose number says whether it is still wanted when it fires.
        case startTimer(number: UInt64, seconds: UInt32)
        /// Nobody is told, for there is no room: too many compose already.
        case refuse
    }

    private struct Entry {
        var machine: TypingMachine
        var latest: NeutralMessage
        /// The timer that is not stale; 0 when there is none.
        var timer: UInt64 = 0
    }

    public let limit: Int
    private var entries: [Key: Entry] = [:]
    private var lastTimer: UInt64 = 0

    public init(limit: Int) { self.limit = limit }

    /// How many users are composing.
    public var count: Int { self.entries.count }

    /// A user says something; only messages and typing matter here.
    ///
    /// - Returns: what to tell the other side now, and the timer to start; `message` itself where it is no typing.
    public mutating func take(_ message: NeutralMessage, _ key: Key) -> [Action] {
        switch message.content {
        case .composition(let composition):
            guard self.entries[key] != nil || composition.state == .composing else { return [.tell(message)] }
            guard self.hasRoom(for: key) else { return [.refuse] }
            var entry = self.entries[key] ?? Entry(machine: TypingMachine(key.side), latest: message)
            entry.latest = message
            return self.drive(entry, key, .said(composition.state, refresh: composition.refresh))
        case .instantMessage:
            guard let entry = self.entries[key] else { return [.tell(message)] }
            return self.drive(entry, key, .wrote) + [.tell(message)]
        case .deliveryReceipt, .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened,
            .sessionClosed:
            return [.tell(message)]
        }
    }

    public mutating func timerFired(_ number: UInt64, _ key: Key) -> [Action] {
        guard let entry = self.entries[key], entry.timer == number else { return [] }
        return self.drive(entry, key, .timerFired)
    }

    private func hasRoom(for key: Key) -> Bool { self.entries[key] != nil || self.entries.count < self.limit }

    private mutating func drive(_ old: Entry, _ key: Key, _ event: TypingMachine.Event) -> [Action] {
        var entry = old
        var actions: [Action] = []
        for action in entry.machine.handle(event) {
            switch action {
            case .tell(let state, let refresh): actions.append(.tell(entry.latest.typing(state, refresh: refresh)))
            case .startTimer(let seconds):
                self.lastTimer += 1
                entry.timer = self.lastTimer
                actions.append(.startTimer(number: self.lastTimer, seconds: seconds))
            case .stopTimer: entry.timer = 0
            }
        }
        self.entries[key] = entry.machine.isComposing ? entry : nil
        return actions
    }
}

extension NeutralMessage {
    /// The same from the same to the same, with another state of typing.
    fileprivate func typing(_ state: Composition.State, refresh: UInt32?) -> NeutralMessage {
        guard case .composition(let composition) = self.content else { return self }
        let said = Composition(state: state, thread: composition.thread, refresh: refresh)
        return NeutralMessage(id: self.id, from: self.from, to: self.to, content: .composition(said))
    }
}
