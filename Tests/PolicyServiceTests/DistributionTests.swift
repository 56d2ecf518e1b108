import Bus
import Foundation
import Logging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import PolicyService

/// A large gateway: SPEC's 10 000 partners and 100 000 users.
@Suite("Distribution of a large policy", .serialized, .postgreSQL)
struct DistributionTests {
    static let partners = 10_000
    static let users = 100_000

    static let configuration: String = {
        let partners = (0..<Self.partners).map { #"{"domain":"p\#($0).example","sasl":"optional"}"# }
        let users = (0..<Self.users).map { #"{"address":"user\#($0)@sip.example","xmpp-access":true}"# }
        return """
            {"domains":[{"domain":"sip.example"}],"partners":[\(partners.joined(separator: ","))],
            "users":[\(users.joined(separator: ","))]}
            """
    }()

    @Test(
        "An edge has all of it with one snapshot, and then each commit as one delta",
        arguments: [ProcessTests.StoreKind.sqlite]
    )
    func large(_ store: ProcessTests.StoreKind) async throws {
        let service = try await store.process()
        let child = try await service.start()
        let clock = ContinuousClock()
        var stages: [String] = []
        func timed<Value>(_ stage: String, _ body: () async throws -> Value) async throws -> Value {
            let start = clock.now
            let value = try await body()
            stages.append("\(stage) \(clock.now - start)")
            return value
        }
        let committed = try await timed("commit") {
            try await service.send("PUT", "/v1/configuration", Self.configuration)
        }
        #expect(committed.status == 200)

        let logger = Logger.silent
        let configuration = Bus.Configuration(
            service: .sipEdge,
            keysDirectory: service.keys,
            listen: "tcp://127.0.0.1:*",
            addresses: [
                .policyService: Bus.Configuration.Address(
                    requests: "tcp://127.0.0.1:\(service.requestPort)",
                    publications: "tcp://127.0.0.1:\(service.publicationPort)"
                )
            ]
        )
        let edge = try Bus(configuration, instance: "edge-1", logger: logger, metrics: MetricsRegistry())
        let publications = Recorder<Publication>()
        edge.subscribe(to: .policyService) { publications.record($0) }
        let running = Task { try await edge.run() }
        defer { running.cancel() }
        try await eventually("the subscription") {
            publications.values.contains { if case .began = $0 { true } else { false } }
        }
        let reply = try await timed("snapshot") {
            try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(60))
        }
        guard case .policySnapshot(let snapshot) = reply else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.partners.count == Self.partners && snapshot.users.count == Self.users)
        var state = PolicyState(snapshot)

        try await timed("one commit until the edge has it") {
            let change = try await service.send("PATCH", "/v1/users/user7@sip.example", #"{"xmpp-access":false}"#)
            #expect(change.status == 200)
            try await eventually("the delta") {
                publications.values.contains { if case .body(.policyDelta) = $0 { true } else { false } }
            }
        }
        for case .body(.policyDelta(let delta)) in publications.values {
            #expect(delta.changes.count == 1)
            _ = state.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes)
        }
        #expect(state.sequence == snapshot.sequence + 1)
        print("distribution, \(store.rawValue): \(stages.joined(separator: "; "))")
        try await child.stop()
    }
}
