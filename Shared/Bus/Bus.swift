public import Logging
public import Messaging
internal import NIOConcurrencyHelpers
public import NIOCore
public import Policy
public import ServiceKit
public import ServiceLifecycle
internal import Synchronization
public import Wire
internal import ZeroMQ

/// This process's place on the bus: requests to other services and from them, publications, and traffic between edges.
///
/// One thread owns all ZeroMQ sockets of the process (docs/adr/0004-one-bus-thread.md). Every connection is encrypted and
/// authenticated in both directions; who a caller is, is said by its key alone, and a table says what it may call.
public final class Bus: Service {
    /// What answers the requests of other services.
    public typealias Handler = @Sendable (IncomingRequest) async -> Result<Body, Failure>

    public let configuration: Configuration
    /// Who this process is among all: new at each start.
    public let instance: String

    let queue = CommandQueue()
    let metrics: BusMetrics
    private let logger: Logger
    private let keys: BusKeys
    private let server = Mutex(Server())
    private let requestNumber = Atomic<UInt64>(0)
    private let outstanding = Atomic<Int>(0)
    /// Publications that are encoded aside and not in the queue yet; what comes after them goes the same way.
    let publishing = Atomic<Int>(0)
    private let handOff = RequestHandOff()

    /// Reads the keys; nothing is opened before ``run()``.
    public convenience init(_ configuration: Configuration, context: ServiceContext) throws {
        try self.init(
            configuration,
            instance: Self.newInstance(of: context.instance),
            logger: context.logger,
            metrics: context.metrics
        )
    }

    public init(_ configuration: Configuration, instance: String, logger: Logger, metrics: MetricsRegistry) throws {
        self.configuration = configuration
        self.instance = instance
        self.logger = logger
        self.metrics = BusMetrics(metrics)
        self.keys = try BusKeys(of: configuration.service.rawValue, in: configuration.keysDirectory)
    }

    /// The process's name and eight digits that no other life of it had.
    private static func newInstance(of name: String) -> String {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return "\(name)-\(String(repeating: "0", count: 8 - digits.count))\(digits)"
    }

    // MARK: Life

