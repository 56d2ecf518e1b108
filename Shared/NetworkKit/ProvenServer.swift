internal import DNS
public import TLS

/// A server of which DNSSEC proves that a domain has named it as its own.
public struct ProvenServer: Hashable, Sendable {
    /// Its name, which is as good as the domain's in a certificate that is trusted otherwise
    /// ([RFC 7673 §4.1](https://www.rfc-editor.org/rfc/rfc7673#section-4.1)).
    public var host: String
    public var port: Int
    /// Its usable TLSA records; empty: the trust roots decide.
    public var associations: [TLSAssociation]

    public init(host: String, port: Int, associations: [TLSAssociation]) {
        self.host = host
        self.port = port
        self.associations = associations
    }
}

/// The servers of one domain that DNSSEC proves.
public struct ProvenServers: Sendable {
    /// In the order in which they are tried.
    public var servers: [ProvenServer]
    /// How many more there are, which were not looked at.
    public var skipped: Int

    public init(_ servers: [ProvenServer], skipped: Int = 0) {
        self.servers = servers
        self.skipped = skipped
    }
}

extension ServiceResolver {
    /// The servers of `domain` that DNSSEC proves, the first `limit` of them; none where its SRV records are not signed.
    ///
    /// A server whose TLSA records cannot be had is left out; where none is left, that is the error. A bogus answer proves nothing
    /// ([RFC 7673 §3](https://www.rfc-editor.org/rfc/rfc7673#section-3)).
    public func provenServers(
        of domain: String,
        services: [DomainService],
        fallback: DomainService,
        atMost limit: Int
    ) async throws(ServiceResolutionError) -> ProvenServers {
        let targets = try await self.targets(of: domain, services: services, fallback: fallback).filter(\.isSecure)
        var servers: [ProvenServer] = []
        var failure: LookupError?
        for target in targets.prefix(limit) {
            do throws(LookupError) {
                let associations = try await self.associations(of: target)
                servers.append(ProvenServer(host: target.host, port: target.port, associations: associations))
            } catch {
                failure = error
            }
        }
        if servers.isEmpty, let failure { throw .lookup(failure) }
        return ProvenServers(servers, skipped: max(0, targets.count - limit))
    }
}
