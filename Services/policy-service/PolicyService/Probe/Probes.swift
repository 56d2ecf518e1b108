import Policy
import Wire

/// Tests that go out into the network.
///
/// They stand in for the edges where none is alive, and the report says so: they go out from policy-service, which has no certificate of
/// the gateway's.
protocol Probes: Sendable {
    /// Walks to a partner's domain as an edge would, up to where it would prove who it is.
    func partner(_ domain: String, rules: Partner, from ours: String, trusting roots: [UInt8]) async -> [TestStep]
    /// Connects to a route's next hop and asks it for OPTIONS.
    func route(_ route: StaticRoute, from ours: String, trusting roots: [UInt8]) async -> [TestStep]
}
