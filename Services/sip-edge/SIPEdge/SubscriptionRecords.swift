import Bus
import Logging
import Policy
import ServiceLifecycle
import Synchronization
import Wire

/// Keeps presence relations at policy-service: what changed is sent from one loop, the newest state of each relation only,
/// and again until policy-service has it.
final class SubscriptionRecords: Service {
    private struct Key: Hashable {
        let pair: SubscriptionPair
        let direction: SubscriptionRecord.Direction
    }

    private static let interval = Duration.milliseconds(200)
    private static let timeout = Duration.seconds(5)
    /// The same at the end, when others wait for this service to stop.
    private static let lastTimeout = Duration.seconds(1)
    /// How many are asked for at once.
    private static let pageSize = 500
    /// How many are on their way at a time: policy-service writes them together, and each would wait for the disk alone.
    private static let concurrency = 32

    private let bus: Bus
    private let logger: Logger
    /// What policy-service does not know yet; `nil` for what it is to forget.
    private let pending = Mutex<[Key: SubscriptionRecord?]>([:])

    init(bus: Bus, logger: Logger) {
        self.bus = bus
        self.logger = logger
    }

    func put(_ record: SubscriptionRecord) {
        let pair = SubscriptionPair(watcher: record.watcher, presentity: record.presentity)
        self.pending.withLock { $0[Key(pair: pair, direction: record.direction)] = .some(record) }
    }

    func remove(_ pair: SubscriptionPair, _ direction: SubscriptionRecord.Direction) {
        self.pending.withLock { $0[Key(pair: pair, direction: direction)] = .some(nil) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                await self.sendAll(within: Self.timeout)
            }
        }
        await self.sendAll(within: Self.lastTimeout)
    }

    /// How many refusals end a round: policy-service may have something against one record, or be unable to keep any.
    private static let refusalLimit = 20

    private enum Outcome { case kept, refused, unreachable }

    private func sendAll(within timeout: Duration) async {
        // In another order each time: those that are refused must not keep the others back.
        var waiting = self.pending.withLock { $0 }.shuffled()[...]
        var refusals = 0
        while !waiting.isEmpty, refusals < Self.refusalLimit {
            let batch = waiting.prefix(Self.concurrency)
            waiting = waiting.dropFirst(Self.concurrency)
            let outcomes = await withTaskGroup(of: Outcome.self) { group in
                for (key, record) in batch { group.addTask { await self.send(record, key, within: timeout) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            guard !outcomes.contains(.unreachable) else { return }
            refusals += outcomes.count { $0 == .refused }
        }
    }

    @discardableResult
    private func send(_ record: SubscriptionRecord?, _ key: Key, within timeout: Duration) async -> Outcome {
        do throws(BusFailure) {
            if let record {
                _ = try await self.bus.request(.subscriptionPut(record), to: .policyService, timeout: timeout)
            } else {
                let key = SubscriptionKey(
                    direction: key.direction,
                    watcher: key.pair.watcher,
                    presentity: key.pair.presentity
                )
                _ = try await self.bus.request(.subscriptionRemove(key), to: .policyService, timeout: timeout)
            }
        } catch {
            self.logger.debug("Subscriptions wait for policy-service", metadata: ["error": "\(error)"])
            if case .remote = error { return .refused }
            return .unreachable
        }
        // It may have changed meanwhile.
        self.pending.withLock { if let current = $0[key], current == record { $0[key] = nil } }
        return .kept
    }

    /// Sends what is new of one relation at once, for those who must not go on before it is on record; gives up after a second.
    func sendNow(_ pair: SubscriptionPair, _ direction: SubscriptionRecord.Direction) async {
        let key = Key(pair: pair, direction: direction)
        guard let record = self.pending.withLock({ $0[key] }) else { return }
        await self.send(record, key, within: Self.lastTimeout)
    }

    /// The record of one relation; `nil` if there is none.
    func record(
        _ pair: SubscriptionPair,
        _ direction: SubscriptionRecord.Direction
    ) async throws(BusFailure) -> SubscriptionRecord? {
        // What policy-service has not been told yet is newer: who was removed a moment ago is not there any more.
        if let newest = self.pending.withLock({ $0[Key(pair: pair, direction: direction)] }) { return newest }
        let query = SubscriptionQuery(
            direction: direction,
            limit: 1,
            watcher: pair.watcher,
            presentity: pair.presentity
        )
        let reply = try await self.bus.request(.subscriptionQuery(query), to: .policyService, timeout: Self.timeout)
        guard case .subscriptionPage(let page) = reply else { return nil }
        return page.records.first
    }

    /// All relations that are on record, page by page.
    func load(_ use: (SubscriptionRecord) async -> Void) async throws(BusFailure) {
        for direction in SubscriptionRecord.Direction.allCases {
            var cursor: String?
            repeat {
                let query = SubscriptionQuery(direction: direction, cursor: cursor, limit: Self.pageSize)
                let reply = try await self.bus.request(
                    .subscriptionQuery(query),
                    to: .policyService,
                    timeout: Self.timeout
                )
                guard case .subscriptionPage(let page) = reply else { return }
                for record in page.records { await use(record) }
                cursor = page.nextCursor
            } while cursor != nil
        }
    }
}
