import Bus
import Glibc
import Logging
import Messaging
import NIOCore
import NIOPosix
import Policy
import ServiceKit
import Synchronization
import Wire

/// An instant message of 100 bytes and its fate, from event loop to event loop, through everything that `Bus` does.
enum BusRoundTrip {
    private static let warmUpShare = 5
    private static let timeout = Duration.seconds(20)
    private static let message = NeutralMessage(
        id: MessageID("0123456789abcdef"),
        from: Address(user: "romeo", domain: "montague.example", instance: "orchard"),
        to: Address(user: "juliet", domain: "capulet.example"),
        content: .instantMessage(
            InstantMessage(
                kind: .chat,
                body: [LocalizedText(String(repeating: "x", count: 100))],
                thread: "e0ffe42b28561960c6b12b944a092794b9683a38",
                originID: "id-42"
            )
        )
    )

    private static func bus(_ service: ServiceName, keys: String, endpoint: String) throws -> Bus {
        try Bus(
            Bus.Configuration(service: service, keysDirectory: keys, listen: endpoint),
            instance: service.rawValue,
            logger: Logger(label: "bus-bench") { _ in SwiftLogNoOpLogHandler() },
            metrics: MetricsRegistry()
        )
    }

    static func serve(keys: String, endpoint: String) async throws {
        let bus = try Self.bus(.sipEdge, keys: keys, endpoint: endpoint)
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let holder = Mutex<TrafficPort?>(nil)
        let port = bus.traffic(on: loop) { events in
            let port = holder.withLock { $0 }
            for case .received(_, let token, _) in events { port?.answer(token, .success(Taken())) }
        }
        holder.withLock { $0 = port }
        try await bus.run()
    }

    static func measure(_ server: Server, window: Int, count: Int) async throws -> Double {
        let bus = try Self.bus(.xmppEdge, keys: server.keys, endpoint: "tcp://127.0.0.1:0")
        let running = Task { try await bus.run() }
        defer { running.cancel() }
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let client = Client(warmUp: count / Self.warmUpShare, count: count)
        let cpuTime = server.cpuReader
        let port = bus.traffic(on: loop) { client.take($0, cpuTime) }
        let record = EdgeRecord(kind: .sip, instance: "sip-edge", endpoint: server.endpoint)
        return try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                port.update(peers: [record])
                client.begin(port, window: window, message: Self.message, timeout: Self.timeout, continuation)
            }
        }
    }
}

/// Keeps a window of messages outstanding; used on the event loop only, which its closures are run by.
private final class Client: @unchecked Sendable {
    private let warmUp: Int
    private let count: Int
    private var done = 0
    private var begin = 0.0
    private var send: () -> Void = {}
    private var finish: (Double) -> Void = { _ in }

    init(warmUp: Int, count: Int) {
        self.warmUp = warmUp
        self.count = count
    }

    func begin(
        _ port: TrafficPort,
        window: Int,
        message: NeutralMessage,
        timeout: Duration,
        _ continuation: CheckedContinuation<Double, any Error>
    ) {
        self.send = { _ = port.send(message, to: "sip-edge", timeout: timeout) }
        self.finish = { continuation.resume(returning: $0) }
        for _ in 0..<window { self.send() }
        port.flush()
    }

    func take(_ events: [TrafficEvent], _ cpuTime: () -> Double) {
        for case .answered(_, let result) in events {
            // What is still outstanding at the end fails when the server is stopped.
            guard self.done < self.warmUp + self.count else { return }
            guard case .success = result else { preconditionFailure("\(result)") }
            self.done += 1
            if self.done == self.warmUp { self.begin = cpuTime() }
            if self.done == self.warmUp + self.count { self.finish((cpuTime() - self.begin) / Double(self.count)) }
            if self.done < self.warmUp + self.count { self.send() }
        }
    }
}
