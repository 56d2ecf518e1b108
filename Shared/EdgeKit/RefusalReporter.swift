public import Bus
import Logging
import Messaging
public import Policy
public import ServiceKit
public import ServiceLifecycle
import Synchronization
import Wire

/// Takes note of everything an edge turns away: one log line, one count, and a record at policy-service for
/// `isthmusctl refusal list`.
///
/// May be called from any thread; it never waits.
public final class RefusalReporter: Service {
    /// Records that wait for policy-service.
    ///
    /// When it is away for long the newest are kept out, and counted: the log has
    /// them all.
    private static let queueLimit = 2_000
    /// Records sent at once.
    private static let batchLimit = 200
    private static let interval = Duration.milliseconds(500)
    private static let timeout = Duration.seconds(5)
    /// The same at the end, when others wait for this service to stop.
    private static let lastTimeout = Duration.seconds(1)

    private struct Queue {
        var records: [RefusalRecord] = []
        var counters: [RefusalReason: Counter] = [:]
    }

    private let bus: Bus
    private let context: ServiceContext
    private let queue = Mutex(Queue())
    private let unrecorded: Counter

    public init(bus: Bus, context: ServiceContext) {
        self.bus = bus
        self.context = context
        self.unrecorded = context.metrics.counter(
            "isthmus_refusals_unrecorded_total",
            help: "Refusals that are in the log only, because policy-service could not be told."
        )
    }

    /// Takes note of a refusal that this edge decided on.
    public func report(_ record: RefusalRecord) {
        self.log(record)
        self.keep(record)
    }

    /// Takes note of a connection that the limits did not admit.
    public func reportConnection(_ peer: String, _ text: String) {
        self.report(
            RefusalRecord(
                time: WallClock.milliseconds(),
                service: self.context.name,
                messageID: nil,
                subject: "connection",
                from: "",
                to: "",
                peer: peer,
                reason: .connectionLimit,
                answer: "connection closed",
                text: text
            )
        )
    }

    /// Logs a refusal that another service decided on, and has on record.
    public func log(_ record: RefusalRecord) {
        self.context.logger.info(
            "refused",
            metadata: [
                "message.id": "\(record.messageID?.rawValue ?? "")",
                "subject": "\(record.subject)",
                "from": "\(record.from, sensitivity: .sensitive)",
                "to": "\(record.to, sensitivity: .sensitive)",
                "peer.address": "\(record.peer)",
                "reason": "\(record.reason.rawValue)",
                "answer": "\(record.answer)",
                "text": "\(record.text)",
            ]
        )
    }

    private func keep(_ record: RefusalRecord) {
        let (counter, kept) = self.queue.withLock { queue in
            let kept = queue.records.count < Self.queueLimit
            if kept { queue.records.append(record) }
            if let counter = queue.counters[record.reason] { return (counter, kept) }
            let counter = self.context.metrics.counter(
                "isthmus_refusals_total",
                help: "What was turned away, by reason.",
                labels: ["reason": record.reason.rawValue]
            )
            queue.counters[record.reason] = counter
            return (counter, kept)
        }
        counter.increment()
        if !kept { self.unrecorded.increment() }
    }

    /// Sends what has gathered, until the service ends.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                await self.sendBatch(within: Self.timeout)
            }
        }
        await self.sendBatch(within: Self.lastTimeout)
    }

    private func sendBatch(within timeout: Duration) async {
        let batch = self.queue.withLock { Array($0.records.prefix(Self.batchLimit)) }
        guard !batch.isEmpty else { return }
        do {
            _ = try await self.bus.request(.refusals(batch), to: .policyService, timeout: timeout, messageID: nil)
            self.queue.withLock { $0.records.removeFirst(batch.count) }
        } catch {
            self.context.logger.debug("Refusals are kept until policy-service answers", metadata: ["error": "\(error)"])
        }
    }
}
