import NIOCore
import SIPCore

/// A re-INVITE that we have answered with 2xx, or an INVITE that another edge has, and whose ACK has not come.
struct UnacknowledgedRefresh {
    let invite: ServerTransactionKey
    let number: UInt32
    /// After what time the 2xx was sent for the last time.
    var interval: Duration
    let givenUpAt: NIODeadline
    /// Whether another edge has the session, and decides what becomes of it.
    let isRelayed: Bool
}

/// The 2xx to a re-INVITE is sent until its ACK comes, whatever the transport
/// ([RFC 3261 §13.3.1.4](https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4)); when none comes the session is ended
/// ([RFC 3261 §14.2](https://www.rfc-editor.org/rfc/rfc3261#section-14.2)).
extension SIPServer {
    func awaitAcknowledgement(
        of invite: ServerTransactionKey,
        _ id: Dialog.ID,
        _ number: UInt32,
        isRelayed: Bool = false
    ) {
        let timers = TimerValues.standard
        self.unacknowledgedRefreshes[id] = UnacknowledgedRefresh(
            invite: invite,
            number: number,
            interval: timers.t1,
            givenUpAt: .now() + TimeAmount(timers.t1 * 64),
            isRelayed: isRelayed
        )
        self.transactionTimers.insert(.unacknowledged(id, number), at: .now() + TimeAmount(timers.t1))
    }

    func refreshAcknowledged(_ id: Dialog.ID, _ number: UInt32) {
        guard self.unacknowledgedRefreshes[id]?.number == number else { return }
        self.unacknowledgedRefreshes[id] = nil
    }

    /// The ACK has not come in time.
    func repeatAcceptance(_ id: Dialog.ID, _ number: UInt32, at now: NIODeadline) {
        guard var refresh = self.unacknowledgedRefreshes[id], refresh.number == number else { return }
        guard refresh.isRelayed || self.sessions[id] != nil else { return self.unacknowledgedRefreshes[id] = nil }
        guard now < refresh.givenUpAt else {
            self.unacknowledgedRefreshes[id] = nil
            return refresh.isRelayed ? () : self.drive(id, .close)
        }
        if let finished = self.finishedInvites[refresh.invite] {
            self.drive(refresh.invite, .respond(finished.response))
        }
        refresh.interval = min(refresh.interval * 2, TimerValues.standard.t2)
        self.unacknowledgedRefreshes[id] = refresh
        self.transactionTimers.insert(.unacknowledged(id, number), at: now + TimeAmount(refresh.interval))
    }
}
