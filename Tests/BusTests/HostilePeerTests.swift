import Foundation
import NIOCore
import ServiceKit
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import Bus

@Suite("Peers that are broken, newer or hostile", .timeLimit(.minutes(5)))
struct HostilePeerTests {
    private static let request = Envelope(
        request: 7,
        timeoutMilliseconds: 10_000,
        senderService: "xmpp-edge",
        senderInstance: "x",
        body: .dialbackKeyRequest(DialbackKeyRequest(receiving: "a", originating: "b", streamID: "1"))
    )

    /// An authority that answers everything, and what it counts.
    private func withAuthority(
        limits: Bus.Limits = Bus.Limits(),
        _ body: @Sendable (BusWorld, BusEndpoints, MetricsRegistry) async throws -> Void
    ) async throws {
        let world = try BusWorld()
        let metrics = MetricsRegistry()
        let authority = try world.bus(.dialbackAuthority, limits: limits, metrics: metrics)
        authority.serve { _ in .success(.dialbackKey("key")) }
        try await running(authority) { try await body(world, $0, metrics) }
    }

    /// Asks the authority as a healthy edge does.
    private func askHealthily(_ world: BusWorld, _ endpoints: BusEndpoints) async throws {
        let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoints.requests)])
        guard let body = Self.request.body else { return }
        try await running(edge) { _ in
            let answer = try await edge.request(body, to: .dialbackAuthority, timeout: .seconds(20))
            #expect(answer == .dialbackKey("key"))
        }
    }

    @Test("Rubbish is dropped and counted; the sender and everybody else go on")
    func rubbish() async throws {
        try await self.withAuthority { world, endpoints, metrics in
            let stranger = try world.stranger(as: .xmppEdge, to: .dialbackAuthority, at: endpoints.requests)
            try stranger.send([0xFF, 0xFF, 0xFF])
            try stranger.send([1], [2], [3])
            try stranger.send([0x1A, 0x02, 0xFF, 0xFE] + Self.request.encoded())  // a message id that is not UTF-8
            try stranger.send([])  // an envelope that says nothing and asks for nothing
            try stranger.send(Self.request.encoded())
            let answer = try await stranger.receive()
            #expect(answer.request == 7)
            #expect(answer.body == .dialbackKey("key"))
            #expect(metrics.prometheusText().contains("isthmus_bus_malformed_frames_total 3"))
        }
    }

    @Test("A frame that is too large is dropped and counted")
    func oversized() async throws {
        var limits = Bus.Limits()
        limits.requestSize = 1000
        try await self.withAuthority(limits: limits) { world, endpoints, metrics in
            let stranger = try world.stranger(as: .xmppEdge, to: .dialbackAuthority, at: endpoints.requests)
            try stranger.send([UInt8](repeating: 0, count: 2000))
            try stranger.send(Self.request.encoded())
            #expect(try await stranger.receive().request == 7)
            #expect(metrics.prometheusText().contains("isthmus_bus_malformed_frames_total 1"))
        }
    }

    @Test("Fields of a newer version are tolerated")
    func unknownFields() async throws {
        try await self.withAuthority { world, endpoints, _ in
            let stranger = try world.stranger(as: .xmppEdge, to: .dialbackAuthority, at: endpoints.requests)
            // Field 19 with a text, and version 2.
            try stranger.send(Self.request.encoded() + [0x9A, 0x01, 0x03, 0x6E, 0x65, 0x77, 0x08, 0x02])
            #expect(try await stranger.receive().body == .dialbackKey("key"))
        }
    }

    @Test("A method of a newer version is refused with a code")
    func unknownBody() async throws {
        try await self.withAuthority { world, endpoints, _ in
            let stranger = try world.stranger(as: .xmppEdge, to: .dialbackAuthority, at: endpoints.requests)
            // Request 9 with body 500, a message without fields.
            try stranger.send([0x08, 0x02, 0x10, 0x09, 0xA2, 0x1F, 0x00])
            let answer = try await stranger.receive()
            #expect(answer.request == 9)
            #expect(answer.body == .failure(Failure(.unsupported, "this version does not know the method")))
        }
    }

    @Test("A connection without a known key is refused and counted", arguments: [true, false])
    func wrongKey(hasKey: Bool) async throws {
        try await self.withAuthority { world, endpoints, metrics in
            let authorityKey = try world.keys(of: .dialbackAuthority).own.publicKey
            let security: Socket.Security = hasKey ? .client(try .generate(), server: authorityKey) : .none
            let stranger = try Stranger(security: security, endpoint: endpoints.requests)
            try stranger.send(Self.request.encoded())
            if hasKey {
                try await eventually("the connection is refused") {
                    !metrics.prometheusText().contains("isthmus_bus_refused_connections_total 0")
                }
            }
            try await self.askHealthily(world, endpoints)
            #expect(metrics.prometheusText().contains("isthmus_bus_served_requests_total 1"))
        }
    }

    @Test("A service that has no business here is refused although its key is known")
    func noBusiness() async throws {
        try await self.withAuthority { world, endpoints, metrics in
            let stranger = try world.stranger(as: .dnsPublisher, to: .dialbackAuthority, at: endpoints.requests)
            try stranger.send(Self.request.encoded())
            try await eventually("the connection is refused") {
                !metrics.prometheusText().contains("isthmus_bus_refused_connections_total 0")
            }
        }
    }

    @Test("A flood is refused where it exceeds the limits, and others are served meanwhile")
    func flood() async throws {
        try await self.withAuthority { world, endpoints, _ in
            let stranger = try world.stranger(as: .xmppEdge, to: .dialbackAuthority, at: endpoints.requests)
            let bytes = Self.request.encoded()
            for _ in 0..<20_000 { try stranger.send(bytes) }
            try await self.askHealthily(world, endpoints)
            _ = try await stranger.receive()
        }
    }

    @Test("A client that was refused comes in when its key is known after a restart of the server")
    func keysRotated() async throws {
        let world = try BusWorld()
        let oldRun = try await RunningBus(world.bus(.dialbackAuthority, listen: FixedPort.endpoint()))
        // All keys are new, except those of the authority, which goes on with the public keys that it has read.
        let kept = try Scratch("bus-keys")
        let files = ["dialback-authority.secret", "dialback-authority.public"]
        let directory = URL(filePath: world.keysDirectory)
        for file in files { try FileManager.default.copyItem(at: directory.appending(path: file), to: kept.file(file)) }
        try BusKeys.generate(in: world.keysDirectory)
        for file in files {
            try FileManager.default.removeItem(at: directory.appending(path: file))
            try FileManager.default.copyItem(at: kept.file(file), to: directory.appending(path: file))
        }
        let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: oldRun.endpoints.requests)])
        try await running(edge) { _ in
            guard let body = Self.request.body else { return }
            await #expect(throws: BusFailure.unreachable) {
                try await edge.request(body, to: .dialbackAuthority, timeout: .milliseconds(700))
            }
            await oldRun.kill()
            let restarted = try world.bus(.dialbackAuthority, listen: oldRun.endpoints.requests)
            restarted.serve { _ in .success(.dialbackKey("key")) }
            try await running(restarted) { _ in
                let answer = try await edge.request(body, to: .dialbackAuthority, timeout: .seconds(20))
                #expect(answer == .dialbackKey("key"))
            }
        }
    }
}
