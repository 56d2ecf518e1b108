/// How a session ends, and what time does to it.
extension SessionMachine {
    mutating func close() -> [Action] {
        switch self.state {
        case .idle: return self.end([])
        case .inviting, .offered, .accepted:
            self.isClosing = true
            return []
        case .established:
            self.isClosing = true
            return self.next()
        case .ending, .over: return []
        }
    }

    mutating func leave() -> [Action] {
        self.isLeaving = true
        return self.isEstablished ? self.next() : []
    }

    mutating func supersede() -> [Action] {
        let rest = self.queue
        self.queue = []
        let back: [Action] = rest.isEmpty ? [] : [.giveBack(rest)]
        return self.close() + back
    }

    mutating func receivedBye() -> [Action] {
        switch self.state {
        // Our INVITE has an answer to come: before it there is no dialog to end.
        case .idle, .inviting, .over: return []
        // RFC 3261 §15.1.2: what is pending is answered all the same.
        case .offered: return self.cancel()
        case .accepted, .established, .ending:
            // What is under way has an answer to come, whatever becomes of the dialog.
            let rest = self.queue
            self.queue = []
            return self.end(rest.isEmpty ? [] : [.giveBack(rest)])
        }
    }

    mutating func bye() -> [Action] {
        self.state = .ending
        return self.stopTimers() + [.sendBye]
    }

    mutating func end(_ actions: [Action]) -> [Action] {
        let stopped = self.state == .ending ? [] : self.stopTimers()
        self.state = .over
        return actions + stopped + (self.underWay == nil ? [.finish] : [])
    }

    private func stopTimers() -> [Action] { Timer.allCases.map { .stopTimer($0) } }
}

// MARK: - Time

extension SessionMachine {
    func startIdle() -> [Action] { [.startTimer(.idle, after: self.idleTime)] }

    mutating func refreshed(_ timer: SessionTimer?) -> [Action] {
        guard !self.isOver, self.state != .ending else { return [] }
        self.timer = timer
        guard let timer else { return [.stopTimer(.refresh), .stopTimer(.expiry)] }
        return timer.isOurs
            ? [.startTimer(.refresh, after: timer.refreshesAfter)]
            : [.startTimer(.expiry, after: timer.endsAfter)]
    }

    mutating func refreshFailed(_ isGone: Bool) -> [Action] {
        guard self.isEstablished else { return [] }
        if isGone { return self.lose([]) }
        // Tried again in the other half of the interval; when that fails too, the peer ends it.
        return self.timer.map { [.startTimer(.refresh, after: $0.refreshesAfter / 2)] } ?? []
    }

    mutating func fired(_ timer: Timer) -> [Action] {
        switch (timer, self.state) {
        case (.resend, .accepted(let tookFirst, let interval)):
            let next = min(interval * 2, self.timers.t2)
            self.state = .accepted(tookFirst: tookFirst, interval: next)
            return [.accept(tookFirst: tookFirst), .startTimer(.resend, after: next)]
        case (.acknowledge, .accepted):
            // RFC 3261 §13.3.1.4: no ACK; the session is ended.
            let rest = self.queue
            self.queue = []
            return self.bye() + (rest.isEmpty ? [] : [.giveBack(rest)])
        case (.idle, .established):
            self.isClosing = true
            return self.next()
        case (.refresh, .established): return [.sendRefresh]
        case (.expiry, .established): return self.lose([])
        // A timer may fire as it is stopped.
        case (.resend, _), (.acknowledge, _), (.idle, _), (.refresh, _), (.expiry, _): return []
        }
    }
}
