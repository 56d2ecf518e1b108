import Bus
import Foundation
import Logging
import NIOCore
import ServiceKit
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import DialbackAuthority

@Suite("dialback-authority", .timeLimit(.minutes(1)))
struct DialbackAuthorityTests {
    private func context(_ name: String, _ metrics: MetricsRegistry = MetricsRegistry()) -> ServiceContext {
        ServiceContext(
            name: name,
            instance: name,
            logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() },
            metrics: metrics
        )
    }

    private func authority(_ scratch: Scratch, _ metrics: MetricsRegistry, burst: Int = 100) throws -> DialbackAuthority
    {
        let keys = scratch.file("keys").path
        try BusKeys.generate(in: keys)
        let bus = Bus.Configuration(service: .dialbackAuthority, keysDirectory: keys, listen: "tcp://127.0.0.1:0")
        let configuration = DialbackAuthority.Configuration(
            bus: bus,
            secretFile: SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: true),
            rate: 1,
            burst: burst
        )
        return try DialbackAuthority(configuration, context: self.context("dialback-authority", metrics))
    }

    @Test("Over the bus xmpp-edge gets a key that verifies, and nobody else gets one")
    func overTheBus() async throws {
        let scratch = try Scratch("dialback")
        let authority = try self.authority(scratch, MetricsRegistry())
        let running = Task { try await authority.run() }
        defer { running.cancel() }
        let endpoint = try await authority.endpoints().requests
        let address = [ServiceName.dialbackAuthority: Bus.Configuration.Address(requests: endpoint)]
        let edge = try Bus(
            Bus.Configuration(
                service: .xmppEdge,
                keysDirectory: scratch.file("keys").path,
                listen: "tcp://127.0.0.1:0",
                addresses: address
            ),
            context: self.context("xmpp-edge")
        )
        let edgeRunning = Task { try await edge.run() }
        defer { edgeRunning.cancel() }

        let question = DialbackKeyRequest(receiving: "a.example", originating: "b.example", streamID: "s1")
        let reply = try await edge.request(.dialbackKeyRequest(question), to: .dialbackAuthority, timeout: .seconds(20))
        guard case .dialbackKey(let key) = reply else {
            Issue.record("\(reply)")
            return
        }
        for (given, isValid) in [(key, true), (String(key.reversed()), false)] {
            let check = DialbackVerifyRequest(
                receiving: "a.example",
                originating: "b.example",
                streamID: "s1",
                key: given
            )
            let verdict = try await edge.request(
                .dialbackVerifyRequest(check),
                to: .dialbackAuthority,
                timeout: .seconds(20)
            )
            #expect(verdict == .dialbackVerdict(isValid: isValid))
        }
    }

    @Test("A domain that causes too many requests is refused; mistakes are refused with the reason")
    func refuses() throws {
        let scratch = try Scratch("dialback")
        let metrics = MetricsRegistry()
        let authority = try self.authority(scratch, metrics, burst: 2)
        let now = NIODeadline.now()
        func ask(_ domain: String) -> Result<Body, Failure> {
            let request = DialbackKeyRequest(receiving: domain, originating: "b.example", streamID: "s1")
            return authority.answer(.dialbackKeyRequest(request), messageID: nil, at: now)
        }
        _ = ask("a.example")
        _ = ask("a.example")
        #expect(ask("a.example") == .failure(Failure(.overloaded, "too many dialback requests for this domain")))
        #expect(ask("a b") == .failure(Failure(.invalid, "a domain or the stream id holds a space")))
        #expect(metrics.prometheusText().contains("isthmus_dialback_keys_total 2"))
        #expect(metrics.prometheusText().contains("isthmus_dialback_rate_limited_total 1"))
    }
}
