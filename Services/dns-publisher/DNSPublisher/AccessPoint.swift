import Policy

/// A name under which peers reach the edges: Lync's Access Edge FQDN, one for each site.
struct AccessPoint: Equatable, Sendable {
    let name: String
    /// Fixed addresses, of a load balancer or a NAT; empty: those of the live edges.
    let addresses: [IPAddress]

    /// Reads `xmpp.contoso.com` or `xmpp.contoso.com=192.0.2.1+2001:db8::1`.
    init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, DomainText.isHostName(name.lowercased()) else { return nil }
        self.name = name.lowercased()
        let texts = parts.count < 2 ? [] : parts[1].split(separator: "+").map(String.init)
        self.addresses = texts.compactMap { IPAddress($0) }
        guard parts.count < 2 || !texts.isEmpty, self.addresses.count == texts.count else { return nil }
    }

    init(name: String, addresses: [IPAddress] = []) {
        self.name = name
        self.addresses = addresses
    }
}
