import NIOCore
import XMPPCore

/// The way to one domain of a partner: what waits for a stream, and what a stream has not yet got rid of.
///
/// ```
///        first stanza                 established
///  idle ──────────────▶ negotiating ──────────────▶ open ── ended ──▶ idle, or negotiating again if stanzas wait
///                         │ failed: all that waits is bounced
///                         └─────────▶ backing off (new stanzas bounce at once) ── time is over ──▶ idle
/// ```
struct OutboundRoute {
    enum Phase {
        case idle
        case negotiating
        case open(OutboundLink)
        /// Until then, because of this.
        case backingOff(NIODeadline, StreamEnd)
    }

    var phase = Phase.idle
    /// Stanzas that wait for a stream, in order.
    var queue: CircularBuffer<OutboundStanza> = []
    /// The fates of the stanzas that were written and are not yet taken, in order.
    var inFlight: CircularBuffer<Fate> = []
    /// The link that is being negotiated.
    var attempt: OutboundLink?
    /// Keys that wait until there is an attempt.
    var verifications: [(OutboundStream.Verification, key: String)] = []
    var failures = 0
    /// The largest stanza the peer takes.
    var maximumBytes: Int?

    /// How long to leave the partner alone after so many failures in a row.
    static func pause(after failures: Int) -> TimeAmount {
        .milliseconds(min(500 << Int64(min(failures, 10)), 60_000))
    }
}
