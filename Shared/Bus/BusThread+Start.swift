internal import Glibc
internal import Logging
internal import NIOCore
internal import ServiceKit
internal import Synchronization
internal import Wire
internal import ZeroMQ

extension BusThread {
    /// What the thread is started with.
    struct Start: Sendable {
        let configuration: Bus.Configuration
        let instance: String
        let keys: BusKeys
        let queue: CommandQueue
        let handOff: RequestHandOff
        let metrics: BusMetrics
        let logger: Logger

        /// Starts the thread.
        ///
        /// - Returns: Where it listens, as soon as it does.
        /// - Throws: When it cannot listen.
        func start() async throws -> BusEndpoints {
            try await withCheckedThrowingContinuation { continuation in
                DetachedThread.start {
                    self.serve { continuation.resume(with: $0) }
                    // All sockets are closed now.
                    self.handOff.end()
                }
            }
        }

        private func serve(_ opened: (Result<BusEndpoints, any Error>) -> Void) {
            do throws(ZeroMQError) {
                let thread = try BusThread(self)
                opened(.success(thread.endpoints))
                thread.run()
            } catch {
                opened(.failure(error))
            }
        }
    }

    /// One thread for connections to fixed addresses, whose names may resolve slowly, and one for everything else.
    static let ioThreads = 2
    static let trafficThread = 0
    static let controlThread = 1

    /// How often an idle connection is probed, and how long a silent peer is believed to live, in milliseconds: a dead
    /// peer is noticed within three seconds.
    private static let heartbeat = (interval: 1000, timeout: 2000)
    /// How long the last answers of a process that ends may take to leave, in milliseconds.
    private static let linger = 200
    /// A frame that is larger than the limit by this factor ends the connection, rather than being read and dropped.
    private static let hardLimitFactor = 8

    /// A socket that other services connect to.
    static func listener(
        _ kind: Socket.Kind,
        at endpoint: String,
        domain: String,
        _ start: Start,
        _ context: Context
    ) throws(ZeroMQError) -> Socket {
        var options = Self.options(start.configuration, endpoint)
        options.security = .server(start.keys.own, domain: domain)
        options.maximumMessageSize = start.configuration.limits.requestSize * Self.hardLimitFactor
        // As many answers as there may be unanswered requests: a well-behaved client never loses one.
        options.sendHighWaterMark = start.configuration.limits.outstandingTraffic
        var socket = try Socket(kind, in: context, options: options)
        try socket.bind(to: endpoint)
        return socket
    }

    /// A connection to another service; `nil` when there is no public key of it, or its address makes no sense.
    func link(
        _ kind: Socket.Kind,
        to service: ServiceName,
        at endpoint: String,
        ioThread: Int
    ) -> Link? {
        guard let key = self.keys.peers[service.rawValue] else {
            self.logger.error("No public key", metadata: ["peer.service": "\(service.rawValue)"])
            return nil
        }
        var options = Self.options(self.configuration, endpoint)
        options.security = .client(self.keys.own, server: key)
        options.maximumMessageSize = self.configuration.limits.replySize
        options.onlyWhenConnected = kind == .dealer
        options.ioThread = ioThread
        do throws(ZeroMQError) {
            return try Link(kind, to: service, at: endpoint, options: options, in: self.context)
        } catch {
            self.metrics.errors.increment()
            self.warn("Cannot connect", ["peer.service": "\(service.rawValue)", "error": "\(error)"])
            return nil
        }
    }

    private static func options(_ configuration: Bus.Configuration, _ endpoint: String) -> Socket.Options {
        var options = Socket.Options()
        // With IPv6 an IPv4 address would be shown as `[::ffff:127.0.0.1]`.
        options.usesIPv6 = !endpoint.drop { $0 != "/" }.allSatisfy { "/.:0123456789".contains($0) }
        options.sendHighWaterMark = configuration.limits.highWaterMark
        options.receiveHighWaterMark = configuration.limits.highWaterMark
        options.heartbeatInterval = Self.heartbeat.interval
        options.heartbeatTimeout = Self.heartbeat.timeout
        options.linger = Self.linger
        return options
    }

    /// Decides whether a connection may stand: who it is, by its key, and whether that service has business here.
    func admit(_ request: ZAPHandler.Request) -> String? {
        if let name = request.publicKey.flatMap({ self.serviceNames[$0] }), self.isAwaited(name, at: request.domain) {
            return name.rawValue
        }
        self.metrics.refusedConnections.increment()
        self.warn("Connection refused", ["peer.address": "\(request.address)", "bus.socket": "\(request.domain)"])
        return nil
    }

    private func isAwaited(_ name: ServiceName, at domain: String) -> Bool {
        let own = self.configuration.service
        if domain == "publications" { return MethodPolicy.subscribers(of: own).contains(name) }
        let isCaller = MethodPolicy.callees(of: name).contains(own) || (name == .policyService && own.isEdge)
        // A sip-edge hands to another one what belongs to a dialog of its (docs/adr/0013-dialogs-name-their-edge.md).
        let isSibling = name == .sipEdge && own == .sipEdge
        return isCaller || isSibling || MethodPolicy.mayExchangeTraffic(name, own)
    }

    /// A warning about what a peer did, at most one a second of its kind.
    func warn(_ message: StaticString, _ metadata: Logger.Metadata) {
        guard let suppressed = self.logLimit.admit(message, at: .now()) else { return }
        var metadata = metadata
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        self.logger.warning("\(message)", metadata: metadata)
    }
}

/// A thread that nobody waits for.
enum DetachedThread {
    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(run))
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                work.run()
                return nil
            },
            work.toOpaque()
        )
        precondition(result == 0, "pthread_create: \(result)")
        pthread_detach(thread)
    }
}
