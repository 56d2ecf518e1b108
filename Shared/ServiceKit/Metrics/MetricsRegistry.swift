import Synchronization

/// What a service measures, and how Prometheus reads it.
///
/// Asking twice for the same name and labels gives the same instrument. Ask once and keep it: the look-up takes a lock,
/// the instruments do not.
public final class MetricsRegistry: Sendable {
    /// How many series one name may have; beyond it they share the series whose labels are all `other`.
    ///
    /// Whatever a peer sends, the memory for measurements is bounded.
    public static let seriesLimit = 100

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// `series` is how many there may be of that name, where its labels name more than a few: partners, for instance.
    public func counter(
        _ name: String,
        help: String,
        labels: Labels = [:],
        series: Int = MetricsRegistry.seriesLimit
    ) -> Counter {
        let made = self.instrument(name, help: help, labels: labels, series) { .counter(Counter()) }
        guard case .counter(let counter) = made else { return Self.mismatch(name, Counter()) }
        return counter
    }

    public func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        let made = self.instrument(name, help: help, labels: labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = made else { return Self.mismatch(name, Gauge()) }
        return gauge
    }

    public func histogram(
        _ name: String,
        help: String,
        bounds: [Double] = Histogram.seconds,
        labels: Labels = [:]
    ) -> Histogram {
        let made = self.instrument(name, help: help, labels: labels) { .histogram(Histogram(bounds: bounds)) }
        guard case .histogram(let histogram) = made else { return Self.mismatch(name, Histogram(bounds: bounds)) }
        return histogram
    }

    /// A value that is asked for when Prometheus asks: the length of a queue, the age of a certificate.
    ///
    /// `counts` says that the value only grows; `read` is called on any thread and must not wait.
    public func observe(
        _ name: String,
        help: String,
        counts: Bool = false,
        labels: Labels = [:],
        read: @escaping @Sendable () -> Double
    ) {
        _ = self.instrument(name, help: help, labels: labels) { counts ? .observedCounter(read) : .observedGauge(read) }
    }

    /// Everything, in the [text format](https://prometheus.io/docs/instrumenting/exposition_formats/) of Prometheus.
    public func prometheusText() -> String {
        // Observers are called outside the lock.
        let families = self.families.withLock { $0 }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { text.append(name, family) }
        return text.text
    }

    private func instrument(
        _ name: String,
        help: String,
        labels: Labels,
        _ limit: Int = MetricsRegistry.seriesLimit,
        make: () -> Instrument
    ) -> Instrument {
        self.families.withLock { families in
            let name = PrometheusText.name(name)
            var family = families[name] ?? Family(help: help)
            defer { families[name] = family }
            if let known = family.series[labels] { return known }
            let labels = family.series.count < limit ? labels : labels.overflow
            if let known = family.series[labels] { return known }
            let made = make()
            // One name, one type: an instrument of another type would spoil the whole page for Prometheus.
            guard family.type == nil || family.type == made.type else { return made }
            family.type = made.type
            family.series[labels] = made
            return made
        }
    }

    /// Two parts use one name for different things: our own mistake, and no reason to stop a running service.
    private static func mismatch<Kind>(_ name: String, _ instrument: Kind) -> Kind {
        assertionFailure("the metric \(name) already exists with another type")
        return instrument
    }
}

/// All series of one name.
struct Family {
    let help: String
    var type: String?
    var series: [Labels: Instrument] = [:]
}

enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case observedCounter(@Sendable () -> Double)
    case observedGauge(@Sendable () -> Double)

    /// The type in the words of Prometheus.
    var type: String {
        switch self {
        case .counter, .observedCounter: "counter"
        case .gauge, .observedGauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
