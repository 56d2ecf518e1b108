import Wire

/// A certificate on its way into its uses: it rests in the store until it is in use, or an edge has refused it.
struct StagedAssignment: Equatable, Sendable {
    /// Names it among all that ever were; the edges know the trial by it.
    var number: Int64
    /// The certificate.
    var id: String
    /// What it will be used for; none: it goes out of use.
    var uses: Set<CertificateUse>
    /// What takes the place of its chain, in PEM; empty: the chain stays as it is.
    var chain: [UInt8]
    /// A certificate that goes when this one is in its place; `nil`: none does.
    var replaces: String?
    /// Whether nobody waits for DNS.
    var isNow: Bool
    /// In seconds since 1970, as all times here.
    var stagedAt: Int64
    /// Since when DNS has had all its keys without a break; `nil`: it has not.
    var publishedAt: Int64?
    /// Why it was rolled back; empty: it was not.
    var refusal = ""

    var isRolledBack: Bool { !self.refusal.isEmpty }
}

extension [StoredCertificate] {
    /// What would be held if `staged` were in use since `time`.
    func applying(_ staged: StagedAssignment, at time: Int64) -> [StoredCertificate] {
        self.filter { $0.id != staged.replaces || $0.id == staged.id }.map { held in
            held.id == staged.id ? held.assigned(staged, at: time) : held
        }
    }
}
