import Bus
import Foundation
import Logging
import Policy
import ServiceKit
import Synchronization
import Wire
import ZeroMQ

/// A policy-service that knows one policy, an asker of the test's, and the keys of everybody.
public final class Neighbourhood: Sendable {
    public let scratch: Scratch
    private let policy = Mutex(PolicySnapshot(sequence: 1, epoch: "test"))
    private let policyService: Bus
    private let tasks = Mutex<[Task<Void, any Error>]>([])

    public init() async throws {
        self.scratch = try Scratch("neighbourhood")
        try BusKeys.generate(in: self.scratch.file("keys").path)
        self.policyService = try Self.bus(.policyService, self.scratch, publishes: true)
        self.policyService.serve { [weak self] request in
            guard let self, case .policySnapshotRequest = request.body else {
                return .failure(Failure(.unsupported, ""))
            }
            return .success(.policySnapshot(self.policy.withLock { $0 }))
        }
        self.run { [policyService] in try await policyService.run() }
    }

    deinit { for task in self.tasks.withLock({ $0 }) { task.cancel() } }

    /// Runs something until the world ends.
    public func run(_ body: @escaping @Sendable () async throws -> Void) {
        self.tasks.withLock { $0.append(Task { try await body() }) }
    }

    /// Makes a bus for somebody else.
    public func bus(_ service: ServiceName, knows addresses: [ServiceName: Bus.Configuration.Address]) throws -> Bus {
        try Self.bus(service, self.scratch, addresses: addresses)
    }

    private static func bus(
        _ service: ServiceName,
        _ scratch: Scratch,
        publishes: Bool = false,
        addresses: [ServiceName: Bus.Configuration.Address] = [:]
    ) throws -> Bus {
        try Bus(
            Bus.Configuration(
                service: service,
                keysDirectory: scratch.file("keys").path,
                listen: "tcp://127.0.0.1:0",
                publish: publishes ? "tcp://127.0.0.1:0" : nil,
                addresses: addresses
            ),
            instance: service.rawValue,
            logger: .silent,
            metrics: MetricsRegistry()
        )
    }

    /// The settings of the service, as its file would give them.
    public func settings(_ values: [String: String]) async throws -> SettingsReader {
        let endpoints = try await self.policyService.endpoints()
        let own = [
            "bus.keys": self.scratch.file("keys").path, "bus.listen": "127.0.0.1:0",
            "bus.policy-service": String(endpoints.requests.dropFirst("tcp://".count)),
            "bus.policy-service-publications": String((endpoints.publications ?? "").dropFirst("tcp://".count)),
        ]
        return SettingsReader(SettingsSource(values: own.merging(values) { $1 }))
    }

    /// Changes the policy and tells everybody.
    public func commit(_ change: PolicyChange) {
        let delta = self.policy.withLock { policy in
            policy.sequence += 1
            var state = PolicyState(policy)
            state.apply(change)
            policy = state.snapshot
            return PolicyDelta(epoch: policy.epoch, firstSequence: policy.sequence, changes: [change])
        }
        self.policyService.publish(.policyDelta(delta))
    }
}
