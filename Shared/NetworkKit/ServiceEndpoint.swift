internal import DNS
public import NIOCore
public import TLS

/// Where a target is, and what DNSSEC proves of its certificate.
public struct ServiceEndpoint: Sendable {
    public var addresses: [SocketAddress]
    /// The usable TLSA records of the target; not empty: the certificate must match one of them, and there must be TLS
    /// ([RFC 7673 §3.4](https://www.rfc-editor.org/rfc/rfc7673#section-3.4)).
    public var associations: [TLSAssociation]
}

extension ServiceResolver {
    /// Looks a target's addresses up, and its TLSA records where DNSSEC proves all that leads to them.
    ///
    /// An answer that is insecure, or that there are no such records, leaves the certificate to the trust roots. One that
    /// is bogus, or none at all, is an error: going on without would let whoever forges it choose
    /// ([RFC 7673 §3](https://www.rfc-editor.org/rfc/rfc7673#section-3),
    /// [RFC 7672 §2.1](https://www.rfc-editor.org/rfc/rfc7672#section-2.1)).
    public func endpoint(of target: ServiceTarget) async throws(ServiceResolutionError) -> ServiceEndpoint {
        if let address = try? SocketAddress(ipAddress: target.host, port: target.port) {
            return ServiceEndpoint(addresses: [address], associations: [])
        }
        do throws(LookupError) {
            let answer = try await self.resolver.addresses(target.host)
            let isSecure = target.isSecure && answer.isSecure
            return ServiceEndpoint(
                addresses: answer.records.compactMap { try? SocketAddress(ipAddress: $0, port: target.port) },
                associations: isSecure ? try await self.associations(of: target) : []
            )
        } catch {
            throw .lookup(error)
        }
    }

    func associations(of target: ServiceTarget) async throws(LookupError) -> [TLSAssociation] {
        let answer: LookupAnswer<TLSARecord>
        do {
            answer = try await self.resolver.associations(target.host, port: target.port)
        } catch  where error.isAbsence {
            return []
        }
        guard answer.isSecure else { return [] }
        return answer.records.filter(\.isUsable).map {
            TLSAssociation(
                usage: $0.usage,
                selector: $0.selector,
                matchingType: $0.matchingType,
                data: $0.association
            )
        }
    }
}
