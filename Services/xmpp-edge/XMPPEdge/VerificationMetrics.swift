import ServiceKit
import XMPPCore

/// What xmpp-edge counts of the dialback keys that peers assert.
struct VerificationMetrics: Sendable {
    /// Why a key was not looked at.
    enum Limit: String, CaseIterable { case connections, address, cached }

    /// Keys that are being verified.
    let pending: Gauge
    let valid: Counter
    let invalid: Counter
    let failed: Counter
    private let refused: [Limit: Counter]

    init(_ registry: MetricsRegistry) {
        self.pending = registry.gauge("isthmus_xmpp_verifications_pending", help: "Dialback keys being verified.")
        func outcome(_ word: String) -> Counter {
            registry.counter(
                "isthmus_xmpp_verifications_total",
                help: "Dialback keys of peers, by what their authoritative servers said.",
                labels: ["outcome": word]
            )
        }
        (self.valid, self.invalid, self.failed) = (outcome("valid"), outcome("invalid"), outcome("failed"))
        self.refused = Dictionary(
            uniqueKeysWithValues: Limit.allCases.map { limit in
                (
                    limit,
                    registry.counter(
                        "isthmus_xmpp_verifications_refused_total",
                        help: "Dialback keys of peers that were answered without asking anybody, by the limit.",
                        labels: ["limit": limit.rawValue]
                    )
                )
            }
        )
    }

    func refused(by limit: Limit) { self.refused[limit]?.increment() }

    func count(_ outcome: DialbackOutcome) {
        switch outcome {
        case .valid: self.valid.increment()
        case .invalid: self.invalid.increment()
        case .failed: self.failed.increment()
        }
    }
}