    /// Opens the sockets and serves until the service is told to stop, or the task is cancelled.
    public func run() async throws {
        let thread = BusThread.Start(
            configuration: self.configuration,
            instance: self.instance,
            keys: self.keys,
            queue: self.queue,
            handOff: self.handOff,
            metrics: self.metrics,
            logger: self.logger
        )
        let endpoints: BusEndpoints
        do {
            endpoints = try await thread.start()
        } catch {
            self.handOff.opened(.failure(error))
            throw error
        }
        self.logger.notice(
            "Bus open",
            metadata: ["bus.listen": "\(endpoints.requests)", "bus.instance": "\(self.instance)"]
        )
        self.handOff.opened(.success(endpoints))
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await self.handleRequests()
                await self.handOff.ended()
            } onGracefulShutdown: {
                self.queue.append(.stop(finishing: true))
            }
        } onCancel: {
            self.queue.append(.stop(finishing: false))
        }
    }

    private func handleRequests() async {
        await withDiscardingTaskGroup { group in
            for await request in self.handOff.requests {
                group.addTask { await self.handle(request) }
            }
        }
    }

    /// Where the bus listens, once it does.
    package func endpoints() async throws -> BusEndpoints { try await self.handOff.endpoints() }

    // MARK: Requests

    /// Asks another service.
    ///
    /// - Parameters:
    ///   - body: The request.
    ///   - service: Who is asked.
    ///   - timeout: How long to wait for the answer, the time to connect included.
    ///   - messageID: The message on whose behalf this is asked, for the logs of all services.
    ///   - traceparent: Its W3C Trace Context; else that of the request that is being worked on.
    /// - Returns: The answer, never ``Body/failure(_:)``.
    /// - Throws: ``BusFailure``, which holds the other service's refusal too.
    public func request(
        _ body: Body,
        to service: ServiceName,
        timeout: Duration,
        messageID: MessageID? = nil,
        traceparent: String? = nil
    ) async throws(BusFailure) -> Body {
        let destination = Destination(service: service, endpoint: nil)
        return try await self.request(body, to: destination, timeout, Origin(messageID, traceparent))
    }

    /// Asks one edge.
    public func request(
        _ body: Body,
        to edge: EdgeRecord,
        timeout: Duration,
        messageID: MessageID? = nil,
        traceparent: String? = nil
    ) async throws(BusFailure) -> Body {
        let destination = Destination(service: edge.kind.service, endpoint: edge.endpoint)
        return try await self.request(body, to: destination, timeout, Origin(messageID, traceparent))
    }

    private func request(
        _ body: Body,
        to destination: Destination,
        _ timeout: Duration,
        _ origin: Origin
    ) async throws(BusFailure) -> Body {
        self.metrics.requests.increment()
        do throws(BusFailure) {
            return try await self.ask(body, destination, TimeAmount(timeout), origin)
        } catch {
            self.metrics.failures.increment()
            throw error
        }
    }

    private func ask(
        _ body: Body,
        _ destination: Destination,
        _ timeout: TimeAmount,
        _ origin: Origin
    ) async throws(BusFailure) -> Body {
        let waiting = self.outstanding.wrappingAdd(1, ordering: .relaxed).newValue
        defer { self.outstanding.wrappingSubtract(1, ordering: .relaxed) }
        guard waiting <= self.configuration.limits.outstandingRequests else { throw .overloaded }

        let number = self.requestNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let envelope = Envelope(
            request: number,
            messageID: origin.messageID,
            timeoutMilliseconds: UInt32(clamping: max(1, timeout.nanoseconds / 1_000_000)),
            senderService: self.configuration.service.rawValue,
            senderInstance: self.instance,
            traceparent: origin.traceparent,
            body: body
        ).encoded()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let request = OutgoingRequest(
                    number: number,
                    destination: destination,
                    envelope: envelope,
                    deadline: .now() + timeout,
                    continuation: continuation
                )
                guard self.queue.append(.request(request)) else {
                    continuation.resume(returning: .failure(.shuttingDown))
                    return
                }
                // Cancelled before the request was in the queue: the handler's command came too early.
                if Task.isCancelled { self.queue.append(.cancel(number)) }
            }
        } onCancel: {
            self.queue.append(.cancel(number))
        }
        switch result {
        case .success(.failure(let failure)): throw .remote(failure)
        case .success(let body): return body
        case .failure(let failure): throw failure
        }
    }

    // MARK: Serving

    /// A value of its own, for the lock: a bare function in a `Mutex` would be wrapped anew, and stay wrapped, each time that it is
    /// looked at, and a call would cost more with each that was made before.
    private struct Server {
        var handler: Handler?
    }

    /// Sets what answers requests of other services; set it before ``run()``.
    ///
    /// It is called for requests whose caller may call the method, for several at a time.
    public func serve(_ handler: @escaping Handler) {
        self.server.withLock { $0.handler = handler }
    }

    private func handle(_ request: IncomingRequest) async {
        let address = request.returnAddress
        guard request.deadline > .now() else {
            self.queue.append(.done(address.route, nil))
            return
        }
        let result: Result<Body, Failure>
        if let handler = self.server.withLock({ $0.handler }) {
            let trace = request.traceparent.flatMap { TraceContext(parsing: $0) }
            result = await TraceContext.$current.withValue(trace) { await handler(request) }
        } else {
            result = .failure(Failure(.unsupported, "\(self.configuration.service.rawValue) serves nothing"))
        }
        self.metrics.served.increment()
        self.queue.append(.done(address.route, address.awaitsAnswer ? self.envelope(answering: request, result) : nil))
    }

    private func envelope(answering request: IncomingRequest, _ result: Result<Body, Failure>) -> [UInt8] {
        let body: Body =
            switch result {
            case .success(let body): body
            case .failure(let failure): .failure(failure)
            }
        return Envelope(
            request: request.returnAddress.request,
            messageID: request.messageID,
            senderService: self.configuration.service.rawValue,
            senderInstance: self.instance,
            body: body
        ).encoded()
    }

    // MARK: Traffic

    /// Opens the way of messages to the edges of the other protocol; one per process.
    ///
    /// - Parameters:
    ///   - loop: Where the port is used, and where `handler` is called.
    ///   - handler: Called once per batch with everything that arrived.
    /// - Returns: The port; whoever uses it keeps it.
    public func traffic(
        on loop: any EventLoop,
        _ handler: @escaping @Sendable ([TrafficEvent]) -> Void
    ) -> TrafficPort {
        precondition(self.configuration.service.isEdge, "\(self.configuration.service.rawValue) carries no traffic")
        return TrafficPort(bus: self, loop: loop, handler: handler)
    }
}

/// On whose behalf a request is made.
private struct Origin {
    let messageID: MessageID?
    let traceparent: String?

    init(_ messageID: MessageID?, _ traceparent: String?) {
        self.messageID = messageID
        self.traceparent = traceparent ?? Self.currentTrace
    }

    /// The request that is being worked on, one step further.
    private static var currentTrace: String? {
        guard let trace = TraceContext.current else { return nil }
        var generator = SystemRandomNumberGenerator()
        return trace.next(using: &generator).traceparent
    }
}
