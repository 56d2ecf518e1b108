import Bus
import Interworking
import Messaging
import NIOCore
import Policy
import SIPCore

/// A SIP user and an XMPP contact who talk.
struct SessionPair: Hashable, Sendable {
    let local: Address
    let contact: Address

    init(local: Address, contact: Address) {
        self.local = local.bare
        self.contact = contact.bare
    }
}

/// A message of another edge that is to be said in a session.
struct SessionMessage {
    let message: NeutralMessage
    let token: TrafficToken
    /// In how many sessions it was tried.
    var attempts = 0
    /// What the latest attempt came to.
    var failure: DeliveryFailure?
    /// Whether the SIP side has it, and does not say that it has arrived: 202.
    var isUnconfirmed = false

    /// Sessions that one message may outlive: one that the peer has lost without telling, and the one that takes its place.
    static let attemptLimit = 2

    init(_ message: NeutralMessage, _ token: TrafficToken) {
        self.message = message
        self.token = token
    }
}

/// A session of text messages, opened by INVITE from either side.
struct Session {
    let pair: SessionPair
    var machine: SessionMachine
    var dialog: Dialog
    /// The SIP user, with the device that speaks.
    let user: Address
    /// The contact, with the resource that spoke last.
    var contact: Address
    /// What the conversation is called in XMPP.
    var thread: String?
    var media: SessionOffer.Media
    /// Whether the peer knows RFC 3994; else typing is KeyboardActivity.
    var takesIsComposing = false
    /// Whether the peer takes a text in several languages.
    var takesAlternatives = false
    /// The way to the peer: the connection on which it was heard last.
    var connection: ConnectionID?
    /// Messages by the numbers that the machine knows them by.
    var messages: [UInt64: SessionMessage] = [:]
    /// The peer's INVITE.
    var invite: ServerTransactionKey?
    /// What our 2xx says: the answer to the peer's offer.
    var answer: SessionDescription?
    /// What the peer asked for, and we agree to.
    var timer: SessionTimer?
    /// The number of our latest INVITE, which its ACK repeats.
    var inviteNumber: UInt32 = 0
    /// Whether a re-INVITE of ours has no answer yet.
    var isRefreshing = false
    /// Whether the first message is in our INVITE.
    var embedsMessage = false
    /// Why the peer's INVITE is refused, and whether we decided that.
    var refusal: (failure: DeliveryFailure, isOurs: Bool)?
    /// Which timers are not stale.
    var timers: [SessionMachine.Timer: UInt64] = [:]
    /// When it is idle for too long; its timer looks when it fires, so that a message costs no timer.
    var idleAt = NIODeadline.distantFuture

    var isFromPeer: Bool { self.invite != nil }

    /// Sessions of two users at a time; with another one the oldest ends.
    static let limitPerPair = 4
}

/// What a timer of sessions and their transactions is for; the number tells a current one from a stale one.
enum SessionTimerEvent {
    case session(Dialog.ID, SessionMachine.Timer, UInt64)
    case trying(ServerTransactionKey)
    case finished(ServerTransactionKey, InviteServerTransaction.Timer)
    case accepted(UInt64)
    case ringing(UInt64)
}
