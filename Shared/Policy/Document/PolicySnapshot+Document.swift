extension PolicySnapshot {
    /// The configuration as one document: what `isthmusctl export` writes and `apply` reads.
    ///
    /// The edges are no part of it.
    public var document: DocumentValue {
        [
            "settings": self.settings.document,
            "domains": .list(self.domains.map(\.document)),
            "partners": .list(self.partners.map(\.document)),
            "users": .list(self.users.map(\.document)),
            "routes": .list(self.routes.map(\.document)),
            "hosts": .list(self.hosts.map(\.document)),
        ]
    }

    /// Reads a whole configuration.
    ///
    /// - Returns: The configuration, unless there are mistakes.
    public static func read(_ document: DocumentValue) -> (configuration: PolicySnapshot?, findings: [Finding]) {
        var reader = DocumentReader(document, kind: "configuration", keyField: nil)
        let configuration = PolicySnapshot(
            settings: reader.object("settings", default: GatewaySettings()),
            partners: reader.objects("partners", of: Partner.self),
            domains: reader.objects("domains", of: LocalDomain.self),
            users: reader.objects("users", of: UserRecord.self),
            routes: reader.objects("routes", of: StaticRoute.self),
            hosts: reader.objects("hosts", of: HostAuthorization.self)
        )
        reader.checkUnique(configuration.partners, "partners")
        reader.checkUnique(configuration.domains, "domains")
        reader.checkUnique(configuration.users, "users")
        reader.checkUnique(configuration.routes, "routes")
        reader.checkUnique(configuration.hosts, "hosts")
        reader.finish()
        return (reader.findings.isEmpty ? configuration : nil, reader.findings)
    }
}
