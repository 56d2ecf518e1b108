import Policy
import TLS

/// Who is at the other end of a connection, as far as it has proven it.
struct PeerIdentity: Sendable {
    /// The network address, without port.
    let address: String
    /// Whether it is who its certificate says, and nobody without one; else it is its address.
    let isKnownByCertificate: Bool
    /// What it showed; without a certificate there is no identity.
    let certificate: PeerCertificate?

    /// SubjectAltNames looked at: more than any real server has, and no more work than a peer should cost.
    private static let nameLimit = 100

    /// The entry of the host authorization list that this peer is, if it is on it (SPEC §5).
    ///
    /// Over mutual TLS it is who its certificate says, else its address; names are never looked up.
    func authorization(in policy: PolicyState) -> HostAuthorization? {
        guard self.isKnownByCertificate else { return policy.host(self.address) }
        guard let certificate = self.certificate, certificate.isTrusted else { return nil }
        let names = certificate.dnsNames + certificate.names.sipHosts + certificate.ipAddresses
        for name in names.prefix(Self.nameLimit) where !name.hasPrefix("*") {
            if let host = policy.host(name) { return host }
        }
        return nil
    }

    /// The names that its certificate proves, without wildcards: whose connection this is.
    var provenNames: [String] {
        guard let certificate = self.certificate, certificate.isTrusted else { return [] }
        let names = certificate.dnsNames + certificate.names.sipHosts
        return names.prefix(Self.nameLimit).filter { !$0.hasPrefix("*") }
    }

    /// Whether the peer has proven that it may speak for the users of `domain`
    /// ([RFC 5922 §7](https://www.rfc-editor.org/rfc/rfc5922#section-7)): its certificate names the domain, the host that our
    /// routes for the domain lead to, or `sip.` and the domain, as Microsoft's access edges are named.
    func isProven(for domain: String, routes: [StaticRoute]) -> Bool {
        guard let certificate = self.certificate, certificate.isTrusted else { return false }
        return certificate.matches(sipDomain: domain) || certificate.matches(sipServer: "sip.\(domain)")
            || routes.contains { certificate.matches(sipServer: $0.nextHop) }
    }
}
