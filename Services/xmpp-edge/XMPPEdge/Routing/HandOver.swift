import Messaging
import XMPPCore

/// A stanza of a peer, or a part of it, that is at a sip-edge.
final class HandOver {
    let message: NeutralMessage
    /// The stanza without its content: what an error needs.
    let stanza: Stanza
    let pair: DomainPair
    let settlement: Settlement
    /// Other parts of the same stanza whose fate is not known yet, this one included.
    let parts: Parts
    /// The sip-edge that has it, or had it last.
    var edge = ""
    /// A sip-edge was not given it, or has given it back.
    var hasReturned = false
    /// It is with an edge that does not get what comes next in its conversation.
    var isCrossing = false

    /// How much of a stanza is still on its way.
    final class Parts {
        var remaining: Int
        /// The sender is told of the first failure only.
        var hasFailed = false

        init(_ count: Int) { self.remaining = count }
    }

    init(_ message: NeutralMessage, of stanza: Stanza, _ pair: DomainPair, _ settlement: Settlement, _ parts: Parts) {
        self.message = message
        var envelope = stanza
        envelope.children = []
        self.stanza = envelope
        self.pair = pair
        self.settlement = settlement
        self.parts = parts
    }
}
