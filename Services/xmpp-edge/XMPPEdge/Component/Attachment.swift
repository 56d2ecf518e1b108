import Logging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import Synchronization
import XMPPCore

/// Keeps this edge attached to the XMPP server of split domains, and says for which domains it is.
///
/// With several xmpp-edges one is attached: the server answers the others `conflict`, or takes them all and divides what it
/// sends. Those that were refused try again, so that one of them takes over when the first is gone.
actor Attachment {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    nonisolated let configuration: ComponentConfiguration
    private unowned let router: Router
    private let surroundings: Surroundings
    /// Told when the edge is attached, and when it no longer is.
    private var changed: @Sendable () -> Void = {}
    private(set) var link: ComponentLink?
    private var failures = 0
    private var isStopped = false
    private let attached = Mutex<[String]>([])

    init(_ configuration: ComponentConfiguration, router: Router) {
        self.unownedExecutor = router.unownedExecutor
        self.configuration = configuration
        self.router = router
        self.surroundings = router.surroundings
    }

    /// The domains that it is attached for at the moment; may be asked on any thread.
    nonisolated var domains: [String] { self.attached.withLock { $0 } }

    /// Begins; `changed` is told when the edge is attached, and when it no longer is.
    func start(changed: @escaping @Sendable () -> Void) {
        self.changed = changed
        Task { await self.connect() }
    }

    private func connect() async {
        guard !self.isStopped else { return }
        do {
            let server = self.configuration.server
            let addresses = try await self.surroundings.resolver.addresses(of: server.host, port: server.port)
            guard !self.isStopped else { return }
            let link = try self.newLink()
            _ = try await Connector.connect(to: addresses, on: self.surroundings.loop) { channel in
                try link.assumeIsolated { try $0.connected(channel) }
            }.get()
        } catch {
            self.link = nil
            self.failed("\(error)")
        }
    }

    private func newLink() throws -> ComponentLink {
        let timings = self.router.assumeIsolated { StreamTimings($0.policy.settings) }
        let link = try ComponentLink(self.configuration, timings: timings, attachment: self, router: self.router)
        self.link = link
        return link
    }

    // MARK: What the link says

    func established(_ link: ComponentLink) {
        self.failures = 0
        self.tell(self.configuration.domains)
        let id = link.assumeIsolated { $0.machine.id }
        self.surroundings.logger.notice(
            "Attached to the XMPP server",
            metadata: self.metadata.merging(["stream.id": "\(id)"]) { $1 }
        )
    }

    func ended(_ link: ComponentLink, _ end: StreamEnd) {
        guard self.link === link else { return }
        self.link = nil
        self.tell([])
        if end.isFailure {
            let (facts, peer) = link.assumeIsolated { ($0.facts, $0.peer) }
            let pair = DomainPair(local: self.configuration.name, remote: self.configuration.domains[0])
            self.router.assumeIsolated { $0.refused(stream: pair, peer: peer, end, answer: "closed", facts: facts) }
        }
        self.failed("\(end)")
    }

    private func failed(_ reason: String) {
        guard !self.isStopped else { return }
        self.failures += 1
        let pause = OutboundRoute.pause(after: self.failures, chance: .random(in: 0...1))
        self.surroundings.logger.warning(
            "Not attached to the XMPP server",
            metadata: self.metadata.merging(["reason": "\(reason)", "failures": "\(self.failures)"]) { $1 }
        )
        self.surroundings.loop.scheduleTask(in: pause) { Task { await self.connect() } }
    }

    private func tell(_ domains: [String]) {
        let before = self.attached.withLock { attached in
            defer { attached = domains }
            return attached
        }
        self.surroundings.metrics.attachedDomains.set(Double(domains.count))
        if before != domains { self.changed() }
    }

    private var metadata: Logger.Metadata {
        [
            "component.name": "\(self.configuration.name)", "peer.address": "\(self.configuration.server)",
            "peer.domain": "\(self.configuration.domains.joined(separator: " "))",
        ]
    }

    /// Whether nothing of ours, and nothing of the server, is under way.
    var isSettled: Bool { self.link?.assumeIsolated { $0.isSettled } ?? true }
    var description: StreamDescription? { self.link?.assumeIsolated { $0.description } }

    // MARK: End

    /// Reads nothing more, and does not come back.
    func drain() {
        self.isStopped = true
        self.link?.assumeIsolated { $0.stopReading() }
    }

    func shutDown() {
        self.isStopped = true
        self.link?.assumeIsolated { $0.shutDown() }
    }
}
