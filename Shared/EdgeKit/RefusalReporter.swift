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

    /// Refused connections that are logged and kept: some at once, then so many a second.
    ///
    /// A flood is refused because it costs much; writing down each of its
    /// connections would cost as much again. All are counted.
    private static let connectionRecordRate = 10
    private static let connectionRecordBurst = 100

    private struct Queue {
        var records: [RefusalRecord] = []
        var counters: [RefusalReason: Counter] = [:]
        var connections = FloodGate(perSecond: connectionRecordRate, burst: connectionRecordBurst)
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
    ///
    /// What the record says is bounded, and freed of control characters, before it is logged or kept.
    public func report(_ record: RefusalRecord) {
        guard record.subject == Self.connection else {
            let record = record.bounded
            self.log(record, suppressed: 0)
            return self.keep(record)
        }
        self.counter(for: record.reason).increment()
        guard let suppressed = self.queue.withLock({ $0.connections.admit(at: .now) }) else { return }
        let bounded = record.bounded
        self.log(bounded, suppressed: suppressed)
        self.enqueue(bounded)
    }

    /// What a record of a connection that the limits did not admit has as its subject.
    private static let connection = "connection"

    /// Takes note of a connection that the limits did not admit.
    public func reportConnection(_ peer: String, port: Int?, _ text: String, rule: String) {
        var record = RefusalRecord(
            time: WallClock.milliseconds(),
            service: self.context.name,
            messageID: nil,
            subject: Self.connection,
            from: "",
            to: "",
            peer: peer,
            reason: .connectionLimit,
            answer: "connection closed",
            text: text
        )
        record.direction = .inbound
        record.peerPort = port
        record.step = .connected
        record.rule = rule
        self.report(record)
    }

    /// Logs a refusal that another service decided on, and has on record.
    public func log(_ record: RefusalRecord) { self.log(record.bounded, suppressed: 0) }

    private func log(_ record: RefusalRecord, suppressed: Int) {
        var metadata: Logger.Metadata = [
            "message.id": "\(record.messageID?.rawValue ?? "")",
            "subject": "\(record.subject)",
            "from": "\(record.from, sensitivity: .sensitive)",
            "to": "\(record.to, sensitivity: .sensitive)",
            "peer.address": "\(record.peer)",
            "reason": "\(record.reason.rawValue)",
            "rule": "\(record.rule)",
            "answer": "\(record.answer)",
            "text": "\(record.text)",
        ]
        if let direction = record.direction { metadata["stream.direction"] = "\(direction.rawValue)" }
        if let port = record.peerPort { metadata["peer.port"] = "\(port)" }
        if !record.partner.isEmpty { metadata["peer.partner"] = "\(record.partner)" }
        if !record.remoteDomain.isEmpty { metadata["peer.domain"] = "\(record.remoteDomain)" }
        if !record.localDomain.isEmpty { metadata["local.domain"] = "\(record.localDomain)" }
        if let step = record.step { metadata["step"] = "\(step.rawValue)" }
        if let certificate = record.certificate {
            metadata["certificate.subject"] = "\(certificate.subject)"
            metadata["certificate.issuer"] = "\(certificate.issuer)"
            metadata["certificate.fingerprint"] = "\(certificate.fingerprint)"
        }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        self.context.logger.info("refused", metadata: metadata)
    }

    private func keep(_ record: RefusalRecord) {
        self.counter(for: record.reason).increment()
        self.enqueue(record)
    }

    private func enqueue(_ record: RefusalRecord) {
        let isKept = self.queue.withLock { queue in
            guard queue.records.count < Self.queueLimit else { return false }
            queue.records.append(record)
            return true
        }
        if !isKept { self.unrecorded.increment() }
    }

    private func counter(for reason: RefusalReason) -> Counter {
        self.queue.withLock { queue in
            if let counter = queue.counters[reason] { return counter }
            let counter = self.context.metrics.counter(
                "isthmus_refusals_total",
                help: "What was turned away, by reason.",
                labels: ["reason": reason.rawValue]
            )
            queue.counters[reason] = counter
            return counter
        }
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
