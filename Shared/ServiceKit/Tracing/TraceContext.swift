/// Which chain of requests something belongs to: the `traceparent` of
/// [W3C Trace Context §3.2](https://www.w3.org/TR/trace-context/#traceparent-header).
///
/// An administrator's request carries one from `isthmusctl` through the API and over the bus into every service that works on it; all that
/// is logged meanwhile bears its `trace.id`. (Messages are followed by their `message.id`.)
public struct TraceContext: Hashable, Sendable {
    /// 16 bytes, not all zero, the same in every service.
    public let traceID: (high: UInt64, low: UInt64)
    /// The step that caused this one; not zero.
    public let parentID: UInt64
    /// Whether somebody upstream records the trace.
    public let isSampled: Bool

    /// The context of the request that is being worked on.
    @TaskLocal public static var current: TraceContext?

    private init(_ high: UInt64, _ low: UInt64, parent: UInt64, isSampled: Bool) {
        self.traceID = (high, low)
        self.parentID = parent
        self.isSampled = isSampled
    }

    /// Begins a trace of its own.
    public init(using generator: inout some RandomNumberGenerator) {
        self.init(
            .random(in: 1 ... .max, using: &generator),
            .random(in: 1 ... .max, using: &generator),
            parent: .random(in: 1 ... .max, using: &generator),
            isSampled: false
        )
    }

    /// Reads a header.
    ///
    /// - Returns: `nil` for one that §3.2.2 says to ignore: then a new trace begins.
    public init?(parsing text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // Later versions may add parts behind those of version 00, which has none.
        guard parts.count >= 4, let version = Self.number(parts[0], digits: 2), version != 0xFF,
            version != 0 || parts.count == 4, parts[1].utf8.count == 32,
            let high = Self.number(parts[1].prefix(16), digits: 16),
            let low = Self.number(parts[1].suffix(16), digits: 16), high != 0 || low != 0,
            let parent = Self.number(parts[2], digits: 16), parent != 0,
            let flags = Self.number(parts[3], digits: 2)
        else { return nil }
        self.init(high, low, parent: parent, isSampled: flags & 1 == 1)
    }

    /// The same trace, one step further.
    public func next(using generator: inout some RandomNumberGenerator) -> TraceContext {
        let (high, low) = self.traceID
        return TraceContext(
            high,
            low,
            parent: .random(in: 1 ... .max, using: &generator),
            isSampled: self.isSampled
        )
    }

    /// The value of the `traceparent` header.
    public var traceparent: String { "00-\(self.id)-\(Self.text(self.parentID))-\(self.isSampled ? "01" : "00")" }

    /// The trace id in hexadecimal, as logs have it.
    public var id: String { Self.text(self.traceID.high) + Self.text(self.traceID.low) }

    public static func == (left: Self, right: Self) -> Bool {
        left.traceID == right.traceID && left.parentID == right.parentID && left.isSampled == right.isSampled
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.traceID.low)
        hasher.combine(self.parentID)
    }

    /// Lower case only, as §3.2.2.3 demands.
    private static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }

    private static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
