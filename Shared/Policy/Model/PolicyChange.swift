/// One thing that changed in the policy; changes are published in order, each with the next sequence number.
public enum PolicyChange: Equatable, Sendable {
    case settings(GatewaySettings)
    case partner(Partner)
    case partnerRemoved(domain: String)
    case domain(LocalDomain)
    case domainRemoved(domain: String)
    case user(UserRecord)
    case userRemoved(address: String)
    case route(StaticRoute)
    case routeRemoved(id: String)
    case host(HostAuthorization)
    case hostRemoved(host: String)
    case edge(EdgeRecord)
    case edgeRemoved(instance: String)
}
