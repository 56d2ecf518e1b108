import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import TLS
import XMPPCore

/// What the streams of this edge need of the rest of it.
struct Surroundings: Sendable {
    /// The one event loop: everything here runs on it (docs/adr/0006-one-event-loop-per-edge-process.md).
    let loop: any EventLoop
    let logger: Logger
    let metrics: EdgeMetrics
    let limits: Limits
    /// Whether stanzas may go both ways on one stream (XEP-0288).
    var allowsBidirectional = true
    let resolver: ServiceResolver
    let dialback: any DialbackKeys
    /// The certificates and trust roots in use; `nil` until cert-service has answered.
    let tlsContext: @Sendable () -> TLSContext?
    let report: @Sendable (RefusalRecord) -> Void
    /// The present, in milliseconds since 1970.
    var now: @Sendable () -> Int64 = { WallClock.milliseconds() }

    var executor: UnownedSerialExecutor { self.loop.executor.asUnownedSerialExecutor() }
}

/// The dialback authority, which alone knows the secret.
protocol DialbackKeys: Sendable {
    /// The key that proves us to the receiving server of a stream; `nil` if the authority does not answer.
    func key(for pair: DomainPair, streamID: String) async -> String?
    /// Whether a key that was shown to a server is ours, or why that cannot be found out.
    func check(_ key: String, for pair: DomainPair, streamID: String) async -> DialbackOutcome
}

/// Unpredictable ids of streams, and the ids by which operators follow messages.
struct Identifiers {
    private var generator = SystemRandomNumberGenerator()
    private let prefix: String
    private var count: UInt64 = 0

    init() {
        var generator = SystemRandomNumberGenerator()
        self.prefix = "x" + String(UInt32.random(in: .min ... .max, using: &generator), radix: 36) + "-"
    }

    /// 128 random bits ([RFC 6120 §4.7.3](https://www.rfc-editor.org/rfc/rfc6120#section-4.7.3): unique and unpredictable).
    mutating func streamID() -> String {
        String(self.generator.next(), radix: 36) + String(self.generator.next(), radix: 36)
    }

    mutating func messageID() -> MessageID {
        self.count += 1
        return MessageID(self.prefix + String(self.count, radix: 36))
    }
}
