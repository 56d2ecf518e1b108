import Interworking
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// Typing between the two worlds, which forget it in different ways ([RFC 3994 §3](https://www.rfc-editor.org/rfc/rfc3994#section-3), XEP-0085).
extension SIPServer {
    typealias TypingKey = TypingTable<SessionPair>.Key

    struct TypingTimer {
        let key: TypingKey
        let number: UInt64
    }

    /// Users who compose at the same time, unless `limits.typing` says otherwise: a tenth of the hundred thousand that one edge may have.
    static let typingUsers = 10_000

    /// What becomes of a message that may be about typing.
    enum Typed {
        case tell(NeutralMessage)
        /// The other side knows it already.
        case known
        /// Too many users compose already.
        case full
    }

    /// What is to be told now because of `message`, which crosses from `side`.
    func typed(_ message: NeutralMessage, from side: TypingMachine.Side) -> Typed {
        switch message.content {
        case .composition: break
        case .instantMessage: if self.typing.count == 0 { return .tell(message) }
        case .deliveryReceipt, .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened,
            .sessionClosed:
            return .tell(message)
        }
        let pair =
            switch side {
            case .sip: SessionPair(local: message.from, contact: message.to)
            case .xmpp: SessionPair(local: message.to, contact: message.from)
            }
        let key = TypingKey(side, pair)
        var typed = Typed.known
        for action in self.typing.take(message, key) {
            switch action {
            case .tell(let message): typed = .tell(message)
            case .startTimer(let number, let seconds): self.startTyping(key, number, seconds)
            case .refuse:
                self.metrics.typingRefused.increment()
                typed = .full
            }
        }
        self.metrics.typing.set(self.typing.count)
        return typed
    }

    func fireTypingTimers(at now: NIODeadline) {
        while let timer = self.typingTimers.popExpired(at: now) {
            for action in self.typing.timerFired(timer.number, timer.key) {
                switch action {
                case .tell(let message): self.tell(message, from: timer.key.side)
                case .startTimer(let number, let seconds): self.startTyping(timer.key, number, seconds)
                // A timer is of somebody who has a place.
                case .refuse: break
                }
            }
            self.metrics.typing.set(self.typing.count)
        }
    }

    private func startTyping(_ key: TypingKey, _ number: UInt64, _ seconds: UInt32) {
        self.typingTimers.insert(TypingTimer(key: key, number: number), at: .now() + .seconds(Int64(seconds)))
    }

    /// Says what a timer has brought about; nobody waits for its fate.
    private func tell(_ message: NeutralMessage, from side: TypingMachine.Side) {
        guard !self.isDraining else { return }
        let direction: Decision.Direction = side == .sip ? .outbound : .inbound
        // It crossed a moment ago; the policy may have changed since.
        guard
            self.policy.decide(direction, .composition, from: message.from, to: message.to, contact: .added).isAllowed
        else { return }
        let fresh = NeutralMessage(
            id: MessageID(self.uniqueName()),
            from: message.from,
            to: message.to,
            content: message.content
        )
        switch side {
        case .sip: self.handOver(fresh, for: nil)
        case .xmpp: self.tellTyping(fresh)
        }
    }
}
