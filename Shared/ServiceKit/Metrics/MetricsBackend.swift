package import CoreMetrics

/// Takes the measurements of the libraries (Hummingbird, NIO …) into the service's registry.
package struct MetricsBackend: MetricsFactory {
    private let registry: MetricsRegistry

    package init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterBackend(
            self.registry.counter(label + "_total", help: Self.help(label), labels: Labels(dimensions))
        )
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        MeterBackend(self.registry.gauge(label, help: Self.help(label), labels: Labels(dimensions)))
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return MeterBackend(self.registry.gauge(label, help: Self.help(label), labels: Labels(dimensions)))
        }
        return HistogramBackend(self.registry.histogram(label, help: Self.help(label), labels: Labels(dimensions)))
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        HistogramBackend(
            self.registry.histogram(label + "_seconds", help: Self.help(label), labels: Labels(dimensions))
        )
    }

    // The series of a library stay, at their last value: their number is bounded by the registry.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private static func help(_ label: String) -> String {
        "Measured by a library as \(label)."
    }
}

private final class CounterBackend: CounterHandler {
    private let counter: Counter
    init(_ counter: Counter) { self.counter = counter }
    func increment(by amount: Int64) { self.counter.increment(by: UInt64(clamping: amount)) }
    /// A counter of Prometheus never goes back.
    func reset() {}
}

private final class MeterBackend: MeterHandler, RecorderHandler {
    private let gauge: Gauge
    init(_ gauge: Gauge) { self.gauge = gauge }
    func set(_ value: Int64) { self.gauge.set(Double(value)) }
    func set(_ value: Double) { self.gauge.set(value) }
    func increment(by amount: Double) { self.gauge.increment(by: amount) }
    func decrement(by amount: Double) { self.gauge.decrement(by: amount) }
    func record(_ value: Int64) { self.gauge.set(Double(value)) }
    func record(_ value: Double) { self.gauge.set(value) }
}

private final class HistogramBackend: RecorderHandler, TimerHandler {
    private let histogram: Histogram
    init(_ histogram: Histogram) { self.histogram = histogram }
    func record(_ value: Int64) { self.histogram.record(Double(value)) }
    func record(_ value: Double) { self.histogram.record(value) }
    func recordNanoseconds(_ duration: Int64) { self.histogram.record(Double(duration) / 1e9) }
}
