import Policy

/// What a guide is made from.
struct GuideFacts: Equatable, Sendable {
    /// [RFC 3261 §19.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-19.1.2).
    static let tlsPort = 5061
    static let tcpPort = 5060

    /// The name under which SIP servers reach the gateway, which its certificate proves; a stand-in when it is not known.
    let name: String
    /// The addresses of the live sip-edges.
    let addresses: [String]
    /// The names of the certificate for XMPP.
    let xmppNames: [String]
    let domains: [String]
    /// The domains whose users live on both sides (SPEC §7).
    let partitioned: [String]
    let partners: [Partner]
    let routes: [StaticRoute]
    let hosts: [HostAuthorization]
    private let isNameKnown: Bool

    static let standInName = "GATEWAY-FQDN"
    static let standInAddress = "GATEWAY-IP"

    init(_ state: PolicyState, sipNames: [String], xmppNames: [String], addresses: [String], name: String? = nil) {
        let snapshot = state.snapshot(withUsers: [])
        let domains = snapshot.domains.map(\.domain)
        // `sip.DOMAIN` and the bare domain stand for the domain; the host's own name is what is left.
        let own = sipNames.first { name in
            !domains.contains(name) && !domains.contains { name == "sip.\($0)" } && !name.hasPrefix("*.")
        }
        let known = name ?? own ?? sipNames.first { !$0.hasPrefix("*.") }
        self.name = known ?? Self.standInName
        self.isNameKnown = known != nil
        self.addresses = addresses
        self.xmppNames = xmppNames
        self.domains = domains
        self.partitioned = snapshot.domains.filter { $0.partition != .off }.map(\.domain)
        self.partners = snapshot.partners.filter(\.isEnabled)
        self.routes = snapshot.routes.filter(\.isEnabled)
        self.hosts = snapshot.hosts
    }

    /// What the SIP server has to send to the gateway: the partners' domains, and those that are split with it.
    var remoteDomains: [String] { self.partners.flatMap(\.domains) + self.partitioned }

    var usesTLS: Bool {
        !self.routes.contains { $0.transport == .tcp } || self.routes.contains { $0.transport == .tls }
    }
    var usesTCP: Bool { self.routes.contains { $0.transport == .tcp } }

    var shownAddresses: [String] { self.addresses.isEmpty ? [Self.standInAddress] : self.addresses }

    private var missingForBoth: [String] {
        self.domains.isEmpty ? ["no domain of yours is entered: isthmusctl domain add DOMAIN"] : []
    }

    var missingForSIP: [String] {
        var missing = self.missingForBoth
        if !self.isNameKnown {
            missing.append(
                "no certificate is assigned to SIP, so the gateway's name is not known and \(Self.standInName) stands for it: isthmusctl certificate request, or --name FQDN"
            )
        }
        if self.addresses.isEmpty {
            missing.append(
                "no sip-edge has told its address, so \(Self.standInAddress) stands for it: set ISTHMUS_SIP_PUBLIC_ADDRESSES, or --address IP"
            )
        }
        if self.remoteDomains.isEmpty {
            missing.append("there is no partner to route to: isthmusctl partner add DOMAIN")
        }
        for domain in self.domains
        where !self.routes.contains(where: { $0.domain == domain || $0.domain.hasPrefix("*.") }) {
            missing.append("no static route leads to \(domain): isthmusctl route add \(domain) --next-hop HOST")
        }
        for route in self.routes where !self.hosts.contains(where: { $0.host == route.nextHop }) {
            missing.append("\(route.nextHop) is not authorized to send to us: isthmusctl host add \(route.nextHop)")
        }
        return missing
    }

    var missingForXMPP: [String] {
        var missing = self.missingForBoth
        for domain in self.domains where !Self.covers(self.xmppNames, domain) {
            missing.append(
                "no certificate assigned to XMPP names \(domain), so partners cannot check who we are: isthmusctl certificate request"
            )
        }
        return missing
    }

    /// Whether names of a certificate, `*.` for wildcards, cover a host.
    static func covers(_ names: [String], _ host: String) -> Bool {
        names.contains { name in
            guard name.hasPrefix("*.") else { return name == host }
            return host.split(separator: ".", maxSplits: 1).last.map { $0 == name.dropFirst(2) } ?? false
        }
    }
}
