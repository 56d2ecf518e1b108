import Bus
import Foundation
import Logging
import NIOCore
import ServiceKit
import Synchronization
import TLS
import TestSupport
import Testing
import Wire
import ZeroMQ

@testable import DialbackAuthority

@Suite("dialback-authority", .timeLimit(.minutes(5)))
struct DialbackAuthorityTests {
    private func context(
        _ name: String,
        _ metrics: MetricsRegistry = MetricsRegistry(),
        log: LogCollector? = nil
    ) -> ServiceContext {
        ServiceContext(
            name: name,
            instance: name,
            logger: LogCollector.logger(name, to: log),
            metrics: metrics
        )
    }

    private func authority(
        _ scratch: Scratch,
        _ metrics: MetricsRegistry,
        burst: Int = 100,
        log: LogCollector? = nil
    ) throws -> DialbackAuthority {
        let keys = scratch.file("keys").path
        try BusKeys.generate(in: keys, onlyMissing: true)
        let bus = Bus.Configuration(service: .dialbackAuthority, keysDirectory: keys, listen: "tcp://127.0.0.1:0")
        var configuration = DialbackAuthority.Configuration(
            bus: bus,
            source: .file(SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: true)),
            rules: SecretKeeper.Rules(overlap: 3_600_000, rotatesAfter: 0)
        )
        configuration.domainRate = DomainRateLimiter.Rate(perSecond: 1, burst: burst)
        return try DialbackAuthority(configuration, context: self.context("dialback-authority", metrics, log: log))
    }

    /// Another service on the bus.
    private func caller(_ service: ServiceName, _ scratch: Scratch, _ endpoint: String) throws -> Bus {
        try Bus(
            Bus.Configuration(
                service: service,
                keysDirectory: scratch.file("keys").path,
                listen: "tcp://127.0.0.1:0",
                publish: service == .policyService ? "tcp://127.0.0.1:0" : nil,
                addresses: [.dialbackAuthority: Bus.Configuration.Address(requests: endpoint)]
            ),
            context: self.context(service.rawValue)
        )
    }

    @Test(
        "policy-service replaces the secret and sees the ids; xmpp-edge may not; no log line and no answer holds a secret"
    )
    func rotates() async throws {
        let scratch = try Scratch("dialback")
        let log = LogCollector()
        let metrics = MetricsRegistry()
        let authority = try self.authority(scratch, metrics, log: log)
        let running = Task { try await authority.run() }
        defer { running.cancel() }
        let endpoint = try await authority.endpoints().requests
        let edge = try self.caller(.xmppEdge, scratch, endpoint)
        let policy = try self.caller(.policyService, scratch, endpoint)
        let others = Task {
            try await withThrowingTaskGroup { group in
                group.addTask { try await edge.run() }
                group.addTask { try await policy.run() }
                try await group.waitForAll()
            }
        }
        defer { others.cancel() }
        func ask(_ bus: Bus, _ body: Body) async throws -> Body {
            try await bus.request(body, to: .dialbackAuthority, timeout: .seconds(20))
        }

        let question = DialbackKeyRequest(receiving: "a.example", originating: "b.example", streamID: "s1")
        guard case .dialbackKey(let key) = try await ask(edge, .dialbackKeyRequest(question)) else { return }
        var secrets = authority.keeper.live(at: WallClock.milliseconds()).map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
        for body in [Body.dialbackRotation(DialbackRotation()), .dialbackStatusRequest] {
            await #expect(throws: BusFailure.remote(Failure(.notAllowed, "xmpp-edge may not call this method"))) {
                try await ask(edge, body)
            }
        }
        guard case .dialbackStatus(let status) = try await ask(policy, .dialbackRotation(DialbackRotation())) else {
            Issue.record("no status")
            return
        }
        #expect(status.secrets.count == 2 && status.overlapSeconds == 3600 && !status.isPassphrase)
        #expect(try await ask(policy, .dialbackStatusRequest) == .dialbackStatus(status))
        await #expect(throws: BusFailure.self) { try await ask(policy, .dialbackRotation(DialbackRotation())) }
        let check = DialbackVerifyRequest(receiving: "a.example", originating: "b.example", streamID: "s1", key: key)
        #expect(try await ask(edge, .dialbackVerifyRequest(check)) == .dialbackVerdict(isValid: true))
        _ = try await ask(policy, .dialbackRotation(DialbackRotation(endsOldAtOnce: true)))
        #expect(try await ask(edge, .dialbackVerifyRequest(check)) == .dialbackVerdict(isValid: false))

        let text = metrics.prometheusText()
        #expect(text.contains("isthmus_dialback_rotations_total 2"))
        #expect(text.contains("isthmus_dialback_previous_secret_total 1"))
        #expect(text.contains("isthmus_dialback_secrets 1"))
        #expect(text.contains("isthmus_dialback_secret_age_seconds 0"))

        secrets += authority.keeper.live(at: WallClock.milliseconds()).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(Set(secrets).count == 2)
        let lines = log.text
        #expect(lines.contains("Dialback secret replaced") && lines.contains("the key is not ours"))
        let told = lines + "\(status)" + "\(authority.keeper.live(at: 0).map(\.id))"
        for secret in secrets {
            #expect(!told.contains(secret))
            #expect(!told.contains(SHA256Hash.hexadecimal(of: Array(secret.utf8))))
        }
        #expect(!told.contains(key))
    }

    @Test("Over the bus xmpp-edge gets a key that verifies, and nobody else gets one")
    func overTheBus() async throws {
        let scratch = try Scratch("dialback")
        let authority = try self.authority(scratch, MetricsRegistry())
        let running = Task { try await authority.run() }
        defer { running.cancel() }
        let endpoint = try await authority.endpoints().requests
        let edge = try self.caller(.xmppEdge, scratch, endpoint)
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
        #expect(metrics.prometheusText().contains("isthmus_dialback_rate_limited_total{limit=\"domain\"} 1"))
    }
}
