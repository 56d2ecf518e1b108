import Bus
import Logging
import NIOCore
import NetworkKit
import ServiceKit
import XMPPCore

/// One negotiation at a time per domain pair, from the look-up to the stream.
extension OutboundStreams {
    func negotiate(_ key: RouteKey) {
        self.routes[key, default: OutboundRoute()].phase = .negotiating
        Task { await self.open(key) }
    }

    func open(_ key: RouteKey) async {
        self.surroundings.metrics.outboundAttempts.increment()
        self.noteAttempt(key)
        let result = await self.connect(key)
        switch result {
        case .success: if key.purpose == .verification { self.readyToVerify(key) }
        case .failure(let failure):
            self.failed(key, self.wasGivenUp(key) ? AttemptFailure(end: .establishmentTimeout) : failure)
        }
    }

    /// Whether those who asked for keys to be verified were told meanwhile that it took too long.
    private func wasGivenUp(_ key: RouteKey) -> Bool {
        key.purpose == .verification && !self.isDraining && self.routes[key]?.verifications.isEmpty != false
    }

    /// Tries one target after the other, until one leads to a stream.
    func connect(_ key: RouteKey, for test: StreamTest? = nil) async -> Result<Void, AttemptFailure> {
        let plan: RoutePlan
        switch self.plan(key) {
        case .success(let allowed): plan = allowed
        case .failure(let end): return self.failure(key, AttemptFailure(end: end), for: test)
        }
        if let limit = self.limit(key) {
            return self.failure(key, AttemptFailure(end: .refused(limit.streamError), limit: limit), for: test)
        }
        // As good as there: streams that are made at the same time must not exceed the limit together.
        let partner = self.attemptBegan(key)
        defer { self.attemptEnded(key, to: partner) }
        let targets: [ServiceTarget]
        do throws(ServiceResolutionError) {
            targets = try await self.targets(of: key.pair.remote, plan)
        } catch {
            return self.failure(key, AttemptFailure(end: .disconnected, dns: error), for: test)
        }
        test?.note(plan.proxy.map { StreamWalk.Event($0) } ?? StreamWalk.Event(targets))
        var last = AttemptFailure(end: .disconnected)
        for target in targets {
            // Those who asked for a key to be verified may have been answered already.
            guard key.purpose == .traffic || self.routes[key]?.verifications.isEmpty == false else { break }
            guard test?.hasEnded != true else { break }
            guard !self.isDraining else { return self.failure(key, AttemptFailure(end: .shuttingDown), for: test) }
            guard let failure = await self.failure(key, target, plan, for: test) else { return .success(()) }
            last = failure
            test?.note(StreamWalk.Event(failure))
            guard failure.leavesOtherServers else { break }
        }
        return .failure(last)
    }

    private func failure(
        _ key: RouteKey,
        _ failure: AttemptFailure,
        for test: StreamTest?
    ) -> Result<Void, AttemptFailure> {
        test?.note(StreamWalk.Event(failure, isCarried: test != nil && self.isCarried(key.pair)))
        return .failure(failure)
    }

    /// Why a target leads to no stream; `nil` if it does.
    private func failure(
        _ key: RouteKey,
        _ target: ServiceTarget,
        _ plan: RoutePlan,
        for test: StreamTest?
    ) async -> AttemptFailure? {
        do {
            return try await self.attempt(key, target, plan, for: test).map { AttemptFailure(end: $0) }
        } catch is LoopError {
            return AttemptFailure(end: .disconnected, isLoop: true)
        } catch let error as ServiceResolutionError {
            return AttemptFailure(end: .disconnected, dns: error)
        } catch {
            return AttemptFailure(end: .disconnected, connection: "\(target.host):\(target.port): \(error)")
        }
    }

    func plan(_ key: RouteKey) -> Result<RoutePlan, StreamEnd> {
        self.router.assumeIsolated { $0.plan(for: key) }
    }

    func noteAttempt(_ key: RouteKey) {
        let label = self.router.assumeIsolated { $0.partnerLabel(key.pair.remote) }
        self.surroundings.metrics.attempted(.outbound, partner: label)
    }

    /// A stream that only verifies keys carries nothing and is no partner's: those have a limit of their own.
    func limit(_ key: RouteKey) -> LimitRefusal? {
        guard key.purpose == .traffic else { return nil }
        return self.router.assumeIsolated { $0.limit(outbound: key.pair) }
    }

    func attemptBegan(_ key: RouteKey) -> String {
        guard key.purpose == .traffic else { return "" }
        return self.router.assumeIsolated { $0.attemptBegan(key.pair) }
    }

    func attemptEnded(_ key: RouteKey, to partner: String) {
        guard key.purpose == .traffic else { return }
        self.router.assumeIsolated { $0.attemptEnded(to: partner) }
    }

