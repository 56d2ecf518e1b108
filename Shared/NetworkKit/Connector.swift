internal import Glibc
public import NIOCore
internal import NIOPosix

/// Why no connection came about.
public enum ConnectError: Error, Sendable, CustomStringConvertible {
    /// There is no address to connect to.
    case noAddress
    /// None of the addresses answered in time.
    case timedOut
    /// Each of the addresses failed; what they said, in order.
    case failed([String])

    public var description: String {
        switch self {
        case .noAddress: "no address to connect to"
        case .timedOut: "no connection in time"
        case .failed(let reasons): reasons.joined(separator: "; ")
        }
    }
}

/// Connects to the first of several addresses that answers
/// ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305), “happy eyeballs”).
public enum Connector {
    /// How long an attempt is alone before the next address is tried as well
    /// ([RFC 8305 §8](https://www.rfc-editor.org/rfc/rfc8305#section-8)).
    public static let attemptDelay = TimeAmount.milliseconds(250)

    /// Connects to one of `addresses`, which are in order of preference, alternating between IPv6 and IPv4.
    ///
    /// The connection lives on `loop`; `timeout` is for all attempts together. `setUp` adds the handlers, on `loop`, before
    /// the first read. If it throws, the connection is closed and its error is the result. The channel is active already:
    /// handlers get no `channelActive` they could rely on.
    public static func connect(
        to addresses: [SocketAddress],
        on loop: any EventLoop,
        timeout: TimeAmount = .seconds(10),
        attemptDelay: TimeAmount = attemptDelay,
        setUp: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) -> EventLoopFuture<any Channel> {
        let promise = loop.makePromise(of: (any Channel).self)
        loop.execute {
            ConnectionRace(self.interleaved(addresses), loop, timeout, attemptDelay, setUp, promise).start()
        }
        return promise.futureResult
    }

    /// `addresses` with IPv6 and IPv4 in turn, the kind of the first one first
    /// ([RFC 8305 §4](https://www.rfc-editor.org/rfc/rfc8305#section-4)).
    static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        guard let first = addresses.first?.protocol else { return [] }
        let preferred = addresses.filter { $0.protocol == first }
        let others = addresses.filter { $0.protocol != first }
        return (0..<max(preferred.count, others.count)).flatMap { index in
            [preferred, others].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}

/// The attempts of one `connect`; lives on the loop until it is decided.
private final class ConnectionRace {
    private var waiting: ArraySlice<SocketAddress>
    private let loop: any EventLoop
    private let timeout: TimeAmount
    private let attemptDelay: TimeAmount
    private let setUp: @Sendable (any Channel) throws -> Void
    private let promise: EventLoopPromise<any Channel>
    private var attempts: [ObjectIdentifier: any Channel] = [:]
    private var running = 0
    private var reasons: [String] = []
    private var isDecided = false
    private var nextAttempt: Scheduled<Void>?
    private var deadline: Scheduled<Void>?

    init(
        _ addresses: [SocketAddress],
        _ loop: any EventLoop,
        _ timeout: TimeAmount,
        _ attemptDelay: TimeAmount,
        _ setUp: @escaping @Sendable (any Channel) throws -> Void,
        _ promise: EventLoopPromise<any Channel>
    ) {
        self.waiting = addresses[...]
        self.loop = loop
        self.timeout = timeout
        self.attemptDelay = attemptDelay
        self.setUp = setUp
        self.promise = promise
    }

    func start() {
        guard !self.waiting.isEmpty else { return self.decide(.failure(ConnectError.noAddress)) }
        self.deadline = self.loop.assumeIsolated().scheduleTask(in: self.timeout) {
            self.decide(.failure(ConnectError.timedOut))
        }
        self.tryNext()
    }

    private func tryNext() {
        self.nextAttempt?.cancel()
        guard !self.isDecided, let address = self.waiting.popFirst() else { return }
        if !self.waiting.isEmpty {
            self.nextAttempt = self.loop.assumeIsolated().scheduleTask(in: self.attemptDelay) { self.tryNext() }
        }
        self.running += 1
        let race = NIOLoopBound(self, eventLoop: self.loop)
        ClientBootstrap(group: self.loop)
            .connectTimeout(self.timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                race.value.attempts[ObjectIdentifier(channel)] = channel
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .connect(to: address)
            .assumeIsolated()
            .whenComplete { self.ended(address, $0) }
    }

    private static func words(for address: SocketAddress) -> String {
        guard let host = address.ipAddress, let port = address.port else { return "\(address)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// What the system says, without what NIO knows of itself.
    private static func words(for error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        if case .connectTimeout? = error as? ChannelError { return "no answer in time" }
        return "\(error)"
    }

    private func ended(_ address: SocketAddress, _ result: Result<any Channel, any Error>) {
        self.running -= 1
        switch result {
        case .success(let channel):
            guard !self.isDecided else { return channel.close(promise: nil) }
            self.attempts[ObjectIdentifier(channel)] = nil
            self.win(channel)
        case .failure(let error):
            guard !self.isDecided else { return }
            self.reasons.append("\(Self.words(for: address)): \(Self.words(for: error))")
            if !self.waiting.isEmpty {
                self.tryNext()
            } else if self.running == 0 {
                self.decide(.failure(ConnectError.failed(self.reasons)))
            }
        }
    }

    private func win(_ channel: any Channel) {
        do {
            try self.setUp(channel)
            try channel.syncOptions?.setOption(.autoRead, value: true)
            self.decide(.success(channel))
        } catch {
            channel.close(promise: nil)
            self.decide(.failure(error))
        }
    }

    private func decide(_ result: Result<any Channel, any Error>) {
        guard !self.isDecided else { return }
        self.isDecided = true
        self.deadline?.cancel()
        self.nextAttempt?.cancel()
        for channel in self.attempts.values { channel.close(promise: nil) }
        self.attempts = [:]
        self.promise.completeWith(result)
    }
}
