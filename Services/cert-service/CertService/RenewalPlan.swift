import Wire

/// Which certificates the internal CA has to make or to drop: a pure function of what is wanted, what is held, and the time.
struct RenewalPlan: Equatable {
    /// Why a certificate is made.
    enum Reason: String, Equatable {
        case missing, namesChanged, renewal, expired
    }

    struct Issue: Equatable {
        let domain: String
        let reason: Reason
        /// The one that it replaces.
        let replaces: String?
    }

    /// Somebody has to renew this one by hand.
    struct Warning: Equatable {
        let id: String
        /// Until it expires; negative when it has.
        let secondsLeft: Int64
    }

    var issues: [Issue] = []
    /// Certificates of domains that are no longer ours.
    var retired: [String] = []
    var warnings: [Warning] = []

    /// Renewed when this part of its life is over: a third is left for whatever goes wrong.
    static let renewalFraction = (numerator: Int64(2), denominator: Int64(3))
    /// What no machine renews is warned about this long before.
    static let warningTime: Int64 = 30 * 86_400

    init(domains: [String], held: [StoredCertificate], settings: IssuingSettings, now: Int64) {
        let automatic = Dictionary(
            held.filter { $0.origin == .automatic }.map { ($0.domain ?? "", $0) }
        ) { $0.notAfter > $1.notAfter ? $0 : $1 }
        for domain in domains.uniqued() {
            guard let certificate = automatic[domain] else {
                self.issues.append(Issue(domain: domain, reason: .missing, replaces: nil))
                continue
            }
            if let reason = Self.reason(to: certificate, names: settings.names(for: domain), now: now) {
                self.issues.append(Issue(domain: domain, reason: reason, replaces: certificate.id))
            }
        }
        let kept = Set(domains.compactMap { automatic[$0]?.id })
        self.retired = held.filter { $0.origin == .automatic && !kept.contains($0.id) }.map(\.id).sorted()
        self.warnings = held.filter { certificate in
            certificate.origin != .automatic && !certificate.isPending && !certificate.uses.isEmpty
                && certificate.notAfter - now < Self.warningTime(of: certificate)
        }.map { Warning(id: $0.id, secondsLeft: $0.notAfter - now) }
    }

    /// From when on there is a warning: for what a machine renews, when half of the time is over that it has for it.
    static func warningTime(of certificate: StoredCertificate) -> Int64 {
        let life = certificate.notAfter - certificate.notBefore
        switch certificate.origin {
        case .acme: return min(life / self.renewalFraction.denominator / 2, self.warningTime)
        case .automatic, .issued, .requested, .imported: return self.warningTime
        }
    }

    /// Why a certificate has to be made again; nil when it need not.
    private static func reason(to certificate: StoredCertificate, names: [String], now: Int64) -> Reason? {
        if now >= certificate.notAfter { return .expired }
        if Set(certificate.names) != Set(names) { return .namesChanged }
        let life = certificate.notAfter - certificate.notBefore
        let due = certificate.notBefore + life / self.renewalFraction.denominator * self.renewalFraction.numerator
        return now >= due ? .renewal : nil
    }
}
