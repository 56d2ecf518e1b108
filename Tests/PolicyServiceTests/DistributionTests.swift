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
        let edge = try service.edge("edge-1")
        let publications = Recorder<Publication>()
        edge.subscribe(to: .policyService) { publications.record($0) }
        let running = Task { try await edge.run() }
        defer { running.cancel() }
        try await eventually("the subscription") {
            publications.values.contains { if case .began = $0 { true } else { false } }
        }
        // While all of it is committed, administrators and edges are answered.
        let isCommitted = Recorder<Bool>()
        async let asked = Self.ask(service, edge, until: isCommitted)
        let committed = try await timed("commit") {
            try await service.send("PUT", "/v1/configuration", Self.configuration)
        }
        isCommitted.record(true)
        #expect(committed.status == 200)
        stages.append("answered meanwhile \(try await asked)")
        try await eventually("the delta of all of it", within: .seconds(60)) { !Self.deltas(publications).isEmpty }
        #expect(Self.deltas(publications).map(\.changes.count) == [1 + Self.partners + Self.users])

        let reply = try await timed("snapshot") {
            try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(60))
        }
        guard case .policySnapshot(let snapshot) = reply else {
            Issue.record("no snapshot")
            return
        }
        #expect(snapshot.partners.count == Self.partners && snapshot.users.count == Self.users)
        var state = PolicyState(snapshot)

        let heartbeat = { (sequence: UInt64) in
            EdgeHeartbeat(
                edge: EdgeRecord(kind: .sip, instance: "edge-1", endpoint: "tcp://127.0.0.1:9"),
                status: EdgeStatus(policyEpoch: state.epoch, policySequence: sequence)
            )
        }
        _ = try await edge.request(.edgeHeartbeat(heartbeat(state.sequence)), to: .policyService, timeout: .seconds(60))
        try await timed("one commit until the edge has it") {
            let before = Self.deltas(publications).count
            let change = try await service.send("PATCH", "/v1/users/user7@sip.example", #"{"xmpp-access":false}"#)
            #expect(change.status == 200 && change.body["version"] == .integer(2))
            try await eventually("the delta") { Self.deltas(publications).count > before }
        }
        // Nobody has asked for it: it was published when it was committed, and holds what has changed alone.
        for case .body(.policyDelta(let delta)) in publications.values {
            _ = state.apply(epoch: delta.epoch, firstSequence: delta.firstSequence, delta.changes)
        }
        let delta = try #require(Self.deltas(publications).last)
        #expect(delta.changes.count == 1 && state.sequence == delta.firstSequence)
        let size = Envelope(senderService: "policy-service", body: .policyDelta(delta)).encoded().count
        #expect(size < 200)
        stages.append("\(size) bytes")

        // Administrators see which version the edge works by: first the old one, and the new one as soon as it has said so.
        #expect(try await Self.versionInUse(service) == 1)
        _ = try await edge.request(.edgeHeartbeat(heartbeat(state.sequence)), to: .policyService, timeout: .seconds(60))
        #expect(try await Self.versionInUse(service) == 2)
        print("distribution, \(store.rawValue): \(stages.joined(separator: "; "))")
        try await child.stop()
    }

    private static func deltas(_ publications: Recorder<Publication>) -> [PolicyDelta] {
        publications.values.compactMap { publication in
            guard case .body(.policyDelta(let delta)) = publication, !delta.changes.isEmpty else { return nil }
            // The edge's own coming and going is told as well.
            if case .edge = delta.changes[0] { return nil }
            return delta
        }
    }

    private static func versionInUse(_ service: PolicyServiceProcess) async throws -> Int? {
        try await service.send("GET", "/v1/edges").body["items"]?.elements?.first?["policy-version"]?.integer
    }

    /// Asks again and again, as an administrator and as an edge.
    ///
    /// - Returns: How often, and how long the slowest answer took.
    private static func ask(
        _ service: PolicyServiceProcess,
        _ edge: Bus,
        until isOver: Recorder<Bool>
    ) async throws -> String {
        let clock = ContinuousClock()
        var (count, slowest) = (0, Duration.zero)
        while isOver.values.isEmpty {
            let start = clock.now
            let settings = try await service.send("GET", "/v1/settings")
            #expect(settings.status == 200)
            let put = Body.subscriptionPut(StoreContractTests.subscription(count))
            #expect(try await edge.request(put, to: .policyService, timeout: .seconds(60)) == .acknowledged)
            (count, slowest) = (count + 1, max(slowest, clock.now - start))
        }
        #expect(count > 0)
        return "\(count) times, within \(slowest)"
    }
}
