import Policy

/// A name under which peers reach the edges: Lync's Access Edge FQDN, one for each site.
struct AccessPoint: Equatable, Sendable {
    let name: String
    /// Fixed addresses, of a load balancer or a NAT; empty: those of the live edges.
    let addresses: [IPAddress]

    init(name: String, addresses: [IPAddress] = []) {
        self.name = name
        self.addresses = addresses
    }

    /// Makes access points of names, and of `NAME=ADDRESS` for some of them.
    ///
    /// - Returns: The points, and what is none.
    static func read(names: [String], addresses: [String]) -> (points: [AccessPoint], mistakes: [String]) {
        let names = names.map { DomainName.normalized($0) }
        var fixed: [String: [IPAddress]] = [:]
        var mistakes = names.filter { !$0.contains(".") || DomainName.problem(with: $0) != nil }
        for entry in addresses {
            let parts = entry.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let address = IPAddress(String(parts[1])) else {
                mistakes.append(entry)
                continue
            }
            fixed[DomainName.normalized(String(parts[0])), default: []].append(address)
        }
        return (names.map { AccessPoint(name: $0, addresses: fixed[$0] ?? []) }, mistakes)
    }
}
