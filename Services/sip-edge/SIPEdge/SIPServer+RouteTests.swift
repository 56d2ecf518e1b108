import EdgeKit
import Messaging
import NIOCore
import NetworkKit
import Policy
import SIPCore
import TLS
import Wire

/// Questions that an administrator has the servers of a route asked (`isthmusctl test route`): by the same transactions and connections
/// as all requests, over connections of their own, which nothing else uses.
extension SIPServer {
    /// Tests at the same time.
    static let simultaneousRouteTests = 4
    /// Servers of one route that are asked: the first ones, which are those that messages go to.
    private static let testedServers = 4
    /// How long one server has, and all of them.
    private static let serverTestTime = TimeAmount.seconds(8)
    private static let routeTestTime = TimeAmount.seconds(22)

    /// Asks the servers of a route for OPTIONS, and tells each step.
    func test(_ test: RouteTest) async -> [TestStep] {
        guard self.routeTests.count < Self.simultaneousRouteTests else {
            let words = "this edge has \(Self.simultaneousRouteTests) tests under way, as many as there may be"
            return [TestStep("OPTIONS", .bad, words, remedy: "Ask again in half a minute.", reason: .queueFull)]
        }
        guard let route = self.policy.route(id: test.route) else {
            let words = "this edge does not know the route \(test.route) yet"
            return [TestStep("policy", .bad, words, remedy: "isthmusctl edge list", reason: .noRoute)]
        }
        self.counter += 1
        let number = self.counter
        self.routeTests[number] = PendingRouteTest(walk: RouteWalk(route))
        let end = NIODeadline.now() + Self.routeTestTime
        for server in await self.testServers(of: route, number) {
            guard self.routeTests[number] != nil, !self.isDraining else { break }
            guard .now() < end else {
                self.note(number, .timedOut(seconds: Self.routeTestTime.nanoseconds / 1_000_000_000))
                break
            }
            await self.ask(server, number, until: min(end, .now() + Self.serverTestTime))
        }
        let steps = self.routeTests.removeValue(forKey: number)?.walk.steps ?? []
        let idle = TestStep("policy", .warning, "the route is not enabled: messages do not take it")
        return route.isEnabled ? steps : [idle] + steps
    }

    /// The servers as DNS names them now, whatever is remembered of it.
    private func testServers(of route: StaticRoute, _ number: UInt64) async -> [NextHop] {
        if let hop = NextHop(route) { return [hop] }
        let query = ServerQuery(route)
        do throws(ServiceResolutionError) {
            let found = try await self.resolver.sipServers(of: query.domain, query.transport?.service)
            let servers = found.servers.map { NextHop($0, of: query) }
            self.note(number, .found(servers.map { "\($0.host):\($0.port) (\($0.transport.rawValue))" }))
            return Array(servers.prefix(Self.testedServers))
        } catch {
            self.note(number, .notFound(error.description))
            return []
        }
    }

    /// Asks one server, and waits for what becomes of it.
    private func ask(_ server: NextHop, _ number: UInt64, until deadline: NIODeadline) async {
        var hop = server
        hop.test = number
        let timer = self.loop.scheduleTask(deadline: deadline) { [weak self] in
            self?.assumeIsolated { $0.giveUp(number) }
        }
        await withCheckedContinuation { continuation in
            self.routeTests[number]?.hop = hop
            self.routeTests[number]?.continuation = continuation
            var transaction = ClientTransaction(self.options(hop), .test(number))
            transaction.hop = hop
            self.start(transaction)
            self.flush()
        }
        timer.cancel()
        self.closeTest(of: hop)
    }

    /// Takes note of what happens to the connection of a test.
    func note(_ hop: NextHop, _ event: RouteWalk.Event) {
        // A server that was given up may still be heard of.
        if let number = hop.test, self.routeTests[number]?.hop == hop { self.note(number, event) }
    }

    private func note(_ number: UInt64, _ event: RouteWalk.Event) {
        self.routeTests[number]?.walk.handle(event)
    }

    /// The server has not answered in its time.
    private func giveUp(_ number: UInt64) {
        for (id, transaction) in self.clientTransactions {
            if case .test(number) = transaction.purpose { self.clientTransactions[id] = nil }
        }
        self.testEnded(number, .failure(.nextHopTimeout))
    }

    /// What a question of a test came to.
    func testEnded(_ number: UInt64, _ outcome: SIPOutcome) {
        guard let test = self.routeTests[number], let continuation = test.continuation else { return }
        self.routeTests[number]?.continuation = nil
        switch outcome {
        case .response(let response):
            let server = response.headers[.server] ?? response.headers[.userAgent] ?? ""
            self.note(
                number,
                .answered(
                    status: response.status.code,
                    phrase: response.status.reason,
                    server: String(server.prefix(80))
                )
            )
            self.judge(number)
        case .failure(let failure) where failure.reason == .nextHopTimeout: self.note(number, .unanswered)
        // Why was told when the connection ended.
        case .failure: break
        }
        continuation.resume()
    }

    /// Whether requests would be taken from the server that has answered.
    private func judge(_ number: UInt64) {
        guard let hop = self.routeTests[number]?.hop, case .open(let id)? = self.hops[hop]?.link,
            let peer = self.peers[id]
        else { return }
        let name = peer.isKnownByCertificate ? peer.provenNames.joined(separator: ", ") : peer.address
        self.note(number, .judged(peer.authorization(in: self.policy), by: name))
    }

    /// Lets go of the connection of a test.
    private func closeTest(of hop: NextHop) {
        if case .open(let id)? = self.hops[hop]?.link, let connection = self.connections[id] {
            connection.close(on: self.loop)
        }
        self.hops[hop] = nil
    }

    /// Ends all tests, with what is known by now.
    func endRouteTests() {
        for number in self.routeTests.keys { self.giveUp(number) }
    }

    /// What the handshake with a server came to.
    func noteSecured(_ hop: NextHop, _ peer: PeerIdentity, _ handshake: TLSHandshakeCompleted) {
        guard hop.test != nil else { return }
        let context = hop.tls.allowsLegacy ? self.identities.legacyContext : self.identities.current
        let certificate = peer.certificate.map { certificate in
            let names = certificate.dnsNames + certificate.uris + certificate.ipAddresses
            return
                "\(certificate.subject), issued by \(certificate.issuer), for \(names.isEmpty ? "no name" : names.joined(separator: ", "))"
        }
        self.note(
            hop,
            .secured(
                RouteWalk.Security(
                    words: "\(handshake.protocolVersion) with \(handshake.cipher)",
                    shown: context.flatMap { self.identityName(in: $0, for: hop) } ?? "",
                    certificate: certificate ?? "none was shown",
                    objection: peer.isNextHop(hop) ? nil : peer.objection ?? "does not name \(hop.identity), exactly"
                )
            )
        )
    }
}

/// A test whose end an administrator waits for.
struct PendingRouteTest {
    var walk: RouteWalk
    /// The server that is being asked.
    var hop: NextHop?
    /// Waits for it.
    var continuation: CheckedContinuation<Void, Never>?
}
