import ServiceKit

/// What xmpp-edge counts of certificates that DNS is asked about.
struct ProofMetrics: Sendable {
    /// What came out for a certificate.
    enum Outcome: String, CaseIterable {
        /// It is the domain's.
        case proven
        /// The domain has proven servers, and it is none of theirs.
        case differs
        /// DNSSEC proves nothing of the domain, or there was no answer.
        case failed
    }

    /// Why nobody was asked, or, for the domain's further servers, not about all of them.
    enum Limit: String, CaseIterable { case domains, address, cached, servers }

    /// Domains that are being looked up.
    let pending: Gauge
    private let outcomes: [Outcome: Counter]
    private let refused: [Limit: Counter]

    init(_ registry: MetricsRegistry) {
        self.pending = registry.gauge(
            "isthmus_xmpp_proofs_pending",
            help: "Domains of connecting peers whose TLSA records are being looked up."
        )
        let outcomes = Outcome.allCases.map { outcome in
            (
                outcome,
                registry.counter(
                    "isthmus_xmpp_proofs_total",
                    help: "Certificates of connecting peers that DNS was asked about, by what came out.",
                    labels: ["outcome": outcome.rawValue]
                )
            )
        }
        self.outcomes = Dictionary(uniqueKeysWithValues: outcomes)
        let refused = Limit.allCases.map { limit in
            (
                limit,
                registry.counter(
                    "isthmus_xmpp_proofs_refused_total",
                    help: "Certificates of connecting peers that DNS was not asked about, by the limit.",
                    labels: ["limit": limit.rawValue]
                )
            )
        }
        self.refused = Dictionary(uniqueKeysWithValues: refused)
    }

    func count(_ outcome: Outcome) { self.outcomes[outcome]?.increment() }
    func refused(by limit: Limit) { self.refused[limit]?.increment() }
}
