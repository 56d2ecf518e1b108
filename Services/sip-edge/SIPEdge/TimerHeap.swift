import HeapModule
import NIOCore

/// Deadlines of different lengths: adding costs O(log n), looking whether one has passed O(1).
///
/// A deadline that no longer matters may stay in it; whoever takes it out looks.
struct TimerHeap<Element> {
    private struct Entry: Comparable {
        let deadline: NIODeadline
        let element: Element

        static func < (left: Entry, right: Entry) -> Bool { left.deadline < right.deadline }
        static func == (left: Entry, right: Entry) -> Bool { left.deadline == right.deadline }
    }

    private var heap = Heap<Entry>()

    mutating func insert(_ element: Element, at deadline: NIODeadline) {
        self.heap.insert(Entry(deadline: deadline, element: element))
    }

    mutating func popExpired(at now: NIODeadline) -> Element? {
        guard let first = self.heap.min, first.deadline <= now else { return nil }
        return self.heap.popMin()?.element
    }
}
