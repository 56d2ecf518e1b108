public import DNS
public import NIOCore

/// Finds the hosts that offer a service of a domain.
public struct ServiceResolver: Sendable {
    public let resolver: Resolver

    public init(_ resolver: Resolver) { self.resolver = resolver }

    /// The hosts of `domain` in the order in which to try them.
    ///
    /// The records of all `services` are mixed ([XEP-0368 §4](https://xmpp.org/extensions/xep-0368.html#srv)). Where there are none
    /// at all, the domain itself is the host, with the first of `fallbacks` and its default port
    /// ([RFC 6120 §3.2.2](https://www.rfc-editor.org/rfc/rfc6120#section-3.2.2)). A lookup that failed is not an absence.
    /// `domain` is in A-label form.
    public func targets(
        of domain: String,
        services: [DomainService],
        fallback: DomainService
    ) async throws(ServiceResolutionError) -> [ServiceTarget] {
        let outcomes = await withTaskGroup(of: Lookup.self) { group in
            for service in services {
                group.addTask { await self.records(of: domain, service) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return try Self.targets(of: domain, outcomes, fallback: fallback) { Int.random(in: 0...$0) }
    }

    /// The addresses of `target`.
    public func addresses(of target: ServiceTarget) async throws(ServiceResolutionError) -> [SocketAddress] {
        try await self.addresses(of: target.host, port: target.port)
    }

    /// The addresses of a host name, or `host` itself if it is an address.
    public func addresses(of host: String, port: Int) async throws(ServiceResolutionError) -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return [address] }
        do throws(LookupError) {
            return try await self.resolver.addresses(host).records.compactMap {
                try? SocketAddress(ipAddress: $0, port: port)
            }
        } catch {
            throw .lookup(error)
        }
    }

    private func records(of domain: String, _ service: DomainService) async -> Lookup {
        do {
            return Lookup(service, .success(try await self.resolver.services("\(service.rawValue).\(domain)")))
        } catch {
            return Lookup(service, .failure(error))
        }
    }
}

extension ServiceResolver {
    /// What came out for one service.
    struct Lookup: Sendable {
        let service: DomainService
        let result: Result<LookupAnswer<ServiceRecord>, LookupError>

        init(_ service: DomainService, _ result: Result<LookupAnswer<ServiceRecord>, LookupError>) {
            self.service = service
            self.result = result
        }
    }

    /// The decision, without the lookups.
    static func targets(
        of domain: String,
        _ lookups: [Lookup],
        fallback: DomainService,
        random: (Int) -> Int
    ) throws(ServiceResolutionError) -> [ServiceTarget] {
        var found: [(record: ServiceRecord, service: DomainService, isSecure: Bool)] = []
        var failure: LookupError?
        for lookup in lookups {
            switch lookup.result {
            case .success(let answer):
                found += answer.records.map { ($0, lookup.service, answer.isSecure) }
            case .failure(let error):
                if !error.isAbsence { failure = error }
            }
        }
        guard found.isEmpty else {
            let targets = ServiceRecord.ordered(found, record: \.record, random: random).map {
                ServiceTarget(
                    service: $0.service,
                    host: $0.record.target,
                    port: Int($0.record.port),
                    isSecure: $0.isSecure
                )
            }
            guard !targets.isEmpty else { throw .refused }
            return targets
        }
        if let failure { throw .lookup(failure) }
        return [ServiceTarget(service: fallback, host: domain, port: fallback.defaultPort)]
    }
}
