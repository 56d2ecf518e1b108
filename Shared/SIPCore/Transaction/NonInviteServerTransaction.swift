/// The server side of a non-INVITE transaction: Figure 8 of
/// [RFC 3261 §17.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.2), with
/// [RFC 4320](https://www.rfc-editor.org/rfc/rfc4320): no provisional response over a reliable transport, and no 408.
///
/// ```
///            request         respond               J
///  initial ─────────▶ trying ────────▶ completed ─────▶ terminated
///                       │ ▲              │ ▲
///                       └─┘ request:     └─┘ request: send the response again
///                           absorbed
/// ```
public struct NonInviteServerTransaction: Equatable, Sendable {
    public enum Timer: Hashable, Sendable {
        /// Absorbs requests resent over an unreliable transport.
        case j
    }

    public enum Event: Equatable, Sendable {
        /// The request, for the first time or resent.
        case request
        /// The user of the transaction has its final response.
        case respond(Response)
        case timerFired(Timer)
        case transportFailed
    }

    public enum Action: Equatable, Sendable {
        /// Hand the request to the user of the transaction.
        case deliver
        case send(Response)
        case startTimer(Timer, after: Duration)
        /// The transaction has ended; its owner may forget it.
        case finish
    }

    private enum State: Equatable, Sendable {
        case initial, trying
        case completed(Response)
        case terminated
    }

    private var state = State.initial
    private let timers: TimerValues
    private let isTransportReliable: Bool

    public init(isTransportReliable: Bool, timers: TimerValues = .standard) {
        self.isTransportReliable = isTransportReliable
        self.timers = timers
    }

    public mutating func handle(_ event: Event) -> [Action] {
        switch (self.state, event) {
        case (.initial, .request):
            self.state = .trying
            return [.deliver]

        case (.trying, .respond(let response)):
            assert(response.isFinal, "provisional responses are not sent (RFC 4320)")
            guard !self.isTransportReliable else {
                self.state = .terminated
                return [.send(response), .finish]
            }
            self.state = .completed(response)
            return [.send(response), .startTimer(.j, after: self.timers.t1 * 64)]

        case (.completed(let response), .request):
            return [.send(response)]

        case (.completed, .timerFired(.j)), (.trying, .transportFailed), (.completed, .transportFailed):
            self.state = .terminated
            return [.finish]

        // Resent requests are absorbed until there is a response, and a second response is nobody's.
        case (.trying, .request), (.completed, .respond), (.trying, .timerFired), (.initial, _), (.terminated, _):
            return []
        }
    }
}
