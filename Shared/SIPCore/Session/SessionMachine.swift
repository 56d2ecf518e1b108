/// One session of text messages: an INVITE dialog from either side, what is said in it, and its end
/// ([RFC 3261 §13, §15](https://www.rfc-editor.org/rfc/rfc3261#section-13)).
///
/// ```
///           invite                 2xx: ACK
///  idle ──────────────▶ inviting ────────────▶ established ◀──── ACK ───── accepted
///   │                    │  │ ▲                 │  │  │                     ▲   │
///   │                    │  └─┘ send: queued    │  │  └─ 481, refused ──┐   │   │ no ACK: BYE
///   │                    │ refused, close       │  └─ BYE from peer ──┐ │   │   │
///   │ invited            ▼                      ▼ close, idle: BYE    │ │   │   ▼
///   └─────▶ offered     over ◀── 2xx: ACK ── ending ─── answered ──▶ over ◀─┼── ending
///             │                              ▲                              │
///             └── fate of the first message: 2xx ───────────────────────────┘
///                                            or refuse ──▶ over
/// ```
///
/// Messages are known by numbers, which its owner gives. One is under way at a time, so that their order is that of their
/// answers; the others wait in a queue that is bounded. What could not be said in this session is given back, each once: in
/// `giveBack` what may be said in another one, in `bounce` what may not.
///
/// The machine does no I/O and reads no clock.
public struct SessionMachine: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case idle
        case inviting(first: UInt64)
        case offered(isCancelled: Bool)
        /// Our 2xx waits for its ACK.
        case accepted(tookFirst: Bool, interval: Duration)
        case established
        case ending, over
    }

    var state = State.idle
    var queue: [UInt64] = []
    var underWay: UInt64?
    /// Ends when nothing is under way and nothing waits.
    var isClosing = false
    /// The same, unless more is said.
    var isLeaving = false
    var timer: SessionTimer?
    let limit: Int
    let idleTime: Duration
    let timers: TimerValues

    /// Makes a session that has not begun.
    ///
    /// - Parameters:
    ///   - limit: Messages that may wait.
    ///   - idleTime: How long nobody may say anything.
    ///   - timers: Of the transactions.
    public init(limit: Int, idleTime: Duration, timers: TimerValues = .standard) {
        self.limit = limit
        self.idleTime = idleTime
        self.timers = timers
    }

    /// Whether messages may be said in it, now or soon.
    public var isOpen: Bool {
        switch self.state {
        case .idle, .inviting, .offered, .accepted, .established: !self.isClosing
        case .ending, .over: false
        }
    }

    /// Whether messages can be sent in its dialog.
    public var isEstablished: Bool { self.state == .established }
    /// Whether nothing is under way, and nothing waits.
    public var isQuiet: Bool { self.queue.isEmpty && self.underWay == nil && !self.isInviting }
    /// Messages that wait, the one under way among them.
    public var waiting: Int { self.queue.count + (self.underWay == nil ? 0 : 1) }
    /// Whether our INVITE has no answer yet.
    public var isInviting: Bool { if case .inviting = self.state { true } else { false } }
    /// Whether the peer has taken its INVITE back, and it has no answer yet.
    public var isCancelled: Bool { if case .offered(isCancelled: true) = self.state { true } else { false } }
    public var isOver: Bool { self.state == .over }

    public mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .invite(let first): self.invite(first)
        case .accepted(let tookFirst): self.accepted(tookFirst)
        case .acceptedAgain: self.state == .idle || self.isInviting ? [] : [.sendACK]
        case .refused: self.refused()
        case .invited(let withMessage): self.invited(withMessage)
        case .firstTaken: self.accept(tookFirst: true)
        case .firstRefused: self.refuse()
        case .cancelled: self.cancel()
        case .acknowledged: self.acknowledged()
        case .send(let message): self.send(message)
        case .answered(let message, let fate): self.answered(message, fate)
        case .heard: self.isEstablished ? self.startIdle() : []
        case .refreshed(let timer): self.refreshed(timer)
        case .refreshFailed(let isGone): self.refreshFailed(isGone)
        case .refreshCrossed(let pause): self.isEstablished ? [.startTimer(.refresh, after: pause)] : []
        case .receivedBye: self.receivedBye()
        case .byeAnswered: self.state == .ending ? self.end([]) : []
        case .close: self.close()
        case .leave: self.leave()
        case .superseded: self.supersede()
        case .timerFired(let timer): self.fired(timer)
        }
    }
}

