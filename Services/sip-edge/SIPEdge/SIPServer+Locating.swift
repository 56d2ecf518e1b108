import DNS
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy

/// Next hops that DNS has to find: NAPTR, SRV, and the fail-over between what they name
/// ([RFC 3263](https://www.rfc-editor.org/rfc/rfc3263)).
///
/// Answers are kept as long as they hold, and asked for again before a message needs them. When DNS does not answer, what it said
/// before serves on.
extension SIPServer {
    /// How long an answer holds at least and at most, in seconds, and after what time a failed question is asked again.
    private static let validity = 15...3600
    private static let retryTime = TimeAmount.seconds(5)

    /// The servers of a route, as far as they are known.
    func servers(of route: StaticRoute) -> [NextHop] {
        if let hop = NextHop(route) { return [hop] }
        return self.locations[ServerQuery(route)]?.servers ?? []
    }

    /// What the servers behind a route say they are.
    func product(behind route: StaticRoute) -> StaticRoute.Dialect? {
        self.servers(of: route).lazy.compactMap { self.hops[$0]?.product }.first
    }

    /// Gives a transaction to the servers that DNS names, when it has named them.
    func locate(_ transaction: ClientTransaction) {
        guard let query = transaction.query else { return }
        self.askForServers(query)
        let location = self.locations[query, default: ServerLocation()]
        guard location.servers.isEmpty else { return self.start(transaction, location.servers) }
        guard location.isAsking else { return self.failOver(transaction, .failure(.unlocated(location.failure))) }
        guard location.waiting.count < NextHopState.waitingLimit else {
            return self.failOver(transaction, .failure(.overloaded))
        }
        self.locations[query]?.waiting.append(self.add(transaction))
    }

    /// Those that failed lately are tried last.
    private func start(_ transaction: ClientTransaction, _ servers: [NextHop]) {
        let now = NIODeadline.now()
        func isDown(_ hop: NextHop) -> Bool { self.hops[hop]?.isDown(at: now) == true }
        var servers = (servers.filter { !isDown($0) } + servers.filter(isDown))[...]
        var transaction = transaction
        transaction.take(servers.popFirst())
        transaction.servers = servers
        self.start(transaction)
    }

    /// Asks DNS, unless what it said still holds.
    func askForServers(_ query: ServerQuery) {
        let location = self.locations[query, default: ServerLocation()]
        guard !location.isAsking, location.validUntil <= .now() else { return }
        self.locations[query, default: ServerLocation()].isAsking = true
        Task {
            do throws(ServiceResolutionError) {
                self.located(query, try await self.resolver.sipServers(of: query.domain, query.transport?.service))
            } catch {
                self.notLocated(query, error)
            }
            self.flush()
        }
    }

    private func located(_ query: ServerQuery, _ answer: SIPServers) {
        guard var location = self.locations[query] else { return }
        let seconds = min(max(answer.timeToLive, Self.validity.lowerBound), Self.validity.upperBound)
        let servers = answer.servers.map { NextHop($0, of: query) }
        if Set(servers) != Set(location.servers) {
            self.logger.info(
                "Next hop found in DNS",
                metadata: [
                    "sip.next_hop": "\(query)",
                    "sip.servers": "\(servers.map(\.description).joined(separator: ", "))",
                ]
            )
        }
        let waiting = location.waiting
        location.servers = servers
        location.validUntil = .now() + .seconds(Int64(seconds))
        location.isAsking = false
        location.failure = nil
        location.waiting = []
        self.locations[query] = location
        for number in waiting {
            guard let transaction = self.clientTransactions.removeValue(forKey: number) else { continue }
            self.start(transaction, servers)
        }
    }

    private func notLocated(_ query: ServerQuery, _ error: ServiceResolutionError) {
        guard var location = self.locations[query] else { return }
        if location.failure == nil {
            self.logger.warning(
                "Next hop not found in DNS",
                metadata: ["sip.next_hop": "\(query)", "error": "\(error)"]
            )
        }
        let waiting = location.waiting
        location.validUntil = .now() + Self.retryTime
        location.isAsking = false
        location.failure = error.description
        location.waiting = []
        // A domain that says it has no servers has none; one that does not answer has those it had.
        if error.isAnswer { location.servers = [] }
        self.locations[query] = location
        for number in waiting {
            guard let transaction = self.clientTransactions.removeValue(forKey: number) else { continue }
            self.failOver(transaction, .failure(.unlocated(location.failure)))
        }
    }

    /// Forgets what no route asks for any more.
    func forgetLocations() {
        guard !self.locations.isEmpty else { return }
        let wanted = Set(self.policy.allRoutes.filter { $0.isEnabled && $0.isFoundInDNS }.map { ServerQuery($0) })
        for (query, location) in self.locations where !wanted.contains(query) && location.waiting.isEmpty {
            self.locations[query] = nil
        }
    }
}

extension ServiceResolutionError {
    /// Whether DNS has answered, and the answer is no.
    fileprivate var isAnswer: Bool {
        switch self {
        case .refused: true
        case .lookup(let error): error.isAbsence
        }
    }
}

extension DeliveryFailure {
    fileprivate static func unlocated(_ reason: String?) -> DeliveryFailure {
        DeliveryFailure(
            .remoteServerNotFound,
            reason: .nextHopUnreachable,
            text: "the SIP server is not found in DNS: \(reason ?? "no answer")"
        )
    }
}
