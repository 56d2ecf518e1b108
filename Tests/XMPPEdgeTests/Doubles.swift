import Bus
import Foundation
import Logging
import Messaging
import ServiceKit
import Synchronization
import TestSupport
import Wire
import XMPPCore

@testable import XMPPEdge

/// Dialback keys for tests: every domain has a secret of its own.
struct TestDialback: DialbackKeys {
    /// Whether the authority answers at all.
    var answers = true

    func key(for pair: DomainPair, streamID: String) async -> String? {
        self.answers ? "secret of \(pair.local), for \(pair.remote), \(streamID)" : nil
    }

    func check(_ key: String, for pair: DomainPair, streamID: String) async -> DialbackOutcome {
        guard self.answers else { return .failed(StanzaError(.internalServerError, kind: .wait)) }
        return key == "secret of \(pair.local), for \(pair.remote), \(streamID)" ? .valid : .invalid
    }
}

/// A dialback authority that keeps everybody waiting until it is told to answer: no key is its own.
final class SlowDialback: DialbackKeys {
    let asked = Recorder<String>()
    private let waiting = Mutex<(isReleased: Bool, continuations: [CheckedContinuation<Void, Never>])>((false, []))

    func key(for pair: DomainPair, streamID: String) async -> String? { nil }

    func check(_ key: String, for pair: DomainPair, streamID: String) async -> DialbackOutcome {
        self.asked.record(streamID)
        await withCheckedContinuation { continuation in
            let goesOn = self.waiting.withLock { state in
                if !state.isReleased { state.continuations.append(continuation) }
                return state.isReleased
            }
            if goesOn { continuation.resume() }
        }
        return .invalid
    }

    /// Answers all, now and from now on.
    func release() {
        let continuations = self.waiting.withLock { state in
            state.isReleased = true
            defer { state.continuations = [] }
            return state.continuations
        }
        for continuation in continuations { continuation.resume() }
    }
}

/// A bus that runs until it is stopped.
final class RunningBus: Sendable {
    let bus: Bus
    let endpoint: String
    let metrics = MetricsRegistry()
    private let task: Task<Void, any Error>

    init(_ service: ServiceName, keys: String) async throws {
        let bus = try Bus(
            Bus.Configuration(service: service, keysDirectory: keys, listen: "tcp://127.0.0.1:0"),
            instance: "\(service.rawValue)-\(UInt32.random(in: 0...UInt32.max))",
            logger: .silent,
            metrics: self.metrics
        )
        self.bus = bus
        self.task = Task { try await bus.run() }
        self.endpoint = try await bus.endpoints().requests
    }

    func stop() async {
        self.task.cancel()
        _ = await self.task.result
    }
}

/// A value that a test changes while others look at it.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { self.state = Mutex(value) }

    var value: Value {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }
}

/// Values that arrive on any thread, in order.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    func record(_ value: Value) { self.state.withLock { $0.append(value) } }
    var values: [Value] { self.state.withLock { $0 } }
}

func message(_ text: String, from: String, to: String, id: String = UUID().uuidString) -> NeutralMessage {
    func address(_ text: String) -> Address {
        let parts = text.split(separator: "@")
        return Address(user: String(parts[0]), domain: String(parts[1]))
    }
    return NeutralMessage(
        id: MessageID(id),
        from: address(from),
        to: address(to),
        content: .instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)], originID: id))
    )
}
