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

    /// Unbounded as a stream: ``WorkInProgress`` bounds what the bus thread adds.
    let requests: AsyncStream<IncomingRequest>
    private let continuation: AsyncStream<IncomingRequest>.Continuation
    private let opening = Mutex(Opening())

    init() { (self.requests, self.continuation) = AsyncStream.makeStream() }

    func add(_ request: IncomingRequest) { self.continuation.yield(request) }

    /// Nothing more will come.
    func end() { self.continuation.finish() }

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
