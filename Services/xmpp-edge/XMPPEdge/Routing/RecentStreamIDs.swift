import NIOCore

/// The ids that the latest inbound streams were given: one of them on a stream that we opened means that it came in here.
///
/// A peer that repeats one of them makes itself look like us, which harms nobody but itself.
struct RecentStreamIDs {
    /// The streams of many seconds; a loop shows itself at once.
    private static let capacity = 1024

    private var order: CircularBuffer<String> = []
    private var ids: Set<String> = []

    mutating func insert(_ id: String) {
        self.order.append(id)
        self.ids.insert(id)
        if self.order.count > Self.capacity { self.ids.remove(self.order.removeFirst()) }
    }

    func contains(_ id: String) -> Bool { self.ids.contains(id) }
}
