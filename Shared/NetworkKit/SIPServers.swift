internal import DNS

/// How a SIP server of a domain can be reached, as DNS names it ([RFC 3263 §4.1](https://www.rfc-editor.org/rfc/rfc3263#section-4.1)).
public enum SIPService: Sendable, Hashable, CaseIterable {
    case tls, tcp, udp

    /// The label in front of the domain of its SRV records.
    public var label: String {
        switch self {
        case .tls: "_sips._tcp"
        case .tcp: "_sip._tcp"
        case .udp: "_sip._udp"
        }
    }

    /// Its name in NAPTR records.
    var pointerName: String {
        switch self {
        case .tls: "SIPS+D2T"
        case .tcp: "SIP+D2T"
        case .udp: "SIP+D2U"
        }
    }

    public var defaultPort: Int { self == .tls ? 5061 : 5060 }
}

/// The SIP servers of a domain in the order in which they are tried, and for how many seconds that holds.
public struct SIPServers: Sendable, Hashable {
    public struct Server: Sendable, Hashable {
        public var service: SIPService
        /// A host name.
        public var host: String
        public var port: Int

        public init(service: SIPService, host: String, port: Int) {
            self.service = service
            self.host = host
            self.port = port
        }
    }

    public var servers: [Server]
    public var timeToLive: Int

    public init(servers: [Server], timeToLive: Int) {
        self.servers = servers
        self.timeToLive = timeToLive
    }
}

extension ServiceResolver {
    /// Servers of one domain at most: more are not tried.
    static let maximumServers = 32
    /// For how many seconds the absence of records holds.
    static let absenceTime = 60

    /// Finds the SIP servers of `domain`, which has no port ([RFC 3263 §4](https://www.rfc-editor.org/rfc/rfc3263#section-4)).
    ///
    /// With a `service` its SRV records are looked up, and without any the domain is the host, at the default port. Without one
    /// the NAPTR records say which; without those it is the first of TLS, TCP and UDP that has SRV records, and
    /// without any the domain over UDP. A lookup that failed is not an absence: then nothing is known.
    public func sipServers(
        of domain: String,
        _ service: SIPService?
    ) async throws(ServiceResolutionError) -> SIPServers {
        if let service { return try await self.servers(of: domain, [(service, "\(service.label).\(domain)")], service) }
        let pointers = try await self.pointers(of: domain)
        guard pointers.isEmpty else { return try await self.servers(of: domain, pointers, nil) }
        for service in [SIPService.tls, .tcp, .udp] {
            let found = try await self.records([(service, "\(service.label).\(domain)")])
            if let answer = found.first { return try Self.servers([answer]) }
        }
        let server = SIPServers.Server(service: .udp, host: domain, port: SIPService.udp.defaultPort)
        return SIPServers(servers: [server], timeToLive: Self.absenceTime)
    }

    /// What the NAPTR records of a domain say of SIP: the services of the lowest order that has any, by preference.
    private func pointers(of domain: String) async throws(ServiceResolutionError) -> [(SIPService, String)] {
        do throws(LookupError) {
            return Self.usable(try await self.resolver.pointers(domain).records)
        } catch {
            guard error.isAbsence else { throw .lookup(error) }
            return []
        }
    }

    /// [RFC 3403 §4.1](https://www.rfc-editor.org/rfc/rfc3403#section-4.1): once an order has a record that can be used, none of a higher one is
    /// looked at; else whoever breaks the first could choose a weaker one.
    static func usable(_ records: [NameAuthorityPointer]) -> [(SIPService, String)] {
        let usable = records.compactMap { record -> (NameAuthorityPointer, SIPService)? in
            guard record.flags == "s", record.expression.isEmpty, !record.replacement.isEmpty,
                let service = SIPService.allCases.first(where: { $0.pointerName == record.service })
            else { return nil }
            return (record, service)
        }
        guard let order = usable.map(\.0.order).min() else { return [] }
        return usable.filter { $0.0.order == order }
            .sorted { ($0.0.preference, $0.0.replacement) < ($1.0.preference, $1.0.replacement) }
            .prefix(Self.maximumServers)
            .map { ($0.1, $0.0.replacement) }
    }

    private typealias Found = (service: SIPService, answer: LookupAnswer<ServiceRecord>)

    private func servers(
        of domain: String,
        _ names: [(SIPService, String)],
        _ fallback: SIPService?
    ) async throws(ServiceResolutionError) -> SIPServers {
        let found = try await self.records(names)
        guard found.isEmpty else { return try Self.servers(found) }
        // What NAPTR names must be there.
        guard let fallback else { throw .lookup(.noData) }
        let server = SIPServers.Server(service: fallback, host: domain, port: fallback.defaultPort)
        return SIPServers(servers: [server], timeToLive: Self.absenceTime)
    }

    /// The SRV records of each name that has some.
    private func records(_ names: [(SIPService, String)]) async throws(ServiceResolutionError) -> [Found] {
        var found: [Found] = []
        for (service, name) in names {
            do throws(LookupError) {
                found.append((service, try await self.resolver.services(name)))
            } catch {
                guard error.isAbsence else { throw .lookup(error) }
            }
        }
        return found
    }

    private static func servers(_ found: [Found]) throws(ServiceResolutionError) -> SIPServers {
        let servers = found.flatMap { service, answer in
            ServiceRecord.ordered(answer.records) { Int.random(in: 0...$0) }.map {
                SIPServers.Server(service: service, host: $0.target, port: Int($0.port))
            }
        }
        // The target `.`: decidedly not here.
        guard !servers.isEmpty else { throw .refused }
        return SIPServers(
            servers: Array(servers.prefix(Self.maximumServers)),
            timeToLive: found.map(\.answer.timeToLive).min() ?? Self.absenceTime
        )
    }
}