    func targets(of domain: String, _ plan: RoutePlan) async throws(ServiceResolutionError) -> [ServiceTarget] {
        if let proxy = plan.proxy { return [proxy] }
        let services: [DomainService] = plan.rules.allowsTLS ? [.xmppServer, .xmppServerDirectTLS] : [.xmppServer]
        return try await self.surroundings.resolver.targets(of: domain, services: services, fallback: .xmppServer)
    }

    /// - Returns: why there is no stream; `nil` if there is one.
    private func attempt(
        _ key: RouteKey,
        _ target: ServiceTarget,
        _ plan: RoutePlan,
        for test: StreamTest?
    ) async throws -> StreamEnd? {
        let endpoint = try await self.surroundings.resolver.endpoint(of: target)
        let addresses = self.withoutOurs(endpoint.addresses)
        guard !addresses.isEmpty || endpoint.addresses.isEmpty else { throw LoopError() }
        test?.note(
            .resolved(
                host: target.host,
                addresses: addresses.compactMap(\.ipAddress),
                associations: endpoint.associations.count
            )
        )
        var configuration = plan.configuration
        // Whoever publishes TLSA records has TLS (RFC 7673 § 3.4).
        if !endpoint.associations.isEmpty { configuration.rules.allowsDialbackInClear = false }
        let link = try OutboundLink(
            key,
            target: target,
            associations: endpoint.associations,
            configuration: test == nil ? configuration : configuration.ofTest,
            streams: self,
            surroundings: self.surroundings,
            test: test
        )
        _ = try await Connector.connect(to: addresses, on: self.surroundings.loop) { channel in
            try link.assumeIsolated { try $0.connected(channel) }
        }.get()
        self.began(key, link)
        let end = await link.negotiated()
        // An address that we did not know as ours: the stream that we opened has come in here.
        if end != nil, self.hasComeIn(link) { throw LoopError() }
        return end
    }

    private func withoutOurs(_ addresses: [SocketAddress]) -> [SocketAddress] {
        self.router.assumeIsolated { router in addresses.filter { !router.isOurs($0) } }
    }

    private func hasComeIn(_ link: OutboundLink) -> Bool {
        let id = link.assumeIsolated { $0.id }
        return self.router.assumeIsolated { $0.hasInboundStream(id) }
    }

    func began(_ key: RouteKey, _ link: OutboundLink) { self.routes[key]?.attempt = link }

    func failed(_ key: RouteKey, _ failure: AttemptFailure) {
        self.surroundings.metrics.outboundFailures.increment()
        guard var route = self.routes[key] else { return }
        let facts = route.attempt?.assumeIsolated { $0.facts }
        let peer = route.attempt?.assumeIsolated { $0.peer } ?? ""
        route.attempt = nil
        route.failures += 1
        let pause = OutboundRoute.pause(after: route.failures, chance: .random(in: 0...1))
        let until = NIODeadline.now() + pause
        route.phase = .backingOff(until, failure.end)
        self.routes[key] = route
        self.surroundings.logger.warning(
            "No stream to a partner",
            metadata: [
                "peer.domain": "\(key.pair.remote)", "local.domain": "\(key.pair.local)", "reason": "\(failure)",
                "failures": "\(route.failures)",
            ]
        )
        self.router.assumeIsolated { $0.refused(stream: key.pair, peer: peer, failure, facts: facts) }
        if key.purpose == .verification { return self.couldNotVerify(key, failure) }
        if self.useOffer(key) { self.drainQueue(key) } else { self.bounceQueue(key, failure.deliveryFailure) }
        self.surroundings.loop.scheduleTask(deadline: until) { self.assumeIsolated { $0.forget(key) } }
    }

    /// Lets go of a route that nobody uses.
    func forget(_ key: RouteKey) {
        guard let route = self.routes[key], route.queue.isEmpty else { return }
        guard case .backingOff(let until, _) = route.phase, until <= .now() else { return }
        // The count of failures is kept for a while by keeping the route; one success, or a quiet minute, ends it.
        self.routes[key]?.phase = .idle
        self.surroundings.loop.scheduleTask(in: .minutes(1)) { self.assumeIsolated { $0.removeIfIdle(key) } }
    }

    func removeIfIdle(_ key: RouteKey) {
        if case .idle? = self.routes[key]?.phase { self.routes[key] = nil }
    }
}

extension OutboundStream.Configuration {
    /// For a stream that carries nothing: an administrator waits for it, and the peer is to send nothing on it.
    fileprivate var ofTest: Self {
        var configuration = self
        configuration.allowsBidirectional = false
        configuration.timings.establishment = min(configuration.timings.establishment, StreamTest.negotiationTime)
        return configuration
    }
}
