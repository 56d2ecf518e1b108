import ServiceKit

/// What is measured of revocation lists: how old they are, and whether they can be fetched.
struct RevocationMetrics: Sendable {
    private let count: Gauge
    private let oldest: Gauge
    private let earliestExpiry: Gauge
    let failures: Counter

    init(_ registry: MetricsRegistry) {
        self.count = registry.gauge("isthmus_revocation_lists", help: "Revocation lists of authorities that are held.")
        self.oldest = registry.gauge(
            "isthmus_revocation_list_oldest_update_timestamp_seconds",
            help: "When the oldest of the revocation lists was made, in seconds since 1970; 0: there is none."
        )
        self.earliestExpiry = registry.gauge(
            "isthmus_revocation_list_earliest_expiry_timestamp_seconds",
            help: "When the first of the revocation lists expires, in seconds since 1970; 0: none does."
        )
        self.failures = registry.counter(
            "isthmus_revocation_list_fetch_failures_total",
            help: "Revocation lists that could not be fetched, or were not taken."
        )
    }

    func update(_ lists: [StoredRevocationList]) {
        self.count.set(lists.count)
        self.oldest.set(Double(lists.map(\.thisUpdate).min() ?? 0))
        self.earliestExpiry.set(Double(lists.compactMap(\.nextUpdate).min() ?? 0))
    }
}
