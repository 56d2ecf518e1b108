import Wire

/// Which public keys are to be in DNS as TLSA records: those in use, those that are about to be, and for a while those that were.
extension Keeper {
    /// All of them; `nil` before the policy was heard of, when nobody knows which certificates serve.
    func associations() throws -> [DNSAssociation]? {
        guard self.hasResumed else { return nil }
        let held = try self.store.certificates()
        var all = self.associations(of: held)
        for staged in try self.store.stagedAssignments() where self.staging.isProven(staged.number) {
            all.formUnion(self.associations(of: held.applying(staged, at: self.now())))
        }
        all.formUnion(try self.store.retiringKeys().map(\.association))
        return all.sorted { ($0.use.rawValue, $0.digest) < ($1.use.rawValue, $1.digest) }
    }

    private func associations(of held: [StoredCertificate]) -> Set<DNSAssociation> {
        Set(
            CertificateUse.allCases.flatMap { use in
                self.selection(held, use).map { DNSAssociation(use, names: $0.names, digest: $0.publicKey) }
            }
        )
    }

    /// Keeps the records of keys that have just gone out of use until no edge serves with them any more, and lets others go.
    func retireKeys() {
        guard self.hasResumed, let held = try? self.store.certificates(), let version = try? self.store.version(),
            let kept = try? self.store.retiringKeys()
        else { return }
        let inUse = self.associations(of: held)
        let gone = (self.served ?? inUse).subtracting(inUse).filter { self.staging.publishedUses.contains($0.use) }
        self.served = inUse
        let isInUse = Set(inUse.map { RetiringKey.Name($0) })
        var keys = kept.filter { key in
            !isInUse.contains(RetiringKey.Name(key.association))
                && !key.isOver(at: self.now(), edges: self.edges[key.association.use] ?? [], versions: self.versions)
        }
        for association in gone where !isInUse.contains(RetiringKey.Name(association)) {
            keys.removeAll { RetiringKey.Name($0.association) == RetiringKey.Name(association) }
            keys.append(
                RetiringKey(association: association, version: version, until: self.now() + RetiringKey.time)
            )
        }
        guard keys != kept else { return }
        do { try self.store.save(retiring: keys) } catch { self.warn(of: error) }
        self.dnsBell.yield()
    }
}

extension RetiringKey {
    /// A key in a use: the names of its certificate do not matter for it.
    struct Name: Hashable {
        let use: CertificateUse
        let digest: String

        init(_ association: DNSAssociation) { (self.use, self.digest) = (association.use, association.digest) }
    }
}
