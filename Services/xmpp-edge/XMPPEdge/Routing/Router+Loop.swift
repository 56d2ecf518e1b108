import NIOCore
import Policy

/// A domain whose records lead to ourselves: nobody's server, and a waste of streams.
extension Router {
    /// Whether a connection to `address` would come in here, or at another xmpp-edge.
    ///
    /// Known are the addresses that we listen on, and on the same ports the public ones of all edges, which may stand for another
    /// address (NAT).
    func isOurs(_ address: SocketAddress) -> Bool {
        guard let ip = address.ipAddress else { return false }
        let listeners = self.listeners.filter { $0.port == address.port }
        guard !listeners.isEmpty else { return false }
        if listeners.contains(where: { $0.ipAddress == ip }) { return true }
        if listeners.contains(where: { $0.isWildcard }), address.isLoopback || Self.interfaces.contains(ip) {
            return true
        }
        return self.policy.edges.values.contains { $0.kind == .xmpp && $0.publicAddresses.contains(ip) }
    }

    /// The addresses of this machine; one that comes later is known at the next start.
    private static let interfaces: Set<String> = Set(
        ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }
    )
}

extension SocketAddress {
    fileprivate var isWildcard: Bool { self.ipAddress == "0.0.0.0" || self.ipAddress == "::" }

    fileprivate var isLoopback: Bool { self.ipAddress.map { $0.hasPrefix("127.") || $0 == "::1" } ?? false }
}
