import Policy
import Wire

/// Writes subscriptions for the edges: what arrives while one batch is on its way to the disk goes there as the next.
///
/// Each caller returns when its own change is on the disk. After a restart of an edge thousands come at a time; each in a
/// transaction of its own would wait for the disk thousands of times.
actor SubscriptionWriter {
    private let store: any PolicyStore
    private var waiting: [(change: SubscriptionChange, continuation: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false

    init(store: any PolicyStore) { self.store = store }

    func write(_ change: SubscriptionChange) async throws {
        try await withCheckedThrowingContinuation { continuation in
            self.waiting.append((change, continuation))
            guard !self.isWriting else { return }
            self.isWriting = true
            // Ends by itself when nothing waits any more.
            Task { await self.drain() }
        }
    }

    private func drain() async {
        while !self.waiting.isEmpty {
            let batch = self.waiting
            self.waiting = []
            do {
                try await self.store.apply(batch.map(\.change))
                for entry in batch { entry.continuation.resume() }
            } catch {
                for entry in batch { entry.continuation.resume(throwing: error) }
            }
        }
        self.isWriting = false
    }
}

/// What happens to a stored subscription.
enum SubscriptionChange: Equatable, Sendable {
    case put(SubscriptionRecord)
    case remove(SubscriptionKey)
}
