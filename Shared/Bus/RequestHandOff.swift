internal import Synchronization

/// Where a bus listens.
package struct BusEndpoints: Sendable {
    package let requests: String
    package let publications: String?
}

/// Takes the requests of other services from the bus thread to the tasks that handle them.
final class RequestHandOff: Sendable {
    private struct Opening {
        var result: Result<BusEndpoints, any Error>?
        var waiting: [CheckedContinuation<BusEndpoints, any Error>] = []
    }

    private struct Ending {
        var isOver = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Unbounded as a stream: ``WorkInProgress`` bounds what the bus thread adds.
    let requests: AsyncStream<IncomingRequest>
    private let continuation: AsyncStream<IncomingRequest>.Continuation
    private let opening = Mutex(Opening())
    private let ending = Mutex(Ending())

    init() { (self.requests, self.continuation) = AsyncStream.makeStream() }

    func add(_ request: IncomingRequest) { self.continuation.yield(request) }

    /// The bus thread has ended, and all its sockets are closed.
    func end() {
        self.continuation.finish()
        let waiting = self.ending.withLock { ending in
            defer { ending = Ending(isOver: true) }
            return ending.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for the end of the bus thread, also in a task that was cancelled.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = self.ending.withLock { ending in
                if !ending.isOver { ending.waiting.append(continuation) }
                return ending.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// The bus listens, or cannot.
    func opened(_ result: Result<BusEndpoints, any Error>) {
        let waiting = self.opening.withLock { opening in
            defer { opening = Opening(result: result) }
            return opening.waiting
        }
        for continuation in waiting { continuation.resume(with: result) }
    }

    /// Where the bus listens, once it does.
    func endpoints() async throws -> BusEndpoints {
        try await withCheckedThrowingContinuation { continuation in
            let result = self.opening.withLock { opening in
                if opening.result == nil { opening.waiting.append(continuation) }
                return opening.result
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
