internal import NIOCore

/// Bytes written and not yet flushed, as one buffer, so that they become one TLS write.
struct PendingWrites {
    private var bytes = ByteBuffer()
    private var promises: [EventLoopPromise<Void>] = []
    /// A flush came before the handshake was complete.
    var wantsFlush = false

    mutating func append(_ buffer: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        var buffer = buffer
        if self.bytes.readableBytes == 0 { self.bytes = buffer } else { self.bytes.writeBuffer(&buffer) }
        if let promise { self.promises.append(promise) }
    }

    /// Everything so far, and a promise that stands for all of theirs.
    mutating func take(on loop: any EventLoop) -> (bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        let taken = self
        self = PendingWrites()
        guard taken.promises.count > 1 else { return (taken.bytes, taken.promises.first) }
        let promise = loop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            for waiting in taken.promises { waiting.completeWith(result) }
        }
        return (taken.bytes, promise)
    }

    mutating func fail(_ error: any Error) {
        let promises = self.promises
        self = PendingWrites()
        for promise in promises { promise.fail(error) }
    }
}
