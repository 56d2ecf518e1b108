import ServiceKit

/// What is measured of assignments that edges refuse.
struct StagingMetrics: Sendable {
    let rollbacks: Counter
    let refusals: Counter

    init(_ registry: MetricsRegistry) {
        self.rollbacks = registry.counter(
            "isthmus_certificate_rollbacks_total",
            help: "Assignments that were rolled back because an edge could not serve with them."
        )
        self.refusals = registry.counter(
            "isthmus_certificate_sets_refused_total",
            help: "Sets of certificates in force that an edge could not take into use."
        )
    }
}
