import Messaging
import Policy
import SIPCore

/// Where requests in a dialog go when its connection is gone ([RFC 3261 §12.2.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1)):
/// to the host that the route set, or else the peer's Contact, names, found as [RFC 3263](https://www.rfc-editor.org/rfc/rfc3263) says; then along
/// the static routes.
///
/// Only a host on the authorization list is looked up: nobody else can be made our next hop by what a peer writes. A static route to
/// that host knows better than a URI how it is reached, and what certificate it is shown.
extension SIPServer {
    /// The routes to take, in order, for a request in a dialog whose next hop is `uri`.
    nonisolated static func routes(
        _ routes: [StaticRoute],
        to user: Address,
        by uri: SIPURI?,
        _ policy: PolicyState
    ) -> [StaticRoute] {
        guard let uri else { return routes }
        let host = uri.host.filter { !"[]".contains($0) }
        // RFC 3261 §26.2.2: what is addressed by SIPS goes by TLS or not at all.
        let allowed = uri.scheme == .sips ? routes.filter { $0.transport == .tls } : routes
        let direct = allowed.filter { $0.nextHop.lowercased() == host.lowercased() }
        guard direct.isEmpty else { return direct + allowed.filter { $0.nextHop.lowercased() != host.lowercased() } }
        guard policy.host(host) != nil, let named = StaticRoute(named: uri, host, of: user) else { return allowed }
        return [named] + allowed
    }
}

extension StaticRoute {
    /// The way that a URI names; `nil` for a transport that is not served.
    fileprivate init?(named uri: SIPURI, _ host: String, of user: Address) {
        let isSecure = uri.scheme == .sips
        let isAddress = IPAddress(host) != nil
        let transport: Transport
        switch uri.parameter("transport")?.value?.lowercased() {
        case "tls": transport = .tls
        case "tcp": transport = isSecure ? .tls : .tcp
        case "udp" where !isSecure: transport = .udp
        // RFC 3263 §4.1: with a port, or an address, nothing is asked about the transport.
        case nil: transport = isSecure ? .tls : isAddress || uri.port != nil ? .udp : .auto
        default: return nil
        }
        let usualPort = isAddress ? (transport == .tls ? 5061 : 5060) : 0
        self.init(
            id: "",
            domain: user.domain,
            nextHop: host,
            port: uri.port.map(Int.init) ?? usualPort,
            transport: transport
        )
    }
}

extension Request {
    /// Whether it is addressed by SIPS, which Contact must be as well then
    /// ([RFC 3261 §8.1.1.8](https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1.8)).
    var isAddressedBySIPS: Bool {
        let route = self.headers.elements(.route).first.flatMap { NameAddress(parsing: $0)?.sipURI }
        return route?.scheme == .sips || self.requestURI?.scheme == .sips
    }

    /// Whether the dialog that it makes is one of SIPS ([RFC 3261 §12.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1)).
    var asksForSIPS: Bool {
        guard let route = self.headers.elements(.recordRoute).first else {
            return self.headers.contact?.sipURI?.scheme == .sips
        }
        return NameAddress(parsing: route)?.sipURI?.scheme == .sips
    }
}
