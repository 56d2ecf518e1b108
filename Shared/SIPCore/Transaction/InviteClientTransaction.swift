/// The client side of an INVITE transaction: Figure 5 of
/// [RFC 3261 §17.1.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2), with the state “accepted” of
/// [RFC 6026 §7.2](https://www.rfc-editor.org/rfc/rfc6026#section-7.2).
///
/// ```
///            start              1xx                 1xx
///  initial ───────▶ calling ──────────▶ proceeding ◀───┐
///                   │ │ │ A: resend      │ │ └─────────┘
///                   │ │ │                │ │
///                   │ │ └──── 2xx ───────┼─┼─▶ accepted ── M ──▶ terminated
///                   │ │                  │ │    │ ▲ 2xx: deliver
///                   │ │                  │ │    └─┘
///                   │ └──── 300–699 ─────┼─┴─▶ completed ─ D ──▶ terminated
///                   │       send ACK     │      │ ▲ 300–699: send ACK
///                   │                    │      └─┘
///                   └─ B, transport ─────┴────────────────────▶ terminated
/// ```
///
/// The ACK for a 2xx is not its own: that goes end to end and is the user's
/// ([RFC 3261 §13.2.2.4](https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4)).
public struct InviteClientTransaction: Equatable, Sendable {
    /// What the transaction waits for.
    public enum Timer: Hashable, Sendable {
        /// Resends the request. Unreliable transports only.
        case a
        /// Limits the wait for the first response.
        case b
        /// Absorbs resent refusals. Unreliable transports only.
        case d
        /// Passes on resent and forked 2xx responses.
        case m
    }

    /// What can happen to the transaction.
    public enum Event: Equatable, Sendable {
        case start
        case response(Response)
        case timerFired(Timer)
        case transportFailed
    }

    /// What the transaction asks of its owner.
    public enum Action: Equatable, Sendable {
        case sendRequest
        /// The ACK of this refusal ([RFC 3261 §17.1.1.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3)).
        case sendACK(Response)
        case startTimer(Timer, after: Duration)
        case stopTimer(Timer)
        case deliver(Response)
        case fail(NonInviteClientTransaction.Failure)
        /// The transaction has ended; its owner may forget it.
        case finish
    }

    private enum State: Equatable, Sendable {
        case initial
        case calling(resendInterval: Duration)
        case proceeding, completed, accepted, terminated
    }

    private var state = State.initial
    private let timers: TimerValues
    private let isTransportReliable: Bool

    /// Timer D over an unreliable transport ([RFC 3261 §17.1.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2)).
    public static let timerD = Duration.seconds(32)

    /// Makes a transaction that has not been started.
    public init(isTransportReliable: Bool, timers: TimerValues = .standard) {
        self.isTransportReliable = isTransportReliable
        self.timers = timers
    }

    /// Whether a provisional response has come, so that CANCEL may be sent
    /// ([RFC 3261 §9.1](https://www.rfc-editor.org/rfc/rfc3261#section-9.1)).
    public var isProceeding: Bool { self.state == .proceeding }

    /// Takes note of `event`.
    ///
    /// - Returns: What to do about it, in order.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (self.state, event) {
        case (.initial, .start):
            self.state = .calling(resendInterval: self.timers.t1)
            return [.sendRequest, .startTimer(.b, after: self.timers.t1 * 64)] + self.resend(after: self.timers.t1)

        case (.calling, .response(let response)), (.proceeding, .response(let response)):
            return self.receive(response)

        case (.calling(let interval), .timerFired(.a)):
            self.state = .calling(resendInterval: interval * 2)
            return [.sendRequest] + self.resend(after: interval * 2)

        case (.calling, .timerFired(.b)):
            return self.end(with: .timeout)

        case (.calling, .transportFailed), (.proceeding, .transportFailed), (.completed, .transportFailed):
            return self.end(with: .transport)

        case (.accepted, .response(let response)):
            // RFC 6026 §7.2: another 2xx is a resent one, or a fork's; anything else is absorbed.
            return response.status.isSuccess ? [.deliver(response)] : []

        case (.completed, .response(let response)):
            return response.isFinal && !response.status.isSuccess ? [.sendACK(response)] : []

        case (.completed, .timerFired(.d)), (.accepted, .timerFired(.m)):
            self.state = .terminated
            return [.finish]

        // A timer may fire as it is stopped; the transport's failure is no concern of a transaction that has its answer.
        case (.proceeding, .timerFired), (.calling, .timerFired), (.completed, .timerFired), (.accepted, .timerFired),
            (.accepted, .transportFailed), (.initial, _), (.terminated, _),
            (.calling, .start), (.proceeding, .start), (.completed, .start), (.accepted, .start):
            return []
        }
    }

    private mutating func receive(_ response: Response) -> [Action] {
        // In “proceeding” there is no timer B: how long a phone rings is for the user to say.
        let stopped: [Action] = self.isProceeding ? [] : [.stopTimer(.a), .stopTimer(.b)]
        guard response.isFinal else {
            self.state = .proceeding
            return stopped + [.deliver(response)]
        }
        if response.status.isSuccess {
            self.state = .accepted
            return stopped + [.deliver(response), .startTimer(.m, after: self.timers.t1 * 64)]
        }
        guard !self.isTransportReliable else {
            self.state = .terminated
            return stopped + [.sendACK(response), .deliver(response), .finish]
        }
        self.state = .completed
        return stopped + [.sendACK(response), .deliver(response), .startTimer(.d, after: Self.timerD)]
    }

    private mutating func end(with failure: NonInviteClientTransaction.Failure) -> [Action] {
        let wasCompleted = self.state == .completed
        self.state = .terminated
        return wasCompleted ? [.stopTimer(.d), .finish] : [.stopTimer(.a), .stopTimer(.b), .fail(failure), .finish]
    }

    private func resend(after interval: Duration) -> [Action] {
        self.isTransportReliable ? [] : [.startTimer(.a, after: interval)]
    }
}
