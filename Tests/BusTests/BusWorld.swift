import Foundation
import Logging
import Messaging
import NIOCore
import NIOPosix
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Wire
import ZeroMQ

@testable import Bus

/// The services of one test: keys of their own, real sockets on loopback.
final class BusWorld: Sendable {
    private let scratch: Scratch

    init() throws {
        self.scratch = try Scratch("bus")
        try BusKeys.generate(in: self.keysDirectory)
    }

    var keysDirectory: String { self.scratch.file("keys").path }

    func keys(of service: ServiceName) throws -> BusKeys { try BusKeys(of: service.rawValue, in: self.keysDirectory) }

    /// Makes a bus that is not running yet.
    func bus(
        _ service: ServiceName,
        listen: String = "tcp://127.0.0.1:0",
        publishes: Bool = false,
        publish: String = "tcp://127.0.0.1:0",
        knows addresses: [ServiceName: Bus.Configuration.Address] = [:],
        limits: Bus.Limits = Bus.Limits(),
        metrics: MetricsRegistry = MetricsRegistry()
    ) throws -> Bus {
        try Bus(
            Bus.Configuration(
                service: service,
                keysDirectory: self.keysDirectory,
                listen: listen,
                publish: publishes ? publish : nil,
                addresses: addresses,
                limits: limits
            ),
            instance: "\(service.rawValue)-\(UInt32.random(in: 0...UInt32.max))",
            logger: .silent,
            metrics: metrics
        )
    }

    /// A dealer of our own making, with the key of `service`: what a newer, broken or hostile program would be.
    func stranger(as service: ServiceName, to other: ServiceName, at endpoint: String) throws -> Stranger {
        let keys = try self.keys(of: service)
        guard let server = keys.peers[other.rawValue] else { throw BusKeysMissing() }
        return try Stranger(security: .client(keys.own, server: server), endpoint: endpoint)
    }
}

/// A socket that says what it is told to say.
final class Stranger: Sendable {
    private let socket: Mutex<Socket>

    init(security: Socket.Security, endpoint: String) throws {
        var options = Socket.Options()
        options.security = security
        options.sendHighWaterMark = 100_000
        var socket = try Socket(.dealer, in: try Context(), options: options)
        try socket.connect(to: endpoint)
        self.socket = Mutex(socket)
    }

    func send(_ frames: [UInt8]...) throws {
        try self.socket.withLock { socket in
            for (index, frame) in frames.enumerated() {
                _ = try socket.send(frame, more: index < frames.count - 1)
            }
        }
    }

    /// The next envelope.
    func receive() async throws -> Envelope {
        try await eventually("an envelope", value: { try self.poll() })
    }

    private func poll() throws -> Envelope? {
        try self.socket.withLock { socket in
            guard let frame = try socket.receive() else { return nil }
            return try frame.withUnsafeBytes { bytes throws(WireError) in try Envelope(decoding: bytes) }
        }
    }
}

/// No public key of a service.
struct BusKeysMissing: Error {}

/// Runs a bus for the length of `body`, which is told where it listens.
@discardableResult
func running<Result: Sendable>(
    _ bus: Bus,
    _ body: @Sendable (BusEndpoints) async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await bus.run() }
        let result = try await body(try await bus.endpoints())
        group.cancelAll()
        try await group.waitForAll()
        return result
    }
}

/// Ports for services that are restarted at the same address; below the range from which the system chooses.
enum FixedPort {
    private static let next = Atomic<Int>(0)

    static func endpoint() -> String {
        let number = Self.next.wrappingAdd(1, ordering: .relaxed).newValue
        let base = 12_000 + Int(ProcessInfo.processInfo.processIdentifier % 100) * 100
        return "tcp://127.0.0.1:\(base + number)"
    }
}

/// A bus that runs until it is killed: its sockets close at once.
final class RunningBus: Sendable {
    let bus: Bus
    let endpoints: BusEndpoints
    private let task: Task<Void, any Error>

    init(_ bus: Bus) async throws {
        self.bus = bus
        self.task = Task { try await bus.run() }
        self.endpoints = try await bus.endpoints()
    }

    func kill() async {
        self.task.cancel()
        _ = await self.task.result
    }
}

/// Values that arrive on any thread, in order.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    func record(_ value: Value) { self.state.withLock { $0.append(value) } }
    var values: [Value] { self.state.withLock { $0 } }
}

/// Begins closed; everybody who waits goes on when it is opened.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = self.state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = self.state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

func neutralMessage(_ text: String, from: String = "romeo", to: String = "juliet") -> NeutralMessage {
    NeutralMessage(
        id: MessageID("m-\(text)"),
        from: Address(user: from, domain: "xmpp.example"),
        to: Address(user: to, domain: "sip.example"),
        content: .instantMessage(InstantMessage(kind: .chat, body: [LocalizedText(text)]))
    )
}
