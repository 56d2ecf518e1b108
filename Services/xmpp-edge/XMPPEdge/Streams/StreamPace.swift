import NIOCore
import NetworkKit

/// How fast one peer may send: what came faster has come, and what comes next stays in the kernel's buffers until the rate is
/// kept again, so that TCP slows the peer down.
///
/// Pure: time is an argument. Charged once for each read, not for each stanza.
struct StreamPace {
    /// What was exceeded.
    enum Limit: Equatable { case bytes, stanzas }

    /// No pause is shorter: a timer for a few microseconds would cost more than it saves.
    static let shortestPause = TimeAmount.milliseconds(10)

    private var bytes: TokenBucket
    private var stanzas: TokenBucket

    init(_ limits: Limits) {
        self.bytes = TokenBucket(rate: Double(limits.byteRate), burst: Double(limits.byteBurst))
        self.stanzas = TokenBucket(rate: Double(limits.stanzaRate), burst: Double(limits.stanzaBurst))
    }

    /// Takes note of what was read.
    ///
    /// - Returns: how long the peer is not to be read, and why; `nil` if it may go on.
    mutating func read(bytes: Int, stanzas: Int, at now: NIODeadline) -> (pause: TimeAmount, limit: Limit)? {
        let forBytes = self.bytes.charge(bytes, at: now)
        let forStanzas = self.stanzas.charge(stanzas, at: now)
        guard max(forBytes, forStanzas) > .zero else { return nil }
        return (max(forBytes, forStanzas, Self.shortestPause), forBytes >= forStanzas ? .bytes : .stanzas)
    }
}
