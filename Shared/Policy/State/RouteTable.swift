/// The static routes, ready for look-ups (SPEC §5).
struct RouteTable: Equatable, Sendable {
    /// What a route is about, but for `phone-uri-only`.
    private struct Key: Hashable {
        let domain: String
        let user: String
    }

    private static let anyUser = "*"

    private(set) var routes: [String: StaticRoute] = [:]
    private var index: [Key: [StaticRoute]] = [:]

    init(_ routes: [StaticRoute]) {
        for route in routes { self.set(route) }
    }

    mutating func set(_ route: StaticRoute) {
        self.remove(id: route.id)
        self.routes[route.id] = route
        // What is disabled is not looked at: it must not hide a less specific route.
        guard route.isEnabled else { return }
        self.index[self.key(of: route), default: []].append(route)
        self.index[self.key(of: route)]?.sort { ($0.priority, $0.id) < ($1.priority, $1.id) }
    }

    mutating func remove(id: String) {
        guard let route = self.routes.removeValue(forKey: id) else { return }
        let key = self.key(of: route)
        self.index[key]?.removeAll { $0.id == id }
        if self.index[key]?.isEmpty == true { self.index[key] = nil }
    }

    /// The routes for an address, in the order in which they are to be tried.
    ///
    /// The most specific match decides: the exact domain before `*.domain`, a longer pattern before a shorter one; then
    /// the named user before `*`; then, for a phone URI, `phone-uri-only` before the others. What it leaves is ordered by
    /// priority. A less specific route is no fall-back for a more specific one: it leads to somebody else's server.
    func routes(user: String?, domain: String, isPhoneURI: Bool) -> [StaticRoute] {
        let user = user?.caseFolded
        for pattern in DomainPattern.matching(domain.caseFolded) {
            if let user, let found = self.candidates(Key(domain: pattern, user: user), isPhoneURI) { return found }
            if let found = self.candidates(Key(domain: pattern, user: Self.anyUser), isPhoneURI) { return found }
        }
        return []
    }

    private func candidates(_ key: Key, _ isPhoneURI: Bool) -> [StaticRoute]? {
        guard let routes = self.index[key] else { return nil }
        let phoneOnly = isPhoneURI ? routes.filter(\.phoneURIOnly) : []
        if !phoneOnly.isEmpty { return phoneOnly }
        let any = routes.filter { !$0.phoneURIOnly }
        return any.isEmpty ? nil : any
    }

    private func key(of route: StaticRoute) -> Key {
        Key(domain: route.domain.caseFolded, user: route.user.caseFolded)
    }
}
