import Wire

/// Which certificates an edge is given, and in which order: a pure function of what is held.
enum IdentitySelection {
    /// The certificates of one use; the first serves peers that name nobody.
    ///
    /// What an administrator assigned goes before what was made automatically, the latest first. An automatic one is given
    /// only for a domain that no assigned one covers. What has expired is not given while something else serves.
    static func select(
        _ held: [StoredCertificate],
        use: CertificateUse,
        domains: [String],
        now: Int64
    ) -> [StoredCertificate] {
        let valid = held.filter { !$0.isPending && $0.uses.contains(use) && $0.notAfter > now }
        let assigned = valid.filter { $0.origin != .automatic }
            .sorted { ($0.assignedAt, $0.id) > ($1.assignedAt, $1.id) }
        let automatic = domains.uniqued().compactMap { domain in
            valid.first { $0.origin == .automatic && $0.domain == domain }
        }
        return assigned
            + automatic.filter { certificate in
                !assigned.contains { Self.covers($0.names, certificate.domain ?? "") }
            }
    }

    /// Which of the certificates an edge was given a peer is shown that asks for one of `domains`: the first that names it, and if none
    /// does, the first of all, as with one for `*`.
    ///
    /// - Returns: The domains of each, by its id.
    static func shown(_ given: [StoredCertificate], domains: [String]) -> [String: [String]] {
        var places: [String: Int] = [:]
        for (place, certificate) in given.enumerated() {
            for name in certificate.names where places[name] == nil { places[name] = place }
        }
        var shown: [String: [String]] = [:]
        for domain in domains.uniqued() {
            guard let place = places[domain] ?? given.indices.first else { continue }
            shown[given[place].id, default: []].append(domain)
        }
        return shown
    }

    /// Whether one of `names` stands for `host`; `*` for one label ([RFC 9525 §6.3](https://www.rfc-editor.org/rfc/rfc9525#section-6.3)).
    static func covers(_ names: [String], _ host: String) -> Bool {
        let parent = host.split(separator: ".", maxSplits: 1).dropFirst().first
        return names.contains(host) || parent.map { names.contains("*.\($0)") } == true
    }
}
