import Bus
import Logging
import Messaging
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Wire

/// policy-service and cert-service of a test: what they say is the test's, the bus between them and the edge is the real one.
final class ControlPlane: Sendable {
    private struct State {
        var snapshot: PolicySnapshot
        var records: [SubscriptionKey: SubscriptionRecord] = [:]
        var refusals: [RefusalRecord] = []
        var refusesQueries = false
        /// Whose relations cannot be kept.
        var refusedWatcher: Address?
        var identities = IdentitySet(version: 1, identities: [], trustRootsPEM: [])
    }

    private let state: Mutex<State>
    private let policy: RunningBus
    private let certificates: RunningBus

    init(keys: String, _ snapshot: PolicySnapshot, identities: [ServiceIdentity], roots: [UInt8]) async throws {
        self.state = Mutex(State(snapshot: snapshot))
        self.policy = try RunningBus.make(.policyService, keys: keys)
        self.certificates = try RunningBus.make(.certService, keys: keys)
        self.state.withLock {
            $0.identities = IdentitySet(version: 1, identities: identities, trustRootsPEM: roots)
        }
        self.certificates.bus.serve { [self] request in
            guard case .identitiesRequest = request.body else { return .failure(Failure(.unsupported, "")) }
            return .success(.identities(self.state.withLock { $0.identities }))
        }
        self.policy.bus.serve { [self] in self.answer($0.body) }
        try await self.policy.start()
        try await self.certificates.start()
    }

    func stop() async {
        await self.policy.stop()
        await self.certificates.stop()
    }

    /// Where the edge finds the two, as settings.
    var addresses: [String: String] {
        func hostPort(_ endpoint: String) -> String { String(endpoint.trimmingPrefix("tcp://")) }
        return [
            "bus.policy-service": hostPort(self.policy.requests),
            "bus.policy-service-publications": hostPort(self.policy.publications),
            "bus.cert-service": hostPort(self.certificates.requests),
            "bus.cert-service-publications": hostPort(self.certificates.publications),
        ]
    }

    var refusals: [RefusalRecord] { self.state.withLock { $0.refusals } }
    var records: [SubscriptionRecord] { self.state.withLock { Array($0.records.values) } }
    var edges: [EdgeRecord] { self.state.withLock { $0.snapshot.edges } }

    /// Has another certificate from now on, and says so.
    func renew(_ identity: ServiceIdentity) {
        let version = self.state.withLock { state in
            state.identities.version += 1
            state.identities.identities = [identity]
            return state.identities.version
        }
        self.certificates.bus.publish(.certificatesChanged(version: version))
    }

    /// From now on nothing that is on record can be looked up.
    func refuseQueries() { self.state.withLock { $0.refusesQueries = true } }

    /// From now on no relation of `watcher` can be kept.
    func refuseRecords(of watcher: Address) { self.state.withLock { $0.refusedWatcher = watcher } }

    /// Puts a relation on record, as an earlier life of the edge would have.
    func keep(_ record: SubscriptionRecord) {
        let key = SubscriptionKey(direction: record.direction, watcher: record.watcher, presentity: record.presentity)
        self.state.withLock { $0.records[key] = record }
    }

    /// Changes the policy, and publishes it.
    func change(_ change: PolicyChange) {
        let delta = self.state.withLock { state in
            var policy = PolicyState(state.snapshot)
            policy.apply(change)
            state.snapshot = policy.snapshot
            return PolicyDelta(epoch: policy.epoch, firstSequence: policy.sequence, changes: [change])
        }
        self.policy.bus.publish(.policyDelta(delta))
    }

    private func answer(_ body: Body) -> Result<Body, Failure> {
        switch body {
        case .policySnapshotRequest: return .success(.policySnapshot(self.state.withLock { $0.snapshot }))
        case .edgeHeartbeat(let beat):
            if !self.edges.contains(beat.edge) { self.change(.edge(beat.edge)) }
        case .edgeDeparture: break
        case .refusals(let records): self.state.withLock { $0.refusals += records }
        case .subscriptionPut(let record):
            guard record.watcher != self.state.withLock({ $0.refusedWatcher }) else {
                return .failure(Failure(.internal, "the store refuses it"))
            }
            self.keep(record)
        case .subscriptionRemove(let key): self.state.withLock { $0.records[key] = nil }
        case .subscriptionQuery(let query):
            guard !self.state.withLock({ $0.refusesQueries }) else {
                return .failure(Failure(.internal, "the store failed"))
            }
            let found = self.records.filter { record in
                (query.direction == nil || record.direction == query.direction)
                    && (query.watcher == nil || record.watcher == query.watcher)
                    && (query.presentity == nil || record.presentity == query.presentity)
            }
            return .success(.subscriptionPage(SubscriptionPage(records: found)))
        default: return .failure(Failure(.unsupported, ""))
        }
        return .success(.acknowledged)
    }
}

/// A bus that runs until it is stopped.
final class RunningBus: Sendable {
    let bus: Bus
    private let state = Mutex<(task: Task<Void, any Error>?, endpoints: BusEndpoints?)>((nil, nil))

    private init(_ bus: Bus) { self.bus = bus }

    static func make(_ service: ServiceName, keys: String) throws -> RunningBus {
        let isPublisher = service == .policyService || service == .certService
        return RunningBus(
            try Bus(
                Bus.Configuration(
                    service: service,
                    keysDirectory: keys,
                    listen: "tcp://127.0.0.1:0",
                    publish: isPublisher ? "tcp://127.0.0.1:0" : nil
                ),
                instance: "\(service.rawValue)-\(UInt32.random(in: 0...UInt32.max))",
                logger: .silent,
                metrics: MetricsRegistry()
            )
        )
    }

    func start() async throws {
        let task = Task { try await self.bus.run() }
        let endpoints = try await self.bus.endpoints()
        self.state.withLock { $0 = (task, endpoints) }
    }

    /// Where it listens; only after ``start()``.
    var requests: String { self.state.withLock { $0.endpoints?.requests ?? "" } }
    var publications: String { self.state.withLock { $0.endpoints?.publications ?? "" } }

    func stop() async {
        let task = self.state.withLock { $0.task }
        task?.cancel()
        _ = await task?.result
    }
}

/// Values that arrive on any thread, in order.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    func record(_ value: Value) { self.state.withLock { $0.append(value) } }
    var values: [Value] { self.state.withLock { $0 } }
}
