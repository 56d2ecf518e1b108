/// The server side of an INVITE transaction: Figure 7 of
/// [RFC 3261 §17.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1), with the state “accepted” of
/// [RFC 6026 §7.1](https://www.rfc-editor.org/rfc/rfc6026#section-7.1).
///
/// ```
///            INVITE              1xx: send
///  initial ────────▶ proceeding ◀─────────┐
///                     │ │ │ └─────────────┘   T (200 ms): send 100
///                     │ │ └── 2xx: send ──────▶ accepted ── L ──▶ terminated
///                     │ │                        │ ▲ INVITE: absorbed; 2xx: send
///                     │ │                        └─┘
///                     │ └── 300–699: send ──▶ completed ─ ACK ─▶ confirmed ── I ──▶ terminated
///                     │                        │ ▲ │ G, INVITE: send again
///                     │                        └─┘ └── H ────────────────────────▶ terminated
///                     └── transport ──────────────────────────────────────────────▶ terminated
/// ```
///
/// A 2xx is resent by the user until its ACK comes, whatever the transport
/// ([RFC 3261 §13.3.1.4](https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4)): ``SessionMachine`` does.
public struct InviteServerTransaction: Equatable, Sendable {
    public enum Timer: Hashable, Sendable {
        /// Sends 100 when the user takes its time.
        case trying
        /// Resends the refusal. Unreliable transports only.
        case g
        /// Limits the wait for the ACK of a refusal.
        case h
        /// Absorbs resent ACKs. Unreliable transports only.
        case i
        /// Absorbs resent INVITEs after a 2xx.
        case l
    }

    public enum Event: Equatable, Sendable {
        /// The INVITE, for the first time or resent.
        case request
        /// The user of the transaction has a response, provisional or final.
        case respond(Response)
        /// The ACK of a refusal; that of a 2xx is a transaction of its own.
        case ack
        case timerFired(Timer)
        case transportFailed
    }

    public enum Action: Equatable, Sendable {
        /// Hand the request to the user of the transaction.
        case deliver
        case send(Response)
        /// Tell the peer that its request has arrived: 100, which only the owner can make.
        case sendTrying
        case startTimer(Timer, after: Duration)
        case stopTimer(Timer)
        /// The transaction has ended; its owner may forget it.
        case finish
    }

    private enum State: Equatable, Sendable {
        case initial
        case proceeding(last: Response?)
        case completed(Response, resendInterval: Duration)
        case confirmed, accepted, terminated
    }

    private var state = State.initial
    private let timers: TimerValues
    private let isTransportReliable: Bool

    /// After what time without a response 100 is sent ([RFC 3261 §17.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1)).
    public static let tryingDelay = Duration.milliseconds(200)

    public init(isTransportReliable: Bool, timers: TimerValues = .standard) {
        self.isTransportReliable = isTransportReliable
        self.timers = timers
    }

    public mutating func handle(_ event: Event) -> [Action] {
        switch (self.state, event) {
        case (.initial, .request):
            self.state = .proceeding(last: nil)
            return [.deliver, .startTimer(.trying, after: Self.tryingDelay)]

        case (.proceeding(last: nil), .timerFired(.trying)):
            return [.sendTrying]

        case (.proceeding(let last), .request):
            return last.map { [.send($0)] } ?? [.sendTrying]

        case (.proceeding, .respond(let response)):
            return self.respond(response)

        case (.accepted, .respond(let response)):
            return response.status.isSuccess ? [.send(response)] : []

        case (.completed(let response, _), .request):
            return [.send(response)]

        case (.completed(let response, let interval), .timerFired(.g)):
            let next = min(interval * 2, self.timers.t2)
            self.state = .completed(response, resendInterval: next)
            return [.send(response), .startTimer(.g, after: next)]

        case (.completed, .ack):
            let stopped: [Action] = [.stopTimer(.g), .stopTimer(.h)]
            guard !self.isTransportReliable else {
                self.state = .terminated
                return stopped + [.finish]
            }
            self.state = .confirmed
            return stopped + [.startTimer(.i, after: self.timers.t4)]

        case (.completed, .timerFired(.h)), (.confirmed, .timerFired(.i)), (.accepted, .timerFired(.l)),
            (.proceeding, .transportFailed), (.completed, .transportFailed):
            self.state = .terminated
            return [.finish]

        // Resent requests and ACKs are absorbed, RFC 6026 §7.1; a second refusal is nobody's; a timer may fire as it is stopped.
        case (.accepted, .request), (.accepted, .ack), (.accepted, .timerFired), (.accepted, .transportFailed),
            (.confirmed, _), (.completed, .respond), (.completed, .timerFired), (.proceeding, .ack),
            (.proceeding, .timerFired), (.initial, _), (.terminated, _):
            return []
        }
    }

    private mutating func respond(_ response: Response) -> [Action] {
        guard response.isFinal else {
            self.state = .proceeding(last: response)
            return [.send(response)]
        }
        let ends = self.timers.t1 * 64
        if response.status.isSuccess {
            self.state = .accepted
            return [.stopTimer(.trying), .send(response), .startTimer(.l, after: ends)]
        }
        self.state = .completed(response, resendInterval: self.timers.t1)
        let resend: [Action] = self.isTransportReliable ? [] : [.startTimer(.g, after: self.timers.t1)]
        return [.stopTimer(.trying), .send(response), .startTimer(.h, after: ends)] + resend
    }
}
