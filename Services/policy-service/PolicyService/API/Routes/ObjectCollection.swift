import Policy

/// One kind of object of the configuration, as the API offers it.
struct ObjectCollection<Object: PolicyObject>: Sendable {
    /// Where it is: `partners`.
    let path: String
    /// In the order of the keys.
    let all: @Sendable (PolicySnapshot) -> [Object]
    let find: @Sendable (PolicyState, _ key: String) -> Object?
    let put: @Sendable (Object) -> PolicyChange
    let remove: @Sendable (_ key: String) -> PolicyChange
    /// Gives an object that has no key one, where keys are given by this service.
    var name: @Sendable (Object, PolicyState, _ version: Int) -> Object = { object, _, _ in object }
}

extension ObjectCollection where Object == Partner {
    static var partners: Self {
        Self(
            path: "partners",
            all: { $0.partners },
            find: { $0.partners[DomainName.normalized($1)] },
            put: { .partner($0) },
            remove: { .partnerRemoved(domain: $0) }
        )
    }
}

extension ObjectCollection where Object == LocalDomain {
    static var domains: Self {
        Self(
            path: "domains",
            all: { $0.domains },
            find: { $0.domains[DomainName.normalized($1)] },
            put: { .domain($0) },
            remove: { .domainRemoved(domain: $0) }
        )
    }
}

extension ObjectCollection where Object == UserRecord {
    static var users: Self {
        Self(
            path: "users",
            all: { $0.users },
            find: { $0.user(address: $1) },
            put: { .user($0) },
            remove: { .userRemoved(address: $0) }
        )
    }
}

extension ObjectCollection where Object == StaticRoute {
    static var routes: Self {
        Self(
            path: "routes",
            all: { $0.routes },
            find: { $0.route(id: $1) },
            put: { .route($0) },
            remove: { .routeRemoved(id: $0) },
            name: { route, state, version in
                var route = route
                if route.id.isEmpty { route.id = RouteNames.free(in: state, version: version) }
                return route
            }
        )
    }
}

extension ObjectCollection where Object == HostAuthorization {
    static var hosts: Self {
        Self(
            path: "hosts",
            all: { $0.hosts },
            find: { $0.host($1) },
            put: { .host($0) },
            remove: { .hostRemoved(host: $0) }
        )
    }
}

/// The ids of routes.
///
/// Versions are never used twice, so neither are the ids.
enum RouteNames {
    static func first(version: Int) -> String { "r\(version + 1)" }

    /// The first that no route of `state` has: several may be added in one commit.
    static func free(in state: PolicyState, version: Int) -> String {
        let first = self.first(version: version)
        var (id, number) = (first, 1)
        while state.route(id: id) != nil {
            number += 1
            id = "\(first)-\(number)"
        }
        return id
    }

    /// Gives the routes of a whole configuration their ids: that of the present route for the same addresses and priority,
    /// so that the same file applied twice changes nothing the second time.
    static func name(_ routes: [StaticRoute], like present: [StaticRoute], version: Int) -> [StaticRoute] {
        var known = Dictionary(present.map { (self.match($0), $0.id) }) { first, _ in first }
        for route in routes where !route.id.isEmpty { known[self.match(route)] = nil }
        let taken = Set(routes.map(\.id))
        var made = 0
        return routes.map { route in
            guard route.id.isEmpty else { return route }
            var route = route
            if let id = known.removeValue(forKey: self.match(route)), !taken.contains(id) {
                route.id = id
            } else {
                route.id = made == 0 ? self.first(version: version) : "\(self.first(version: version))-\(made + 1)"
                made += 1
            }
            return route
        }
    }

    private static func match(_ route: StaticRoute) -> String {
        "\(route.user)@\(route.domain) \(route.phoneURIOnly) \(route.priority)"
    }
}
