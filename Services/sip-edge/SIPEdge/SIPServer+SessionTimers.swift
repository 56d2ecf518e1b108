import NIOCore
import Policy
import SIPCore

/// Time for sessions and INVITE transactions.
extension SIPServer {
    func startTimer(_ timer: SessionMachine.Timer, _ time: Duration, _ id: Dialog.ID) {
        let deadline = NIODeadline.now() + TimeAmount(time)
        if timer == .idle {
            self.sessions[id]?.idleAt = deadline
            // The one that runs looks again when it fires.
            guard self.sessions[id]?.timers[.idle] == nil else { return }
        }
        let number = self.newTimerNumber()
        self.sessions[id]?.timers[timer] = number
        self.sessionTimers.insert(.session(id, timer, number), at: deadline)
    }

    func fireSessionTimers(at now: NIODeadline) {
        while let event = self.sessionTimers.popExpired(at: now) {
            switch event {
            case .session(let id, let timer, let number): self.fire(timer, number, id, now)
            case .trying(let key): self.sendTrying(key)
            case .finished(let key, let timer): self.drive(key, .timerFired(timer))
            case .accepted(let number): self.acceptedInvites[number] = nil
            case .ringing(let number): self.expire(number)
            }
        }
    }

    private func fire(_ timer: SessionMachine.Timer, _ number: UInt64, _ id: Dialog.ID, _ now: NIODeadline) {
        guard let session = self.sessions[id], session.timers[timer] == number else { return }
        if timer == .idle, session.idleAt > now {
            return self.sessionTimers.insert(.session(id, timer, number), at: session.idleAt)
        }
        self.sessions[id]?.timers[timer] = nil
        self.drive(id, .timerFired(timer))
    }
}
