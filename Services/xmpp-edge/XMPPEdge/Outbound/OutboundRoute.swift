import NIOCore
import XMPPCore

/// The way to one domain of a partner: what waits for a stream, and the stream.
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
        case open(any StanzaCarrier)
        /// Until then, because of this.
        case backingOff(NIODeadline, StreamEnd)
    }

    var phase = Phase.idle
    /// Stanzas that wait for a stream, in order.
    var queue: CircularBuffer<OutboundStanza> = []
    /// The link that is being negotiated.
    var attempt: OutboundLink?
    /// Keys that wait until there is an attempt.
    var verifications: [(OutboundStream.Verification, key: String)] = []
    var failures = 0

    /// How long to leave the partner alone after so many failures in a row; `chance` is a random number from 0 to 1.
    ///
    /// [RFC 6120 §3.3](https://www.rfc-editor.org/rfc/rfc6120#section-3.3): 1 s, doubled each time up to 60 s, and half of that
    /// unpredictable, so that not all gateways come back to a partner in the same second.
    static func pause(after failures: Int, chance: Double) -> TimeAmount {
        let longest = min(Int64(500) << Int64(max(0, min(failures, 10))), 60_000)
        return .milliseconds(longest / 2 + Int64(Double(longest / 2) * min(max(chance, 0), 1)))
    }
}