// MARK: - Beginning

extension SessionMachine {
    private mutating func invite(_ first: UInt64) -> [Action] {
        guard self.state == .idle else { return [.giveBack([first])] }
        self.state = .inviting(first: first)
        return [.sendInvite(first: first)]
    }

    private mutating func accepted(_ tookFirst: Bool) -> [Action] {
        guard case .inviting(let first) = self.state else { return [] }
        self.state = .established
        if tookFirst { return [.sendACK, .established, .taken(first)] + self.startIdle() + self.next() }
        self.queue.insert(first, at: 0)
        return [.sendACK, .established] + self.startIdle() + self.next()
    }

    private mutating func refused() -> [Action] {
        guard case .inviting(let first) = self.state else { return [] }
        let all = [first] + self.queue
        self.queue = []
        return self.end([.bounce(all)])
    }

    private mutating func invited(_ withMessage: Bool) -> [Action] {
        guard self.state == .idle else { return [] }
        self.state = .offered(isCancelled: false)
        return withMessage ? [] : self.accept(tookFirst: false)
    }

    private mutating func accept(tookFirst: Bool) -> [Action] {
        guard case .offered(let isCancelled) = self.state else { return [] }
        // The peer has cancelled what was delivered already: it is told the truth, and the session is ended at once.
        if isCancelled { self.isClosing = true }
        self.state = .accepted(tookFirst: tookFirst, interval: self.timers.t1)
        return [
            .accept(tookFirst: tookFirst), .startTimer(.resend, after: self.timers.t1),
            .startTimer(.acknowledge, after: self.timers.t1 * 64),
        ]
    }

    private mutating func refuse() -> [Action] {
        guard case .offered(let isCancelled) = self.state else { return [] }
        let rest = self.queue
        self.queue = []
        return self.end([.refuse(isCancelled: isCancelled)] + (rest.isEmpty ? [] : [.giveBack(rest)]))
    }

    /// What the XMPP side has already is not taken back by CANCEL: its fate decides, as when CANCEL crosses our answer
    /// ([RFC 3261 §9.2](https://www.rfc-editor.org/rfc/rfc3261#section-9.2)).
    mutating func cancel() -> [Action] {
        guard case .offered = self.state else { return [] }
        self.state = .offered(isCancelled: true)
        return []
    }

    private mutating func acknowledged() -> [Action] {
        guard case .accepted = self.state else { return [] }
        self.state = .established
        return [.stopTimer(.resend), .stopTimer(.acknowledge), .established] + self.startIdle() + self.next()
    }
}

// MARK: - Messages

extension SessionMachine {
    private mutating func send(_ message: UInt64) -> [Action] {
        guard self.isOpen else { return [.giveBack([message])] }
        guard self.queue.count < self.limit else { return [.overflow(message)] }
        self.isLeaving = false
        self.queue.append(message)
        return self.isEstablished ? self.next() : []
    }

    /// Says what waits; when nothing does, and it is to end, ends it.
    mutating func next() -> [Action] {
        guard self.underWay == nil else { return [] }
        guard !self.queue.isEmpty else { return self.isClosing || self.isLeaving ? self.bye() : [] }
        let message = self.queue.removeFirst()
        self.underWay = message
        return [.sendMessage(message)]
    }

    private mutating func answered(_ message: UInt64, _ fate: Fate) -> [Action] {
        guard self.underWay == message else { return [] }
        self.underWay = nil
        switch fate {
        case .taken:
            return [.taken(message)] + (self.isEstablished ? self.startIdle() + self.next() : self.finishIfOver())
        case .refused: return [.bounce([message])] + (self.isEstablished ? self.next() : self.finishIfOver())
        case .dialogGone: return self.lose([message])
        case .unknown:
            // RFC 3261 §12.2.1.2: who does not answer has lost the dialog. The message may have arrived: it is not said twice.
            return [.bounce([message])] + self.lose([])
        }
    }

    /// The answer that a session which is over still waited for has come.
    private func finishIfOver() -> [Action] { self.isOver ? [.finish] : [] }

    /// The dialog is gone: what was not said goes to another one.
    ///
    /// The peer is told, as far as it still listens.
    mutating func lose(_ first: [UInt64]) -> [Action] {
        let rest = first + self.queue
        self.queue = []
        let back: [Action] = rest.isEmpty ? [] : [.giveBack(rest)]
        guard self.isEstablished else { return back + self.finishIfOver() }
        return self.bye() + back
    }
}
