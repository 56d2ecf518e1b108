import Messaging
import Policy
import Testing

@Suite("SPEC §5: static routes")
struct RouteSelectionTests {
    static func route(
        _ id: String,
        user: String = "*",
        _ domain: String,
        phone: Bool = false,
        priority: Int = 1,
        enabled: Bool = true
    ) -> StaticRoute {
        StaticRoute(
            id: id,
            user: user,
            domain: domain,
            phoneURIOnly: phone,
            nextHop: "192.0.2.1",
            port: 5060,
            transport: .tcp,
            priority: priority,
            isEnabled: enabled
        )
    }

    static let table = PolicyState(
        PolicySnapshot(routes: [
            route("exact-b", "foo.com", priority: 2),
            route("exact-a", "foo.com", priority: 1),
            route("exact-c", "foo.com", priority: 2),
            route("phone", "foo.com", phone: true, priority: 9),
            route("juliet", user: "Juliet", "foo.com", priority: 7),
            route("wild", "*.foo.com"),
            route("wild-romeo", user: "romeo", "*.foo.com"),
            route("deep", "*.b.foo.com"),
            route("off", "off.foo.com", enabled: false),
            route("phones-only", "phones.com", phone: true),
        ])
    )

    /// Who is called, whether it is a phone URI, and the routes to try in order.
    static let calls: [(user: String?, domain: String, isPhone: Bool, routes: [String])] = [
        ("romeo", "foo.com", false, ["exact-a", "exact-b", "exact-c"]),
        ("romeo", "FOO.com", false, ["exact-a", "exact-b", "exact-c"]),
        ("juliet", "foo.com", false, ["juliet"]),
        ("JULIET", "foo.com", false, ["juliet"]),
        ("+1555", "foo.com", true, ["phone"]),
        ("juliet", "foo.com", true, ["juliet"]),
        (nil, "foo.com", false, ["exact-a", "exact-b", "exact-c"]),
        ("tybalt", "a.foo.com", false, ["wild"]),
        ("romeo", "a.foo.com", false, ["wild-romeo"]),
        ("romeo", "a.b.foo.com", false, ["deep"]),
        ("romeo", "b.foo.com", false, ["wild-romeo"]),
        ("tybalt", "off.foo.com", false, ["wild"]),
        ("+1555", "phones.com", true, ["phones-only"]),
        ("romeo", "phones.com", false, []),
        ("romeo", "bar.com", false, []),
        ("romeo", "xfoo.com", false, []),
        ("romeo", "com", false, []),
    ]

    @Test("The most specific match decides, then priority; a disabled route hides nothing", arguments: calls.indices)
    func selects(_ index: Int) {
        let call = Self.calls[index]
        let found = Self.table.routes(to: Address(user: call.user, domain: call.domain), isPhoneURI: call.isPhone)
        #expect(found.map(\.id) == call.routes, "\(call.user ?? "-")@\(call.domain), phone: \(call.isPhone)")
    }

    @Test("Changes of a route are seen: another domain, switched off, removed")
    func changes() {
        var state = Self.table
        let juliet = Address(user: "juliet", domain: "foo.com")
        state.apply(.route(Self.route("juliet", user: "juliet", "bar.com")))
        #expect(state.routes(to: juliet).map(\.id) == ["exact-a", "exact-b", "exact-c"])
        state.apply(.route(Self.route("exact-a", "foo.com", enabled: false)))
        state.apply(.routeRemoved(id: "exact-b"))
        #expect(state.routes(to: juliet).map(\.id) == ["exact-c"])
    }
}
