internal import CUnbound
internal import Glibc
internal import Synchronization

/// What a lookup ends with.
typealias LookupCompletion = @Sendable (Result<LookupAnswer<RecordData>, LookupError>) -> Void

/// The thread that owns the libunbound context: it alone calls libunbound, and sleeps while nothing happens.
///
/// Sendable because everything but `inbox` and `wakeUp` is touched by the thread itself only.
final class ResolverThread: Sendable {
    /// What callers leave for the thread.
    private struct Inbox {
        var lookups: [Lookup] = []
        /// Accepted and not yet answered.
        var outstanding = 0
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let wakeUp: CInt
    private let configuration: ResolverConfiguration

    private init(_ configuration: ResolverConfiguration, wakeUp: CInt) {
        self.configuration = configuration
        self.wakeUp = wakeUp
    }

    deinit { Glibc.close(self.wakeUp) }

    /// Sets a context up and starts its thread, which ends with `close()`.
    static func start(_ configuration: ResolverConfiguration) throws(ResolverFailure) -> ResolverThread {
        let descriptor = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw ResolverFailure("eventfd: error \(errno)") }
        let thread = ResolverThread(configuration, wakeUp: descriptor)
        let start = ThreadStart(thread, try ResolverContext.make(configuration))
        var identifier = pthread_t()
        let argument = Unmanaged.passRetained(start)
        let result = pthread_create(
            &identifier,
            nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                if let context = start.take() { start.thread.run(context) }
                return nil
            },
            argument.toOpaque()
        )
        guard result == 0 else {
            argument.release()
            throw ResolverFailure("pthread_create: error \(result)")
        }
        pthread_detach(identifier)
        return thread
    }

    /// Starts a lookup; `completion` is called once, on the resolver's thread, or at once if it is not accepted.
    func submit(_ name: String, _ type: RecordType, _ completion: @escaping LookupCompletion) {
        let lookup = Lookup(name, type, deadline: .now + self.configuration.timeout, completion)
        let refusal: LookupError? = self.inbox.withLock { inbox in
            if inbox.isClosed { return .closed }
            if inbox.outstanding >= self.configuration.maximumOutstanding { return .overloaded }
            inbox.lookups.append(lookup)
            inbox.outstanding += 1
            return nil
        }
        if let refusal { completion(.failure(refusal)) } else { eventfd_write(self.wakeUp, 1) }
    }

    /// Ends the thread; lookups under way fail.
    func close() {
        self.inbox.withLock { $0.isClosed = true }
        eventfd_write(self.wakeUp, 1)
    }
}

// MARK: - On the thread

extension ResolverThread {
    private func run(_ context: consuming ResolverContext) {
        var queue = DeadlineList()
        while true {
            let (lookups, isClosed) = self.inbox.withLock { inbox in
                defer { inbox.lookups.removeAll(keepingCapacity: true) }
                return (inbox.lookups, inbox.isClosed)
            }
            for lookup in lookups {
                queue.append(lookup)
                self.begin(lookup, context)
            }
            guard !isClosed else { break }
            self.sleep(ub_fd(context.pointer), until: queue.nextDeadline)
            ub_process(context.pointer)
            for lookup in queue.removeExpired(at: .now) {
                // Should libunbound not know it any more, it has been answered.
                if ub_cancel(context.pointer, lookup.identifier) == 0 { Unmanaged.passUnretained(lookup).release() }
                lookup.finish(.failure(.timedOut))
            }
            let finished = queue.removeFinished()
            if finished > 0 { self.inbox.withLock { $0.outstanding -= finished } }
        }
        for lookup in queue.removeAll() {
            if ub_cancel(context.pointer, lookup.identifier) == 0 { Unmanaged.passUnretained(lookup).release() }
            lookup.finish(.failure(.closed))
        }
    }

    /// Hands the lookup over to libunbound, which holds a reference to it until it calls back or is told to cancel.
    private func begin(_ lookup: Lookup, _ context: borrowing ResolverContext) {
        let argument = Unmanaged.passRetained(lookup)
        let result = ub_resolve_async(
            context.pointer,
            lookup.name,
            lookup.type.rawValue,
            1,
            argument.toOpaque(),
            { argument, error, result in
                guard let argument else { return }
                let lookup = Unmanaged<Lookup>.fromOpaque(argument).takeRetainedValue()
                defer { ub_resolve_free(result) }
                lookup.finish(Lookup.outcome(error, result?.pointee))
            },
            &lookup.identifier
        )
        guard result != 0 else { return }
        argument.release()
        lookup.finish(.failure(result == UB_SYNTAX.rawValue ? .invalidName(lookup.name) : Lookup.failure(result)))
    }

    /// Waits for libunbound, a caller, or `deadline`.
    private func sleep(_ answers: CInt, until deadline: ContinuousClock.Instant?) {
        var descriptors = [
            pollfd(fd: answers, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.wakeUp, events: Int16(POLLIN), revents: 0),
        ]
        var timeout: CInt = -1
        if let deadline {
            let rest = (deadline - .now).components
            timeout = CInt(clamping: max(0, rest.seconds * 1000 + rest.attoseconds / 1_000_000_000_000_000 + 1))
        }
        poll(&descriptors, nfds_t(descriptors.count), timeout)
        var count: eventfd_t = 0
        eventfd_read(self.wakeUp, &count)
    }
}

/// Carries the context, which is not copyable, into the new thread.
private final class ThreadStart {
    let thread: ResolverThread
    private var context: ResolverContext?

    init(_ thread: ResolverThread, _ context: consuming ResolverContext) {
        self.thread = thread
        self.context = consume context
    }

    func take() -> ResolverContext? { self.context.take() }
}
