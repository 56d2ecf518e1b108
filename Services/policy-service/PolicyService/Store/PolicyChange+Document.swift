import Policy

/// A change as a store keeps it for other processes: `{"object": "partner", "value": {…}}`, or `"removed": KEY` for `value`.
extension PolicyChange {
    private static let edgeKind = "edge"

    var document: DocumentValue {
        switch self {
        case .settings(let value): Self.put("settings", value.document)
        case .partner(let value): Self.put(Partner.kind, value.document)
        case .partnerRemoved(let key): Self.removed(Partner.kind, key)
        case .domain(let value): Self.put(LocalDomain.kind, value.document)
        case .domainRemoved(let key): Self.removed(LocalDomain.kind, key)
        case .user(let value): Self.put(UserRecord.kind, value.document)
        case .userRemoved(let key): Self.removed(UserRecord.kind, key)
        case .route(let value): Self.put(StaticRoute.kind, value.document)
        case .routeRemoved(let key): Self.removed(StaticRoute.kind, key)
        case .host(let value): Self.put(HostAuthorization.kind, value.document)
        case .hostRemoved(let key): Self.removed(HostAuthorization.kind, key)
        case .edge(let value): Self.put(Self.edgeKind, value.document)
        case .edgeRemoved(let key): Self.removed(Self.edgeKind, key)
        }
    }

    /// - Returns: `nil` when it is not what this release writes.
    init?(document: DocumentValue) {
        let kind = document["object"]?.text ?? ""
        if let value = document["value"] {
            self.init(kind: kind, value)
        } else if let key = document["removed"]?.text {
            self.init(kind: kind, removed: key)
        } else {
            return nil
        }
    }

    /// An object of a kind that is new, or has changed.
    init?(kind: String, _ value: DocumentValue) {
        let change: PolicyChange? =
            switch kind {
            case "settings": GatewaySettings.read(value).object.map { .settings($0) }
            case Partner.kind: Partner.read(value).object.map { .partner($0) }
            case LocalDomain.kind: LocalDomain.read(value).object.map { .domain($0) }
            case UserRecord.kind: UserRecord.read(value).object.map { .user($0) }
            case StaticRoute.kind: StaticRoute.read(value).object.map { .route($0) }
            case HostAuthorization.kind: HostAuthorization.read(value).object.map { .host($0) }
            case Self.edgeKind: EdgeRecord(document: value).map { .edge($0) }
            default: nil
            }
        guard let change else { return nil }
        self = change
    }

    /// An object of a kind that is gone.
    init?(kind: String, removed key: String) {
        switch kind {
        case Partner.kind: self = .partnerRemoved(domain: key)
        case LocalDomain.kind: self = .domainRemoved(domain: key)
        case UserRecord.kind: self = .userRemoved(address: key)
        case StaticRoute.kind: self = .routeRemoved(id: key)
        case HostAuthorization.kind: self = .hostRemoved(host: key)
        case Self.edgeKind: self = .edgeRemoved(instance: key)
        default: return nil
        }
    }

    private static func put(_ kind: String, _ value: DocumentValue) -> DocumentValue {
        ["object": .text(kind), "value": value]
    }

    private static func removed(_ kind: String, _ key: String) -> DocumentValue {
        ["object": .text(kind), "removed": .text(key)]
    }
}

extension EdgeRecord {
    fileprivate var document: DocumentValue {
        [
            "kind": .text(self.kind.rawValue), "instance": .text(self.instance), "endpoint": .text(self.endpoint),
            "public-addresses": DocumentValue(texts: self.publicAddresses), "draining": .flag(self.isDraining),
            "attached-domains": DocumentValue(texts: self.attachedDomains),
        ]
    }

    fileprivate init?(document: DocumentValue) {
        guard let kind = document["kind"]?.text.flatMap(Kind.init(rawValue:)),
            let instance = document["instance"]?.text,
            let endpoint = document["endpoint"]?.text
        else { return nil }
        self.init(
            kind: kind,
            instance: instance,
            endpoint: endpoint,
            publicAddresses: (document["public-addresses"]?.elements ?? []).compactMap(\.text),
            isDraining: document["draining"] == .flag(true),
            attachedDomains: (document["attached-domains"]?.elements ?? []).compactMap(\.text)
        )
    }
}
