import TLS
import Wire

/// Whether a certificate serves a use, item by item, in words (SPEC §8): a pure function of what it says and what is needed.
struct UseCheck: Equatable {
    /// What a certificate says, as far as the check looks at it.
    struct Facts: Equatable {
        /// The dNSNames, in lower case.
        var names: [String]
        var commonName: String
        var xmppAddresses: [String]
        var notBefore: Int64
        var notAfter: Int64
        var key: KeyStrength
        var hasWeakSignature: Bool
        var isAuthority: Bool
        var allowsSignatures: Bool
        var allowsServerAuthentication: Bool
        var allowsClientAuthentication: Bool
        var chain: Chain
        var revocation: ChainCheck.Revocation
        var keyPlace: KeyPlace
    }

    /// Whose certificate it is.
    enum Chain: Equatable {
        case internalAuthority
        /// An authority that an administrator trusts for the use.
        case trusted
        /// An authority of the operating system.
        case system
        /// Why not, in OpenSSL's words.
        case untrusted(String)
    }

    /// Where its private key is.
    enum KeyPlace: Equatable {
        case here(id: String)
        /// A request waits for this certificate.
        case pending(id: String)
        /// It came with the certificate, and belongs to it.
        case along
        case elsewhere
    }

    /// What the use needs.
    struct Needs: Equatable {
        var use: CertificateUse
        /// The domains that are served.
        var domains: [String]
        /// The access FQDNs of the use.
        var hosts: [String]
        /// Names that somebody gave instead; all of them must be there.
        var given: [String] = []
        var now: Int64
    }

    private(set) var findings: [CertificateFinding] = []
    let facts: Facts
    let needs: Needs

    init(_ facts: Facts, _ needs: Needs) {
        (self.facts, self.needs) = (facts, needs)
        self.checkNames()
        self.checkDates()
        self.checkKey()
        self.checkSignature()
        self.checkChain()
        self.checkRevocation()
        self.checkUsage()
        self.checkPlace()
    }

    mutating func add(
        _ item: String,
        _ outcome: CertificateFinding.Outcome,
        _ text: String,
        _ remedy: String = ""
    ) {
        self.findings.append(CertificateFinding(item, outcome, text, remedy: remedy))
    }

    // MARK: Names

    private var remedyForNames: String {
        "Ask for one with all names: isthmusctl certificate request --use \(self.needs.use.rawValue) …"
    }

    private mutating func checkNames() {
        let shown = self.facts.names.isEmpty ? "no DNS name" : self.facts.names.joined(separator: ", ")
        if !self.needs.given.isEmpty {
            let missing = self.needs.given.filter { !self.covers($0) }
            missing.isEmpty
                ? self.add("names", .good, "it names \(self.needs.given.joined(separator: ", "))")
                : self.add(
                    "names",
                    .bad,
                    "it lacks \(missing.joined(separator: ", ")); it has \(shown)",
                    self.remedyForNames
                )
        } else {
            switch self.needs.use {
            case .xmpp: self.checkDomains(shown)
            case .sip: self.checkHosts(shown)
            }
        }
        self.checkOddNames()
    }

    /// An XMPP server proves its domain ([RFC 6120 §13.7.2](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2)); SNI
    /// chooses among certificates, so none must have all.
    private mutating func checkDomains(_ shown: String) {
        let domains = self.needs.domains
        guard !domains.isEmpty else {
            return self.add("names", .skipped, "no domain is served yet; it has \(shown)", "isthmusctl domain add …")
        }
        let covered = domains.filter { self.covers($0) }
        let missing = domains.filter { !self.covers($0) }
        if covered.isEmpty {
            self.add(
                "names",
                .bad,
                "it names none of the domains that are served here (\(missing.joined(separator: ", "))); it has \(shown)",
                self.remedyForNames
            )
            return
        }
        self.add("names", .good, "it names \(covered.joined(separator: ", "))")
        if !missing.isEmpty {
            self.add(
                "names",
                .warning,
                "it does not name \(missing.joined(separator: ", ")): another certificate must serve there",
                "isthmusctl certificate list shows whether one does; for domains without any the internal CA makes one."
            )
        }
        let hosts = self.needs.hosts.filter { !self.covers($0) }
        if !hosts.isEmpty {
            self.add(
                "names",
                .warning,
                "it lacks \(hosts.joined(separator: ", ")), the name that partners with DANE look for",
                self.remedyForNames
            )
        }
    }

    /// SIP servers connect to a host, and take its certificate for that host's.
    private mutating func checkHosts(_ shown: String) {
        let wanted = self.needs.hosts.isEmpty ? self.needs.domains.map { "sip.\($0)" } : self.needs.hosts
        guard !wanted.isEmpty else {
            return self.add("names", .skipped, "no domain is served yet; it has \(shown)", "isthmusctl domain add …")
        }
        let missing = wanted.filter { !self.covers($0) }
        missing.isEmpty
            ? self.add("names", .good, "it names \(wanted.joined(separator: ", "))")
            : self.add(
                "names",
                .bad,
                "it lacks \(missing.joined(separator: ", ")), which SIP servers connect to; it has \(shown)",
                self.remedyForNames
            )
        let domains = self.needs.domains.filter { !self.covers($0) && !self.covers("sip.\($0)") }
        if !domains.isEmpty {
            self.add(
                "names",
                .warning,
                "it names neither the domain nor sip.<domain> of \(domains.joined(separator: ", "))",
                self.remedyForNames
            )
        }
        if !wanted.contains(self.facts.commonName.lowercased()) {
            self.add(
                "names",
                .warning,
                "its common name is \(self.facts.commonName.isEmpty ? "empty" : self.facts.commonName): LCS 2005 and OCS 2007 want the host there",
                "isthmusctl certificate request \(wanted[0]) --use sip"
            )
        }
    }

    private mutating func checkOddNames() {
        if self.needs.use == .sip, self.facts.names.contains(where: { $0.hasPrefix("*.") }) {
            self.add(
                "wildcards",
                .warning,
                "SIP servers do not take a wildcard for a host (RFC 5922 §7.2), and Lync supports none: they are not counted"
            )
        }
        if self.needs.use == .xmpp, !self.facts.xmppAddresses.isEmpty {
            self.add(
                "names",
                .warning,
                "it has an xmppAddr: some versions of ejabberd drop such a stream",
                "Leave it out where you have the choice; the DNS names are enough."
            )
        }
    }

    private func covers(_ name: String) -> Bool {
        let names = self.needs.use == .sip ? self.facts.names.filter { !$0.hasPrefix("*.") } : self.facts.names
        return IdentitySelection.covers(names, name.lowercased())
    }

    // MARK: Dates

    private mutating func checkDates() {
        let days = (self.facts.notAfter - self.needs.now) / 86_400
        let until = self.facts.notAfter.day
        let renewal = "Ask for a new one in time: isthmusctl certificate request"
        if self.needs.now >= self.facts.notAfter {
            self.add("dates", .bad, "it expired on \(until)", "Ask for a new one: isthmusctl certificate request")
        } else if self.needs.now < self.facts.notBefore {
            self.add(
                "dates",
                .bad,
                "it is not valid before \(self.facts.notBefore.day)",
                "Wait, or look at the clock of this machine."
            )
        } else if self.facts.notAfter - self.needs.now < RenewalPlan.warningTime {
            self.add("dates", .warning, "it expires in \(days) days, on \(until)", renewal)
        } else {
            self.add("dates", .good, "it is valid until \(until), for \(days) days")
        }
    }
}
