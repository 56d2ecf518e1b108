internal import CIsthmusProto
internal import Policy

extension PolicySnapshot: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PolicySnapshot>) {
        isthmus__v1__policy_snapshot__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PolicySnapshot, in arena: Arena) {
        message.sequence = self.sequence
        message.epoch = arena.text(self.epoch)
        message.settings = arena.message(self.settings)
        (message.n_partners, message.partners) = arena.messages(self.partners)
        (message.n_domains, message.domains) = arena.messages(self.domains)
        (message.n_users, message.users) = arena.messages(self.users)
        (message.n_routes, message.routes) = arena.messages(self.routes)
        (message.n_hosts, message.hosts) = arena.messages(self.hosts)
        (message.n_edges, message.edges) = arena.messages(self.edges)
    }

    init(_ message: Isthmus__V1__PolicySnapshot) throws(WireError) {
        self.init(
            sequence: message.sequence,
            epoch: try String(message.epoch),
            settings: try value(message.settings),
            partners: try values(message.n_partners, message.partners),
            domains: try values(message.n_domains, message.domains),
            users: try values(message.n_users, message.users),
            routes: try values(message.n_routes, message.routes),
            hosts: try values(message.n_hosts, message.hosts),
            edges: try values(message.n_edges, message.edges)
        )
    }
}

extension PolicyChange: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PolicyChange>) {
        isthmus__v1__policy_change__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PolicyChange, in arena: Arena) {
        switch self {
        case .settings(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_SETTINGS
            message.settings = arena.message(value)
        case .partner(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_PARTNER
            message.partner = arena.message(value)
        case .partnerRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_PARTNER_REMOVED
            message.partner_removed = arena.text(value)
        case .domain(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_DOMAIN
            message.domain = arena.message(value)
        case .domainRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_DOMAIN_REMOVED
            message.domain_removed = arena.text(value)
        case .user(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_USER
            message.user = arena.message(value)
        case .userRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_USER_REMOVED
            message.user_removed = arena.text(value)
        case .route(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_ROUTE
            message.route = arena.message(value)
        case .routeRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_ROUTE_REMOVED
            message.route_removed = arena.text(value)
        case .host(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_HOST
            message.host = arena.message(value)
        case .hostRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_HOST_REMOVED
            message.host_removed = arena.text(value)
        case .edge(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_EDGE
            message.edge = arena.message(value)
        case .edgeRemoved(let value):
            message.change_case = ISTHMUS__V1__POLICY_CHANGE__CHANGE_EDGE_REMOVED
            message.edge_removed = arena.text(value)
        }
    }

    init(_ message: Isthmus__V1__PolicyChange) throws(WireError) {
        switch message.change_case {
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_SETTINGS:
            self = .settings(try value(message.settings))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_PARTNER:
            self = .partner(try value(message.partner))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_PARTNER_REMOVED:
            self = .partnerRemoved(domain: try String(message.partner_removed))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_DOMAIN:
            self = .domain(try value(message.domain))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_DOMAIN_REMOVED:
            self = .domainRemoved(domain: try String(message.domain_removed))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_USER:
            self = .user(try value(message.user))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_USER_REMOVED:
            self = .userRemoved(address: try String(message.user_removed))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_ROUTE:
            self = .route(try value(message.route))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_ROUTE_REMOVED:
            self = .routeRemoved(id: try String(message.route_removed))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_HOST:
            self = .host(try value(message.host))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_HOST_REMOVED:
            self = .hostRemoved(host: try String(message.host_removed))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_EDGE:
            self = .edge(try value(message.edge))
        case ISTHMUS__V1__POLICY_CHANGE__CHANGE_EDGE_REMOVED:
            self = .edgeRemoved(instance: try String(message.edge_removed))
        default: throw .unknownValue("PolicyChange.change")
        }
    }
}

extension PolicyDelta: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PolicyDelta>) {
        isthmus__v1__policy_delta__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PolicyDelta, in arena: Arena) {
        message.epoch = arena.text(self.epoch)
        message.first_sequence = self.firstSequence
        (message.n_changes, message.changes) = arena.messages(self.changes)
    }

    init(_ message: Isthmus__V1__PolicyDelta) throws(WireError) {
        self.init(
            epoch: try String(message.epoch),
            firstSequence: message.first_sequence,
            changes: try values(message.n_changes, message.changes)
        )
    }
}
