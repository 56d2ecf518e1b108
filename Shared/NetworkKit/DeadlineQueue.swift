public import NIOCore

/// Things that all expire the same time after they came: a queue in the order of their deadlines.
///
/// What is dealt with before its deadline may stay; whoever takes it out looks whether it still matters. Adding and
/// removing cost O(1), without a timer each.
public struct DeadlineQueue<Element> {
    private var entries: CircularBuffer<(deadline: NIODeadline, element: Element)> = []
    public let timeout: TimeAmount

    public init(timeout: TimeAmount) { self.timeout = timeout }

    public var isEmpty: Bool { self.entries.isEmpty }
    public var count: Int { self.entries.count }
    public var nextDeadline: NIODeadline? { self.entries.first?.deadline }

    public mutating func append(_ element: Element, at now: NIODeadline) {
        self.entries.append((now + self.timeout, element))
    }

    /// The next element that has expired, taken out; nil if there is none.
    public mutating func popExpired(at now: NIODeadline) -> Element? {
        guard let first = self.entries.first, first.deadline <= now else { return nil }
        return self.entries.removeFirst().element
    }
}

extension DeadlineQueue: Sendable where Element: Sendable {}
