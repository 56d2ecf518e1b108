import Synchronization

/// A number that only grows.
///
/// Cheap enough for the path of a message: one atomic addition.
public final class Counter: Sendable {
    private let total = Atomic<UInt64>(0)

    init() {}

    public func increment(by amount: UInt64 = 1) {
        self.total.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: UInt64 { self.total.load(ordering: .relaxed) }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
    private let current = AtomicDouble()

    init() {}

    public func set(_ value: Double) { self.current.set(value) }
    public func set(_ value: Int) { self.current.set(Double(value)) }
    public func increment(by amount: Double = 1) { self.current.add(amount) }
    public func decrement(by amount: Double = 1) { self.current.add(-amount) }
    public var value: Double { self.current.value }
}

/// How often a measured value fell below each of a few bounds.
public final class Histogram: Sendable {
    /// Bounds for times in seconds, from a tenth of a millisecond to half a minute.
    public static let seconds: [Double] = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    let bounds: [Double]
    private let buckets: [Counter]
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        self.buckets = (0...bounds.count).map { _ in Counter() }
    }

    public func record(_ value: Double) {
        let index = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.buckets[index].increment()
        self.total.add(value)
    }

    public func record(_ duration: Duration) {
        let parts = duration.components
        self.record(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }

    /// Per bound the number of values up to it, the last for all of them; and the sum of the values.
    var snapshot: (cumulative: [UInt64], sum: Double) {
        var sum: UInt64 = 0
        let cumulative = self.buckets.map { bucket in
            sum += bucket.value
            return sum
        }
        return (cumulative, self.total.value)
    }
}

/// A floating point number that several threads change.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: self.bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { self.bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = self.bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = self.bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
