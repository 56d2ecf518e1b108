import Bus
import Messaging
import NIOCore
import XMPPCore

/// A stanza on its way to a partner, and whom its fate concerns.
struct OutboundStanza: Sendable {
    let stanza: Stanza
    let fate: Fate
}

/// Who is to be told what became of a stanza; each is told exactly once.
enum Fate: Sendable {
    /// Nobody waits for it.
    case none
    /// The edge that handed it over.
    case traffic(TrafficToken)
    /// The peer whose stanza this one answers.
    case settlement(Settlement)

    /// Whether whoever waited has given up: it was told so, and the stanza must not be sent any more.
    func hasExpired(at now: NIODeadline) -> Bool {
        switch self {
        case .traffic(let token): token.deadline <= now
        case .none, .settlement: false
        }
    }
}

/// What streams are for, and between whom: one negotiation at a time for each.
struct RouteKey: Hashable, Sendable {
    let pair: DomainPair
    let purpose: OutboundStream.Purpose
    /// A stream of a test, which is nobody's way: there is no route under this key.
    var isTest = false
}
