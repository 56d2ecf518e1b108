import ServiceKit

/// What is measured of orders at an ACME CA.
struct ACMEMetrics: Sendable {
    private let open: Gauge
    private let failing: Gauge
    private let overdue: Gauge
    private let issued: Counter
    private let problems: [ACMEProblem.Kind: Counter]

    init(_ registry: MetricsRegistry) {
        self.open = registry.gauge(
            "isthmus_acme_orders",
            help: "Orders that are under way or wait for their next attempt."
        )
        self.failing = registry.gauge("isthmus_acme_orders_failing", help: "Those of them whose last attempt failed.")
        self.overdue = registry.gauge(
            "isthmus_acme_renewals_overdue",
            help: "Certificates that should have been renewed a day ago or longer."
        )
        self.issued = registry.counter(
            "isthmus_acme_certificates_issued_total",
            help: "Certificates that an ACME CA issued."
        )
        self.problems = Dictionary(
            uniqueKeysWithValues: ACMEProblem.Kind.allCases.map { kind in
                let counter = registry.counter(
                    "isthmus_acme_failures_total",
                    help: "Attempts that failed, by what they mean: unreachable, rate_limited, refused.",
                    labels: ["kind": kind.rawValue]
                )
                return (kind, counter)
            }
        )
    }

    /// Renewals that are late by so many seconds are overdue.
    private static let patience: Int64 = 86_400

    func update(_ orders: [StoredOrder], now: Int64) {
        let open = orders.filter(\.isOpen)
        self.open.set(open.count)
        self.failing.set(open.count { $0.machine.failures > 0 })
        self.overdue.set(orders.count { $0.renewal.map { now - $0.time > Self.patience } ?? false })
    }

    func failed(_ problem: ACMEProblem) { self.problems[problem.kind]?.increment() }
    func succeeded() { self.issued.increment() }
}
