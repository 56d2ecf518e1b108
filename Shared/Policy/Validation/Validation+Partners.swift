extension Validation {
    mutating func checkPartners(_ partners: [Partner]) {
        var owners: [String: String] = [:]
        for partner in partners {
            self.check(partner)
            for domain in partner.domains {
                guard let owner = owners.updateValue(partner.domain, forKey: domain) else { continue }
                let field = domain == partner.domain ? "domain" : "additional-domains"
                let problem =
                    owner == partner.domain ? "the partner has it twice" : "it belongs to the partner \(owner) already"
                self.mistake(
                    partner.label,
                    field,
                    domain,
                    problem,
                    "a domain belongs to one partner, once: remove it from one place"
                )
            }
        }
    }

    private mutating func check(_ partner: Partner) {
        let object = partner.label
        for domain in partner.domains {
            let field = domain == partner.domain ? "domain" : "additional-domains"
            if let problem = DomainName.problem(with: domain) {
                self.mistake(object, field, domain, problem, "write a domain such as example.org")
            } else if self.state.isLocal(domain) {
                self.mistake(
                    object,
                    field,
                    domain,
                    "it is one of this gateway's own domains",
                    "a partner is somebody else: remove it here, or remove the domain from the gateway's domains"
                )
            } else {
                self.checkReach(of: domain, object, field)
            }
        }
        self.check(rulesOf: partner, object)
        if partner.connectionLimit > self.state.settings.connectionLimit {
            self.warning(
                object,
                "connection-limit",
                String(partner.connectionLimit),
                "it is more than the gateway's connection-limit, which is \(self.state.settings.connectionLimit)",
                "lower it, or raise the gateway's"
            )
        }
    }

    private mutating func checkReach(of domain: String, _ object: String, _ field: String) {
        let directions = Decision.Direction.allCases
        if directions.allSatisfy({ self.state.blocked.covers(domain, $0) }) {
            self.warning(
                object,
                field,
                domain,
                "the list of blocked domains covers it, so nothing will pass",
                "take it off blocked-domains"
            )
        } else if !self.state.allowed.isEmpty, !directions.contains(where: { self.state.allowed.covers(domain, $0) }) {
            self.warning(
                object,
                field,
                domain,
                "there is a list of allowed domains, and it is not on it, so nothing will pass",
                "put it on allowed-domains"
            )
        }
    }

    /// What holds for a partner and for the default partner of open federation.
    ///
    /// `warns` says whether the rules are in use, so that more than mistakes matters.
    mutating func check(rulesOf partner: Partner, _ object: String, warns: Bool = true) {
        self.checkText(object, "description", partner.description)
        self.checkRange(object, "connection-limit", partner.connectionLimit, Range.partnerConnectionLimit)
        if let proxy = partner.proxyFQDN, let problem = DomainName.problem(withHostPort: proxy) {
            self.mistake(object, "proxy-fqdn", proxy, problem, "write host or host:port, or leave it out to use DNS")
        }
        if warns, partner.requiresClientAuth, !partner.negotiation.methods.contains(.saslTLS) {
            self.warning(
                object,
                "require-client-auth",
                "true",
                "without SASL over TLS nobody looks at the partner's certificate",
                "set tls to required and sasl to required or optional, or require-client-auth to false"
            )
        }
        let rule = partner.negotiation
        let value = "tls=\(rule.tls.rawValue) sasl=\(rule.sasl.rawValue) dialback=\(rule.dialback)"
        let field = "tls, sasl, dialback"
        let remedy = "row \(rule.number) of the negotiation table"
        switch rule.verdict {
        case .valid: break
        case .warning(let text): if warns { self.warning(object, field, value, text, remedy) }
        case .refused(let text), .invalid(let text): self.mistake(object, field, value, text, remedy)
        }
    }
}
