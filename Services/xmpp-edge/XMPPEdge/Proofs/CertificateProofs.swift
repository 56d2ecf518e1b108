import DNS
import NIOCore
import NetworkKit
import ServiceKit

/// Asks DNS about the certificates of peers that open streams, where the trust roots do not vouch for them
/// ([RFC 7712](https://www.rfc-editor.org/rfc/rfc7712)).
///
/// One lookup for a domain at a time; how many at once, for whom, and for how long is bounded (``ProofLimits``), and a domain that had
/// no proof is not looked up again at once.
actor CertificateProofs {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let surroundings: Surroundings
    private var pending: PendingProofs<InboundConnection>

    init(_ surroundings: Surroundings) {
        self.unownedExecutor = surroundings.executor
        self.surroundings = surroundings
        self.pending = PendingProofs(surroundings.limits.proofs)
    }

    /// Whether anything is looked up: without a trust anchor no answer would count.
    nonisolated var isEnabled: Bool {
        self.surroundings.limits.proofs.domains > 0 && self.surroundings.resolver.resolver.isValidating
    }

    /// What a flood could blow up: domains being looked up, streams that wait, domains remembered.
    var load: (pending: Int, waiting: Int, remembered: Int) {
        (self.pending.count, self.pending.requests, self.pending.remembered)
    }

    /// Tells `connection` which servers of `domain` DNSSEC proves, perhaps before this returns.
    func lookUp(_ domain: String, for connection: InboundConnection) {
        let source = PendingVerifications.source(connection.peer)
        switch self.pending.request(domain, from: source, for: connection, at: .now()) {
        case .wait: break
        case .answer(let failure):
            switch failure {
            case .tooMany: self.surroundings.metrics.proofs.refused(by: .domains)
            case .tooManyFromAddress: self.surroundings.metrics.proofs.refused(by: .address)
            case .recent: self.surroundings.metrics.proofs.refused(by: .cached)
            case .lookup, .unsigned, .timedOut: break
            }
            connection.assumeIsolated { $0.lookedUp(domain, .failure(failure)) }
        case .lookUp:
            self.surroundings.metrics.proofs.pending.increment()
            let timeout = self.surroundings.loop.scheduleTask(in: TimeAmount(self.surroundings.limits.proofs.timeout)) {
                self.assumeIsolated { $0.finished(domain, .failure(.timedOut)) }
            }
            Task { [resolver = self.surroundings.resolver, limit = self.surroundings.limits.proofs.servers] in
                let result = await Self.servers(of: domain, atMost: limit, resolver)
                timeout.cancel()
                self.finished(domain, result)
            }
        }
    }

    /// The rules, or the trust roots, may be others now.
    func forgetFailures() { self.pending.forgetFailures() }

    private static func servers(
        of domain: String,
        atMost limit: Int,
        _ resolver: ServiceResolver
    ) async -> Result<ProvenServers, ProofFailure> {
        do {
            let proven = try await resolver.provenServers(
                of: domain,
                services: [.xmppServer, .xmppServerDirectTLS],
                fallback: .xmppServer,
                atMost: limit
            )
            return proven.servers.isEmpty ? .failure(.unsigned) : .success(proven)
        } catch {
            return .failure(.lookup(error))
        }
    }

    private func finished(_ domain: String, _ result: Result<ProvenServers, ProofFailure>) {
        var failure: ProofFailure?
        switch result {
        case .failure(let reason): failure = reason
        case .success(let proven): if proven.skipped > 0 { self.surroundings.metrics.proofs.refused(by: .servers) }
        }
        let waiting = self.pending.finished(domain, failure, at: .now())
        guard !waiting.isEmpty else { return }
        self.surroundings.metrics.proofs.pending.decrement()
        for connection in waiting { connection.assumeIsolated { $0.lookedUp(domain, result) } }
    }
}
