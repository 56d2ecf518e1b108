import EdgeKit
import Logging
import NIOCore
import NetworkKit
import Policy
import SIPCore
import ServiceKit
import TLS

/// Connections to next hops: one each, made when there is something to send, used for everything that goes there.
extension SIPServer {
    /// How long a connection to a next hop may take, TLS apart.
    private static let connectTimeout = TimeAmount.seconds(5)

    func connect(to hop: NextHop) {
        Task {
            do {
                let addresses = try await self.resolver.addresses(of: hop.host, port: hop.port)
                self.note(hop, .resolved(host: hop.host, addresses: addresses.compactMap(\.ipAddress)))
                _ = try await self.connection(to: hop, addresses).get()
            } catch {
                self.lost(hop, nil, "\(error)")
            }
            self.flush()
        }
    }

    /// Connects; the connection reports itself when it can be used.
    private func connection(to hop: NextHop, _ addresses: [SocketAddress]) -> EventLoopFuture<any Channel> {
        let context = hop.tls.allowsLegacy ? self.identities.legacyContext : self.identities.current
        guard hop.transport != .tls || context != nil else {
            let isForbidden = hop.tls.allowsLegacy && self.configuration.fips != .off
            let reason = isForbidden ? "the route has legacy-tls, which FIPS mode forbids" : "no certificate yet"
            return self.loop.makeFailedFuture(ConnectError.failed([reason]))
        }
        if let context, hop.transport == .tls, !hop.tls.identity.isEmpty, !context.names.contains(hop.tls.identity) {
            let reason = "there is no certificate for \(hop.tls.identity), which the route is to show"
            return self.loop.makeFailedFuture(ConnectError.failed([reason]))
        }
        guard hop.transport.isReliable else { return self.datagramSocket(to: hop, addresses) }
        return Connector.connect(to: addresses, on: self.loop, timeout: Self.connectTimeout) { [weak self] channel in
            try self?.assumeIsolated { try $0.prepare(channel, for: hop, context) }
        }
    }

