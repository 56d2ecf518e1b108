public import Bus
public import Logging
public import ServiceKit
import Wire

/// What an edge does first when it is told to stop: it goes on serving until DNS leads nobody to it any more (SPEC §9).
///
/// Another edge must live, and dns-publisher must be allowed to change addresses by itself; otherwise nobody waits.
public struct EdgeWithdrawal: Sendable {
    /// How long an edge waits at most, of its settings.
    public struct Settings: Sendable {
        public var limit: Duration

        public init(limit: Duration) { self.limit = limit }

        /// Reads the setting `drain.dns-wait`.
        public init(_ settings: inout SettingsReader) {
            self.limit = settings.duration(
                "drain.dns-wait",
                default: .seconds(3),
                in: .zero ... .seconds(3600),
                hint:
                    "how long an edge that is told to stop goes on serving until DNS and its caches lead nobody to it; allow as much more for it to stop"
            )
        }

        /// How long the process may take to stop: what is under way takes up to 12 s of it.
        public var drainDeadline: Duration { max(.seconds(15), .seconds(12) + self.limit) }
    }

    /// How often is asked how far DNS is.
    private let interval: Duration
    /// policy-service asks dns-publisher, which asks a server.
    private static let timeout = Duration.seconds(8)

    private let bus: Bus
    private let settings: Settings
    private let logger: Logger

    public init(_ settings: Settings, bus: Bus, logger: Logger, interval: Duration = .seconds(1)) {
        self.interval = interval
        self.bus = bus
        self.settings = settings
        self.logger = logger
    }

    /// Returns when nobody is led here any more, when DNS stays as it is, or when the time is over.
    public func finish() async {
        guard self.settings.limit > .zero else { return }
        let begin = ContinuousClock.now
        let end = begin + self.settings.limit
        while !Task.isCancelled {
            let state = await self.ask(until: end)
            switch state {
            case .kept(let reason):
                self.logger.info("DNS stays as it is for this edge", metadata: ["reason": "\(reason)"])
                return
            case .withdrawn(wait: 0):
                self.logger.notice("DNS leads nobody here any more", metadata: Self.metadata(since: begin))
                return
            case .withdrawn, .listed: break
            }
            guard ContinuousClock.now + self.interval < end else { return self.give(up: state, since: begin) }
            try? await Task.sleep(for: self.interval)
        }
    }

    private func give(up state: DNSWithdrawal, since begin: ContinuousClock.Instant) {
        var metadata = Self.metadata(since: begin)
        if case .listed(let reason) = state {
            metadata["reason"] = "\(reason)"
            self.logger.warning("Stopping while DNS still leads peers here", metadata: metadata)
        } else {
            if case .withdrawn(let wait) = state { metadata["dns.cached"] = "\(wait)s" }
            self.logger.notice("Stopping while caches of DNS may still lead peers here", metadata: metadata)
        }
    }

    private static func metadata(since begin: ContinuousClock.Instant) -> Logger.Metadata {
        ["dns.waited": "\(begin.duration(to: .now).components.seconds)s"]
    }

    private func ask(until end: ContinuousClock.Instant) async -> DNSWithdrawal {
        let timeout = min(Self.timeout, max(ContinuousClock.now.duration(to: end), .milliseconds(100)))
        do throws(BusFailure) {
            let answer = try await self.bus.request(
                .edgeWithdrawal(instance: self.bus.instance),
                to: .policyService,
                timeout: timeout
            )
            guard case .dnsWithdrawalState(let state) = answer else {
                return .kept(reason: "policy-service is an older one")
            }
            return state
        } catch BusFailure.remote(let failure) where failure.code == .unsupported || failure.code == .notAllowed {
            // One of an older version, or that has never heard of this edge.
            return .kept(reason: failure.text)
        } catch {
            return .listed(reason: "it is not known what DNS says: \(error)")
        }
    }
}
