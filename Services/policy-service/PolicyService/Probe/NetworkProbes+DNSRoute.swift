import NetworkKit
import Policy
import Wire

extension NetworkProbes {
    /// Servers of one next hop that a test looks at: the first ones, which are those that messages go to.
    private static let maximumServers = 3

    /// A route without a port: DNS says where its servers are ([RFC 3263](https://www.rfc-editor.org/rfc/rfc3263)).
    func routeInDNS(_ route: StaticRoute, from ours: String, trusting roots: [UInt8]) async -> [TestStep] {
        let found: SIPServers
        do {
            found = try await self.resolver.sipServers(of: route.nextHop, route.transport.service)
        } catch {
            let remedy =
                "\(route.nextHop) needs SRV records, or write the port: isthmusctl route set \(route.id) --port PORT"
            return [TestStep("DNS", .bad, "\(route.nextHop): \(error)", remedy: remedy)]
        }
        let shown = found.servers.map { "\($0.host):\($0.port) (\($0.service))" }.joined(separator: ", ")
        var steps = [TestStep("DNS", .good, "the servers of \(route.nextHop) are \(shown)")]
        for server in found.servers.prefix(Self.maximumServers) {
            var one = route
            one.nextHop = server.host
            one.port = server.port
            one.transport = server.service.transport
            steps += await self.server(one, of: route.nextHop, from: ours, trusting: roots)
        }
        return steps
    }
}

extension StaticRoute.Transport {
    /// As DNS names it; `nil` for what DNS says.
    fileprivate var service: SIPService? {
        switch self {
        case .tls: .tls
        case .tcp: .tcp
        case .udp: .udp
        case .auto: nil
        }
    }
}

extension SIPService {
    fileprivate var transport: StaticRoute.Transport {
        switch self {
        case .tls: .tls
        case .tcp: .tcp
        case .udp: .udp
        }
    }
}
