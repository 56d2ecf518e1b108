import Policy
import Wire

/// Writes subscriptions for the edges: what arrives while one batch is on its way to the disk goes there as the next.
///
/// Each caller returns when its own change is on the disk. After a restart of an edge thousands come at a time; each in a
/// transaction of its own would wait for the disk thousands of times. One that the store does not take fails alone.
actor SubscriptionWriter {
    /// Carries out all of the changes, in order, or none.
    private let apply: @Sendable ([SubscriptionChange]) async throws -> Void
    private typealias Waiting = (change: SubscriptionChange, continuation: CheckedContinuation<Void, any Error>)
    private var waiting: [Waiting] = []
    private var isWriting = false

    init(apply: @escaping @Sendable ([SubscriptionChange]) async throws -> Void) { self.apply = apply }

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
                try await self.apply(batch.map(\.change))
                for entry in batch { entry.continuation.resume() }
            } catch StoreError.unavailable(let reason) {
                for entry in batch { entry.continuation.resume(throwing: StoreError.unavailable(reason)) }
            } catch {
                await self.writeEach(batch)
            }
        }
        self.isWriting = false
    }

    /// Finds out which of a batch it was that could not be written.
    private func writeEach(_ batch: [Waiting]) async {
        for entry in batch {
            do {
                try await self.apply([entry.change])
                entry.continuation.resume()
            } catch {
                entry.continuation.resume(throwing: error)
            }
        }
    }
}

/// What happens to a stored subscription.
enum SubscriptionChange: Equatable, Sendable {
    case put(SubscriptionRecord)
    case remove(SubscriptionKey)
}
