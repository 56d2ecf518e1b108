import NIOCore
import ServiceKit
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import Bus

@Suite("Publications", .timeLimit(.minutes(5)))
struct PublicationTests {
    /// What a test compares: `Publication` without the bodies' contents.
    private static func describe(_ publication: Publication) -> String {
        switch publication {
        case .began: "began"
        case .body(.certificatesChanged(let version)): "version \(version)"
        case .body: "body"
        case .gap: "gap"
        case .ended: "ended"
        }
    }

    private func subscribed(
        _ world: BusWorld,
        to endpoint: String,
        _ recorder: Recorder<String>
    ) throws -> Bus {
        let edge = try world.bus(
            .xmppEdge,
            knows: [.certService: .init(requests: "tcp://127.0.0.1:1", publications: endpoint)]
        )
        edge.subscribe(to: .certService) { recorder.record(Self.describe($0)) }
        return edge
    }

    @Test("A subscriber is told when it began, and sees everything after that in order")
    func order() async throws {
        let world = try BusWorld()
        let publisher = try world.bus(.certService, publishes: true)
        let seen = Recorder<String>()
        try await running(publisher) { endpoints in
            publisher.publish(.certificatesChanged(version: 0))
            let edge = try self.subscribed(world, to: endpoints.publications ?? "", seen)
            try await running(edge) { _ in
                try await eventually("the subscription has begun") { seen.values == ["began"] }
                for version in 1...500 { publisher.publish(.certificatesChanged(version: UInt64(version))) }
                try await eventually("the last publication") { seen.values.last == "version 500" }
            }
        }
        #expect(seen.values.prefix(501) == (["began"] + (1...500).map { "version \($0)" })[...])
    }

    @Test("A publisher that is killed and started again begins anew")
    func restart() async throws {
        let world = try BusWorld()
        let first = try await RunningBus(
            world.bus(.certService, publishes: true, publish: FixedPort.endpoint())
        )
        let seen = Recorder<String>()
        let endpoint = first.endpoints.publications ?? ""
        let edge = try self.subscribed(world, to: endpoint, seen)
        try await running(edge) { _ in
            try await eventually("the subscription has begun") { seen.values == ["began"] }
            await first.kill()
            try await eventually("the loss is noticed") { seen.values == ["began", "ended"] }
            let second = try world.bus(.certService, publishes: true, publish: endpoint)
            try await running(second) { _ in
                try await eventually("it has begun anew") { seen.values == ["began", "ended", "began"] }
                second.publish(.certificatesChanged(version: 1))
                try await eventually("the publication") { seen.values.last == "version 1" }
            }
        }
    }

    @Test("A publication that is missing is noticed with the next one, or with the next beat")
    func gap() throws {
        let recorder = Recorder<String>()
        let keys = try CurveKeyPair.generate()
        var options = Socket.Options()
        options.security = .client(keys, server: keys.publicKey)
        let link = SubscriptionLink(
            .certService,
            link: try Link(.subscribe, to: .certService, at: "tcp://127.0.0.1:1", options: options, in: try Context())
        ) { recorder.record(Self.describe($0)) }
        func receive(_ publication: UInt64, _ body: Body?, from instance: String = "one") -> Bool {
            link.receive(Envelope(senderInstance: instance, publication: publication, body: body))
        }
        #expect(!receive(4, .beat))
        #expect(!receive(5, .certificatesChanged(version: 5)))
        #expect(receive(7, .certificatesChanged(version: 7)))
        #expect(!receive(7, .beat))
        #expect(receive(8, .beat))
        #expect(!receive(9, nil))  // of a newer version
        #expect(!receive(1, .certificatesChanged(version: 1), from: "two"))
        #expect(
            recorder.values
                == ["began", "version 5", "gap", "version 7", "gap", "gap", "began", "version 1"]
        )
    }
}
