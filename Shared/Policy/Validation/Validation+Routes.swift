extension Validation {
    private static let ports = 1...65_535
    private static let priorities = 1...1_000

    mutating func checkRoutes(_ routes: [StaticRoute]) {
        self.checkFallBacks(routes.filter(\.isEnabled))
        var matches: [String: String] = [:]
        for route in routes {
            self.check(route)
            let phone = route.phoneURIOnly ? " (phone URIs)" : ""
            let match = "\(route.user)@\(route.domain)\(phone) at priority \(route.priority)"
            if let other = matches.updateValue(route.id, forKey: match) {
                self.mistake(
                    route.label,
                    "priority",
                    String(route.priority),
                    "the route \(other) is for \(match) as well, so their order is open",
                    "give one of them another priority: the lower is tried first"
                )
            }
        }
    }

    private mutating func check(_ route: StaticRoute) {
        let object = route.label
        if route.user.isEmpty || route.user.contains("@") {
            self.mistake(
                object,
                "user",
                route.user,
                "it is no user's name",
                "write the part before the @, or * for everybody"
            )
        }
        self.checkText(object, "user", route.user)
        if let problem = DomainName.problem(withPattern: route.domain) {
            self.mistake(object, "domain", route.domain, problem, "write a domain, or *.domain for all below it")
        } else if !self.servedPatterns.contains(route.domain) {
            self.warning(
                object,
                "domain",
                route.domain,
                "none of this gateway's domains matches it, so nothing will take it",
                route.domain.hasPrefix(DomainPattern.wildcardPrefix)
                    ? "add the domains below it that are yours: isthmusctl domain add NAME\(route.domain.dropFirst())"
                    : "add the domain: isthmusctl domain add \(route.domain)"
            )
        }
        if route.isEnabled, route.transport == .udp {
            self.warning(
                object,
                "transport",
                route.transport.rawValue,
                "over UDP a message has no protection, and one of more than 1300 bytes goes by TCP to the same port",
                "use tls, or tcp inside a protected network"
            )
        }
        self.checkNextHop(route)
        if !route.isFoundInDNS { self.checkRange(object, "port", route.port, Self.ports) }
        self.checkLookup(route)
        self.checkTLS(route)
        self.checkRange(object, "priority", route.priority, Self.priorities)
    }

    /// What DNS is to say, and whether it can.
    private mutating func checkLookup(_ route: StaticRoute) {
        if route.isFoundInDNS, IPAddress(route.nextHop) != nil {
            self.mistake(
                route.label,
                "port",
                "0",
                "an address has no SRV records that could say the port",
                "write the port, or the domain of the next hop"
            )
        } else if route.transport == .auto, !route.isFoundInDNS {
            self.mistake(
                route.label,
                "port",
                String(route.port),
                "with the transport auto it is DNS that says the port (RFC 3263)",
                "write 0, or say the transport"
            )
        } else if route.transport == .auto, route.isEnabled {
            self.warning(
                route.label,
                "transport",
                route.transport.rawValue,
                "whoever can forge the answers of DNS can have messages sent without TLS",
                "use tls; with port 0 the servers are still found by their SRV records"
            )
        }
    }

    private mutating func checkTLS(_ route: StaticRoute) {
        self.checkText(route.label, "identity", route.identity)
        if !route.identity.isEmpty, route.transport == .tcp || route.transport == .udp {
            self.warning(
                route.label,
                "identity",
                route.identity,
                "no certificate is shown over \(route.transport.rawValue)",
                "use tls, or leave the identity out"
            )
        }
        guard route.isEnabled, route.transport != .tcp, route.transport != .udp else { return }
        guard route.allowsLegacyTLS else { return }
        self.warning(
            route.label,
            "legacy-tls",
            "true",
            "TLS 1.0 and 1.1, SHA-1 and ciphers without forward secrecy are good enough there: what is sent can be read later by who gets the key, and altered by who can break SHA-1",
            "set it back as soon as the server knows TLS 1.2: isthmusctl route set \(route.id) --legacy-tls false"
        )
    }

    private mutating func checkNextHop(_ route: StaticRoute) {
        let isAddress = IPAddress(route.nextHop) != nil
        if isAddress, route.transport == .tls, !route.isFoundInDNS {
            self.mistake(
                route.label,
                "next-hop",
                route.nextHop,
                "over TLS the next hop is known by the name in its certificate, not by its address",
                "write its FQDN"
            )
        } else if !isAddress, let problem = DomainName.problem(with: route.nextHop) {
            self.mistake(
                route.label,
                "next-hop",
                route.nextHop,
                problem,
                "write an FQDN, or for tcp and udp an IP address"
            )
        } else if route.isEnabled, self.state.host(route.nextHop) == nil {
            self.warning(
                route.label,
                "next-hop",
                route.nextHop,
                "it is not in the host authorization, so what it sends to us is refused",
                "add it: isthmusctl host add \(route.nextHop)"
            )
        }
    }

    /// A pattern that covers a domain with a route of its own looks like a fall-back for it, and is none.
    private mutating func checkFallBacks(_ routes: [StaticRoute]) {
        let own = Dictionary(routes.filter { $0.user == "*" && !$0.phoneURIOnly }.map { ($0.domain, $0.id) }) {
            first,
            _ in first
        }
        // The first of our domains that a pattern covers and that has a route of its own.
        let hiddenDomains = self.state.domains.keys.filter { own[$0] != nil }.sorted().reduce(into: [String: String]())
        {
            hidden,
            domain in
            for pattern in DomainPattern.matching(domain) where hidden[pattern] == nil { hidden[pattern] = domain }
        }
        for route in routes where route.domain.hasPrefix(DomainPattern.wildcardPrefix) {
            guard let hidden = hiddenDomains[route.domain], let other = own[hidden] else { continue }
            self.warning(
                route.label,
                "domain",
                route.domain,
                "it is never tried for \(hidden): the route \(other) is more specific, and no other is a fall-back for it",
                "if it is meant as one, add a route for \(hidden) with a higher number as its priority"
            )
        }
    }

    /// LCS wants two entries for a host that speaks TLS, its FQDN and its IP address, and one for a host that speaks
    /// TCP.
    ///
    /// Which name has which address only DNS knows, so the entries are counted.
    mutating func checkHosts(_ hosts: [HostAuthorization]) {
        var names: [HostAuthorization] = []
        for host in hosts where IPAddress(host.host) == nil {
            if let problem = DomainName.problem(with: host.host) {
                self.mistake(host.label, "host", host.host, problem, "write an FQDN or an IP address")
            } else {
                names.append(host)
            }
        }
        let addresses = hosts.count { IPAddress($0.host) != nil }
        guard names.count > addresses else { return }
        for host in names {
            self.warning(
                host.label,
                "host",
                host.host,
                "there are \(names.count) entries by name but \(addresses) by address; a TLS host has one of each",
                "add the host's IP address as well: isthmusctl host add ADDRESS"
            )
        }
    }
}