    func prepare(_ channel: any Channel, for hop: NextHop, _ context: TLSContext?) throws {
        if hop.transport == .tls, let context {
            let role = TLSRole.client(serverName: hop.identity, identity: self.identityName(in: context, for: hop))
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
        }
        let connection = self.makeConnection(channel, hop: hop, hop.transport)
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connection))
        self.hops[hop]?.attempt = connection.id
        self.add(connection)
        self.note(hop, .connected(address: connection.remoteAddress, port: hop.port, hop.transport))
        if !connection.isTLS, let peer = self.peers[connection.id] { self.opened(hop, connection, peer) }
    }

    /// Under which name we introduce ourselves: the route's, else our host's, else that of a SIP domain.
    func identityName(in context: TLSContext, for hop: NextHop) -> String? {
        if !hop.tls.identity.isEmpty { return hop.tls.identity }
        if let host = self.configuration.advertisedHost, context.names.contains(host) { return host }
        let names = context.names.sorted()
        return names.first { $0.hasPrefix("sip.") } ?? names.first
    }

    /// The next hop can be used now: over TLS only when its certificate is good and names it.
    func opened(_ hop: NextHop, _ connection: SIPConnection, _ peer: PeerIdentity) {
        guard case .connecting? = self.hops[hop]?.link, self.hops[hop]?.attempt == connection.id else {
            // Nobody waits for it any more.
            return connection.close(on: self.loop)
        }
        if hop.transport == .tls, !peer.isNextHop(hop) {
            self.lost(
                hop,
                connection.id,
                "its certificate \(peer.objection ?? "does not name \(hop.identity), exactly")"
            )
            return connection.close(on: self.loop)
        }
        let waiting = self.hops[hop]?.waiting ?? []
        self.hops[hop]?.link = .open(connection.id)
        self.hops[hop]?.waiting = []
        self.hops[hop]?.downUntil = nil
        self.logger.info("Next hop connected", metadata: ["sip.next_hop": "\(hop)", "peer.address": "\(peer.address)"])
        for number in waiting { self.transmit(number, by: connection.id) }
        self.flush()
    }

    /// The connection to a next hop, or the attempt at one, is over: what it carried or waited for it tries elsewhere.
    func lost(_ hop: NextHop, _ connection: ConnectionID?, _ reason: String) {
        guard let state = self.hops[hop] else { return }
        switch state.link {
        case .none: return
        case .open(let current): guard current == connection else { return }
        // A connection from before may end only now: the attempt at the next one goes on.
        case .connecting: guard connection == nil || connection == state.attempt else { return }
        }
        self.note(hop, .failed(reason))
        self.hops[hop]?.link = .none
        self.hops[hop]?.attempt = nil
        self.hops[hop]?.waiting = []
        self.hops[hop]?.addressNumber += 1
        let affected = self.clientTransactions.contains { $0.value.hop == hop }
        // A peer may close an idle connection; that is no failure.
        if affected || state.isConnecting { self.markDown(hop, reason) }
        guard affected else { return }
        self.failOver(.nextHopUnreachable) { $0.hop == hop }
    }

    func markDown(_ hop: NextHop, _ reason: String) {
        guard hop.test == nil else { return }
        let wasDown = self.hops[hop]?.downUntil != nil
        self.hops[hop, default: NextHopState()].downUntil = .now() + NextHopState.downTime
        self.hops[hop]?.failure = (reason, .now())
        guard !wasDown else { return }
        self.logger.warning("Next hop is down", metadata: ["sip.next_hop": "\(hop)", "error": "\(reason)"])
    }

    // MARK: - Signs of life

    /// Asks each next hop for a sign of life when it gave none for a while; whatever it answers, it lives (SPEC §5).
    func probeNextHops(at now: NIODeadline) {
        guard now >= self.nextProbeRound else { return }
        self.nextProbeRound = now + .seconds(1)
        let interval = TimeAmount(self.configuration.probeInterval)
        var listed: Set<NextHop> = []
        for route in self.policy.allRoutes where route.isEnabled {
            if route.isFoundInDNS { self.askForServers(ServerQuery(route)) }
            for hop in self.servers(of: route) where listed.insert(hop).inserted {
                let state = self.hops[hop, default: NextHopState()]
                let heard = max(state.heardAt ?? .uptimeNanoseconds(0), state.probedAt ?? .uptimeNanoseconds(0))
                guard heard + interval <= now || (state.heardAt == nil && state.probedAt == nil) else { continue }
                self.hops[hop, default: NextHopState()].probedAt = now
                self.probe(hop)
            }
        }
        self.forgetLocations()
        // What no route leads to any more is forgotten when its connection has gone.
        for (hop, state) in self.hops where !listed.contains(hop) {
            if case .none = state.link { self.hops[hop] = nil }
        }
    }

    private func probe(_ hop: NextHop) {
        var transaction = ClientTransaction(self.options(hop), .probe)
        transaction.hop = hop
        self.start(transaction)
    }

    /// A question for a sign of life ([RFC 3261 §11.1](https://www.rfc-editor.org/rfc/rfc3261#section-11.1)).
    func options(_ hop: NextHop) -> Request {
        var headers = Headers()
        let from = SIPURI(user: nil, host: self.configuration.advertisedHost ?? "isthmus.invalid")
        let port = hop.domain == nil ? UInt16(exactly: hop.port) : nil
        let uri = SIPURI(user: nil, host: hop.identity.bracketed, port: port)
        headers.append(.maxForwards, "70")
        headers.append(.from, "<\(from)>;tag=\(self.newTag())")
        headers.append(.to, "<\(uri)>")
        headers.append(.callID, self.uniqueName())
        headers.append(.cSeq, "1 OPTIONS")
        return Request(.options, uri: uri, headers: headers)
    }
}

extension PeerIdentity {
    /// Whether this is the server a route names: where DNS has found it, one that may serve the domain of the route, whatever names DNS has
    /// put between ([RFC 3263 §4.1](https://www.rfc-editor.org/rfc/rfc3263#section-4.1),
    /// [RFC 5922 §7.3](https://www.rfc-editor.org/rfc/rfc5922#section-7.3)); else the host itself.
    func isNextHop(_ hop: NextHop) -> Bool {
        guard let certificate = self.certificate, certificate.isTrusted, certificate.hasServerAuth else { return false }
        guard let domain = hop.domain else { return certificate.matches(sipServer: hop.host) }
        return certificate.matches(sipDomain: domain)
    }

    /// What is wrong with its certificate, whoever it should be.
    var objection: String? {
        switch self.certificate?.verification {
        case .untrusted(let reason): "is not trusted: \(reason)"
        case nil: "is missing"
        case .trusted: self.certificate?.hasServerAuth == false ? "is not for servers (extended key usage)" : nil
        }
    }
}
