import ServiceKit

/// What dialback-authority counts.
struct AuthorityMetrics: Sendable {
    let made: Counter
    let valid: Counter
    /// Of the valid ones, those made with the secret before the present one: when there are none left it is of no use.
    let previous: Counter
    let invalid: Counter
    let limitedByDomain: Counter
    let limitedByTotal: Counter
    let rotations: Counter
    let failures: Counter

    init(_ registry: MetricsRegistry, keeper: SecretKeeper, clock: @escaping @Sendable () -> Int64) {
        self.made = registry.counter("isthmus_dialback_keys_total", help: "Dialback keys made.")
        let help = "Dialback keys checked, by verdict."
        self.valid = registry.counter("isthmus_dialback_checks_total", help: help, labels: ["verdict": "valid"])
        self.previous = registry.counter(
            "isthmus_dialback_previous_secret_total",
            help: "Valid dialback keys that were made with the secret before the present one."
        )
        self.invalid = registry.counter("isthmus_dialback_checks_total", help: help, labels: ["verdict": "invalid"])
        let limited = "Requests refused because a remote domain, or all of them, caused too many."
        self.limitedByDomain = registry.counter(
            "isthmus_dialback_rate_limited_total",
            help: limited,
            labels: ["limit": "domain"]
        )
        self.limitedByTotal = registry.counter(
            "isthmus_dialback_rate_limited_total",
            help: limited,
            labels: ["limit": "total"]
        )
        self.rotations = registry.counter("isthmus_dialback_rotations_total", help: "Dialback secrets replaced here.")
        self.failures = registry.counter(
            "isthmus_dialback_secret_failures_total",
            help: "Times at which the file of the dialback secret could not be used, or not be replaced."
        )
        registry.observe(
            "isthmus_dialback_secret_age_seconds",
            help: "How long the dialback secret has been in use; -1 when nobody knows."
        ) { keeper.age(at: clock()) ?? -1 }
        registry.observe("isthmus_dialback_secrets", help: "Dialback secrets whose keys are valid: 1, or 2.") {
            Double(keeper.live(at: clock()).count)
        }
    }
}
