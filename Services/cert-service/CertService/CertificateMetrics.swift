import ServiceKit
import Wire

/// What is measured of certificates, above all how long they last.
struct CertificateMetrics: Sendable {
    private let expiry: [CertificateUse: Gauge]
    private let count: [String: Gauge]

    init(_ registry: MetricsRegistry) {
        self.expiry = Dictionary(
            uniqueKeysWithValues: CertificateUse.allCases.map { use in
                let gauge = registry.gauge(
                    "isthmus_certificate_earliest_expiry_timestamp_seconds",
                    help: "When the first of the certificates in use expires, in seconds since 1970; 0: there is none.",
                    labels: ["use": use.rawValue]
                )
                return (use, gauge)
            }
        )
        self.count = Dictionary(
            uniqueKeysWithValues: ["pending", "automatic", "assigned", "unassigned"].map { state in
                let gauge = registry.gauge(
                    "isthmus_certificates",
                    help: "Certificates and pending requests.",
                    labels: ["state": state]
                )
                return (state, gauge)
            }
        )
    }

    func update(_ held: [StoredCertificate], domains: [String], now: Int64) {
        for (use, gauge) in self.expiry {
            let selected = IdentitySelection.select(held, use: use, domains: domains, now: now)
            gauge.set(Double(selected.map(\.notAfter).min() ?? 0))
        }
        let states = Dictionary(grouping: held) { certificate in
            if certificate.isPending { return "pending" }
            if certificate.origin == .automatic { return "automatic" }
            return certificate.uses.isEmpty ? "unassigned" : "assigned"
        }
        for (state, gauge) in self.count { gauge.set(states[state]?.count ?? 0) }
    }
}
