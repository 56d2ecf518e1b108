import TLS
import Wire

/// The list of certificates for people.
extension Keeper {
    func inventory() throws -> CertificateInventory {
        try self.inventory(of: try self.store.certificates()) { try? self.stagedAssignment(of: $0) }
    }

    /// The list as it is with these certificates; `staged`: what is on its way of one of them.
    func inventory(
        of held: [StoredCertificate],
        staged: (String) -> StagedAssignment?
    ) throws -> CertificateInventory {
        let shown = self.shown(held)
        return CertificateInventory(
            version: try self.store.version(),
            records: held.map { stored in
                var record = self.record(stored, staged: staged(stored.id))
                record.xmppDomains = shown[.xmpp]?[stored.id] ?? []
                record.sipDomains = shown[.sip]?[stored.id] ?? []
                return record
            }
        )
    }

    func stagedAssignment(of id: String) throws -> StagedAssignment? {
        try self.store.stagedAssignments().first { $0.id == id }
    }

    func record(_ stored: StoredCertificate) -> CertificateRecord {
        var record = self.record(stored, staged: try? self.stagedAssignment(of: stored.id))
        let shown = self.shown((try? self.store.certificates()) ?? [])
        record.xmppDomains = shown[.xmpp]?[stored.id] ?? []
        record.sipDomains = shown[.sip]?[stored.id] ?? []
        return record
    }

    private func record(_ stored: StoredCertificate, staged: StagedAssignment?) -> CertificateRecord {
        let leaf = (try? Certificate.chain(pem: stored.chain))?.first
        return CertificateRecord(
            id: stored.id,
            friendlyName: stored.friendlyName,
            state: self.state(of: stored),
            uses: stored.uses.sorted { $0.rawValue < $1.rawValue },
            subject: leaf?.subject ?? "",
            issuer: leaf?.issuer ?? "",
            names: stored.names,
            keyKind: stored.keyKind.isEmpty ? leaf?.keyStrength.kindName ?? "" : stored.keyKind,
            notBefore: stored.notBefore * 1000,
            notAfter: stored.notAfter * 1000,
            fingerprint: leaf?.fingerprint ?? "",
            isExportable: stored.isExportable,
            warnings: self.warnings(of: stored, leaf) + (staged.map { self.warnings(of: $0) } ?? []),
            order: self.standing(of: stored),
            stagedUses: staged.map { $0.isRolledBack ? [] : $0.uses.sorted { $0.rawValue < $1.rawValue } } ?? [],
            madeFor: stored.origin == .automatic ? stored.domain ?? "" : ""
        )
    }

    /// Of each use the certificates that peers are shown, with the domains for which.
    private func shown(_ held: [StoredCertificate]) -> [CertificateUse: [String: [String]]] {
        Dictionary(
            uniqueKeysWithValues: CertificateUse.allCases.map { use in
                (use, IdentitySelection.shown(self.selection(held, use), domains: self.domains))
            }
        )
    }

    /// Where an assignment is on its way.
    private func warnings(of staged: StagedAssignment) -> [String] {
        let silent = self.staging.silent(about: staged.number)
        if staged.isRolledBack { return ["rolled back: \(staged.refusal)"] }
        if !silent.isEmpty { return ["it is put to use when it has been tried by \(silent.joined(separator: ", "))"] }
        return [
            staged.publishedAt == nil
                ? "it is put to use when DNS has its TLSA records: isthmusctl dns plan"
                : "its TLSA records are in DNS: it is put to use when nobody has older answers"
        ]
    }

    private func state(of stored: StoredCertificate) -> CertificateRecord.State {
        if stored.isPending { return .pending }
        if stored.notAfter <= self.now() { return .expired }
        return stored.uses.isEmpty ? .unassigned : .active
    }

    private func warnings(of stored: StoredCertificate, _ leaf: Certificate?) -> [String] {
        guard !stored.isPending, stored.origin != .automatic else { return [] }
        let days = (stored.notAfter - self.now()) / 86_400
        if stored.notAfter <= self.now() { return ["it has expired"] }
        var warnings: [String] = []
        if stored.notAfter - self.now() < RenewalPlan.warningTime(of: stored) {
            warnings.append("it expires in \(days) days")
        }
        if let order = try? self.store.orders().first(where: { $0.id == stored.id }), let revoked = order.revocation {
            warnings.append("its CA has revoked it on \(revoked.time.moment) (\(revoked.cause.rawValue))")
        }
        if stored.uses.contains(.sip), leaf?.allowsClientAuthentication == false {
            warnings.append(ImportCheck.serverOnly)
        }
        return warnings
    }
}

extension KeyStrength {
    /// The kind by the name the administrator uses: `rsa-2048`.
    fileprivate var kindName: String {
        self.algorithm == "EC" ? "ecdsa-p\(self.bits)" : "\(self.algorithm.lowercased())-\(self.bits)"
    }
}
