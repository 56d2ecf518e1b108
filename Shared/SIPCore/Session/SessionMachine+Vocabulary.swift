extension SessionMachine {
    /// What the session waits for.
    public enum Timer: Hashable, Sendable, CaseIterable {
        /// Sends the 2xx again until its ACK comes.
        case resend
        /// Ends a session whose 2xx was never acknowledged.
        case acknowledge
        /// Ends a session in which nobody says anything.
        case idle
        /// Refreshes it, or gives up a peer that does not ([RFC 4028](https://www.rfc-editor.org/rfc/rfc4028)).
        case refresh, expiry
    }

    /// What came of a message in the dialog.
    public enum Fate: Equatable, Sendable {
        case taken
        /// The peer does not want this message; the session goes on.
        case refused
        /// The peer has lost the dialog: 408, 480, 481 ([RFC 5057 §5.3](https://www.rfc-editor.org/rfc/rfc5057#section-5.3)).
        case dialogGone
        /// Nobody knows whether it has arrived: no answer came.
        case unknown
    }

    /// What can happen to a session.
    public enum Event: Equatable, Sendable {
        /// Open it, to say this message.
        case invite(first: UInt64)
        /// A 2xx to our INVITE, and whether the message in it counts as delivered.
        case accepted(tookFirst: Bool)
        /// Another 2xx: resent, for its ACK was lost.
        case acceptedAgain
        /// Our INVITE was refused, or nobody answered it in time.
        case refused
        /// The peer's INVITE, and whether there is a message in it whose fate decides.
        case invited(withMessage: Bool)
        case firstTaken
        case firstRefused
        case cancelled
        case acknowledged
        case send(UInt64)
        case answered(UInt64, Fate)
        /// A request of the peer in the dialog.
        case heard
        case refreshed(SessionTimer?)
        case refreshFailed(dialogGone: Bool)
        /// Our refresh has met one of the peer's ([RFC 3261 §14.1](https://www.rfc-editor.org/rfc/rfc3261#section-14.1)): it is tried
        /// again after `pause`.
        case refreshCrossed(pause: Duration)
        case receivedBye
        case byeAnswered
        /// End it when what waits has been said; nothing more is taken.
        case close
        /// Who spoke has gone: end it when what waits has been said, unless more is said.
        case leave
        /// Another session takes over what waits.
        case superseded
        case timerFired(Timer)
    }

    /// What a session asks of its owner.
    public enum Action: Equatable, Sendable {
        case sendInvite(first: UInt64)
        case sendACK
        /// The 2xx to the peer's INVITE, for the first time or again.
        case accept(tookFirst: Bool)
        /// The refusal of the peer's INVITE: 487 when the peer has cancelled it, else what its message came to.
        case refuse(isCancelled: Bool)
        case sendMessage(UInt64)
        case sendRefresh
        case sendBye
        case taken(UInt64)
        /// These were not delivered: for the reason that has just come, or because there is no room.
        case bounce([UInt64])
        /// There is no room for this one.
        case overflow(UInt64)
        /// These were not said, in this order, and may be said in another session.
        case giveBack([UInt64])
        case startTimer(Timer, after: Duration)
        case stopTimer(Timer)
        case established
        /// It has ended, and nothing of it is under way; its owner may forget it.
        case finish
    }
}
