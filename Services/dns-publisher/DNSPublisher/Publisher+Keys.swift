import DNS
import Wire

/// TLSA records and the order of their rollover: cert-service says which keys are wanted, and puts a new one to use when it is told
/// that DNS has it and that nobody has older answers any more.
extension Publisher {
    /// Takes over which keys are wanted.
    ///
    /// - Returns: Which of them DNS has now, and how long caches may keep what was before.
    func follow(keys: [DNSAssociation]) throws(Failure) -> DNSAssociationsState {
        let isChanged = self.keys != keys
        self.keys = keys
        if isChanged { self.checkDrift() }
        do throws(TargetError) { return try self.visible(keys) } catch { throw Failure(error.code, "\(error)") }
    }

    private func visible(_ keys: [DNSAssociation]) throws(TargetError) -> DNSAssociationsState {
        let records = self.settings.records
        let places = DesiredRecords.places(records, domains: self.domains, keys: keys)
        let sets = Set(places.map { RecordSet(name: $0.place, type: "TLSA") })
        var present: Set<UpdateRecord> = []
        var ttl = records.ttl
        for record in try self.records(of: sets) where record.type == "TLSA" {
            present.insert(record.with(ttl: 0))
            ttl = max(ttl, record.ttl)
        }
        let missing = Set(
            places.filter { key, place in
                !present.contains(UpdateRecord(name: place, type: "TLSA", ttl: 0, data: "3 1 1 \(key.digest)"))
            }.map(\.key)
        )
        // A key that is wanted nowhere (its domain is not served) keeps nobody waiting.
        return DNSAssociationsState(
            uses: records.keyUses.sorted { $0.rawValue < $1.rawValue },
            visible: keys.filter { !missing.contains($0) },
            wait: ttl + self.settings.propagation
        )
    }
}
