/// What leads from one policy to another.
public enum PolicyDifference {
    /// The changes that make `old` into `new`, in the order in which they can be read: settings, domains, partners, users,
    /// routes, hosts, edges; of each kind, what goes before what comes.
    public static func changes(from old: PolicySnapshot, to new: PolicySnapshot) -> [PolicyChange] {
        var changes: [PolicyChange] = old.settings == new.settings ? [] : [.settings(new.settings)]
        changes += self.changes(old.domains, new.domains, \.domain, PolicyChange.domain) { .domainRemoved(domain: $0) }
        changes += self.changes(old.partners, new.partners, \.domain, PolicyChange.partner) {
            .partnerRemoved(domain: $0)
        }
        changes += self.changes(old.users, new.users, \.address, PolicyChange.user) { .userRemoved(address: $0) }
        changes += self.changes(old.routes, new.routes, \.id, PolicyChange.route) { .routeRemoved(id: $0) }
        changes += self.changes(old.hosts, new.hosts, \.host, PolicyChange.host) { .hostRemoved(host: $0) }
        changes += self.changes(old.edges, new.edges, \.instance, PolicyChange.edge) { .edgeRemoved(instance: $0) }
        return changes
    }

    private static func changes<Object: Equatable>(
        _ old: [Object],
        _ new: [Object],
        _ key: (Object) -> String,
        _ set: (Object) -> PolicyChange,
        _ removed: (String) -> PolicyChange
    ) -> [PolicyChange] {
        let before = Dictionary(old.map { (key($0), $0) }) { $1 }
        let remaining = Set(new.map(key))
        return old.map(key).filter { !remaining.contains($0) }.map(removed)
            + new.filter { before[key($0)] != $0 }.map(set)
    }
}
