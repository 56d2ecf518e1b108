/// Has an xmpp-edge open a stream to a partner and close it again, so that an administrator sees each step: `isthmus.v1.PartnerTest`.
public struct PartnerTest: Equatable, Sendable {
    /// In whose name: one of our domains.
    public var local: String
    /// A domain of the partner.
    public var remote: String

    public init(local: String, remote: String) {
        self.local = local
        self.remote = remote
    }
}

/// Has a sip-edge ask the servers of a static route for OPTIONS, over connections of their own: `isthmus.v1.RouteTest`.
public struct RouteTest: Equatable, Sendable {
    /// The id of the route.
    public var route: String

    public init(route: String) { self.route = route }
}
