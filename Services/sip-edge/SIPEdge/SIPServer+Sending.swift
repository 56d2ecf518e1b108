import Bus
import Interworking
import Logging
import Messaging
import NetworkKit
import NIOCore
import Policy
import ServiceKit
import SIPCore
import TLS
import Wire

extension SIPServer {
    /// How long a next hop may take to answer. Below the time the other edge waits for the fate of a message, so that its
    /// sender is told by us; RFC 3261's Timer F is 32 s.
    static let transactionTimeout = TimeAmount.seconds(15)
    /// Timers with that Timer F.
    private static let timers = TimerValues(t1: .seconds(15) / 64, t2: .seconds(4), t4: .seconds(5))

    /// Sends a request where the routes for `user` lead.
    func send(_ request: Request, to user: Address, purpose: ClientTransaction.Purpose, id: MessageID?) {
        let routes = self.policy.routes(to: user)
        let now = NIODeadline.now()
        // A next hop that failed lately is tried after all others; order is kept otherwise.
        let usable = routes.filter { self.hops[NextHop($0)]?.isDown(at: now) != true }
        let ordered = usable + routes.filter { self.hops[NextHop($0)]?.isDown(at: now) == true }
        guard let first = ordered.first else {
            return self.finish(purpose, .failure(.noRoute))
        }
        guard self.clientTransactions.count < self.configuration.limits.transactions else {
            return self.finish(purpose, .failure(.overloaded))
        }
        self.start(
            ClientTransaction(
                machine: NonInviteClientTransaction(isTransportReliable: true, timers: Self.timers),
                request: request,
                purpose: purpose,
                hop: NextHop(first),
                alternatives: ordered.dropFirst(),
                connection: nil,
                target: request.target,
                messageID: id
            ),
            by: first
        )
    }

    private func start(_ transaction: ClientTransaction, by route: StaticRoute?) {
        var transaction = transaction
        if let route, route.replaceHostInRequestURI, case .sip(var uri) = transaction.target {
            uri.host = route.nextHop
            transaction.request.target = .sip(uri)
        }
        let number = self.newTransactionNumber()
        _ = transaction.machine.handle(.start)
        self.clientTransactions[number] = transaction
        self.clientDeadlines.append(number, at: .now())
        switch self.hops[transaction.hop, default: NextHopState()].link {
        case .open(let connection): self.transmit(number, by: connection)
        case .connecting(let waiting):
            guard waiting.count < NextHopState.waitingLimit else {
                self.clientTransactions[number] = nil
                return self.finish(transaction.purpose, .failure(.overloaded))
            }
            self.hops[transaction.hop]?.link = .connecting(waiting: waiting + [number])
        case .none:
            self.hops[transaction.hop, default: NextHopState()].link = .connecting(waiting: [number])
            self.connect(to: transaction.hop)
        }
    }

    /// Writes a request to a connection, with the Via and Contact of that connection.
    private func transmit(_ number: UInt64, by id: ConnectionID) {
        guard var transaction = self.clientTransactions[number], let connection = self.connections[id] else { return }
        transaction.connection = id
        self.clientTransactions[number] = transaction
        var request = transaction.request
        let host = self.configuration.advertisedHost ?? connection.localAddress.bracketed
        let port = self.listeningPort(isTLS: connection.isTLS)
        let transport = connection.isTLS ? "TLS" : "TCP"
        let via = "SIP/2.0/\(transport) \(host):\(port);branch=\(Admission.branchPrefix)\(self.instance).\(number)"
        request.headers.fields.insert(Headers.Field(.via, via), at: 0)
        if request.method == .subscribe || request.method == .notify {
            request.headers.append(.contact, "<sip:\(host):\(port);transport=\(transport.lowercased())>")
        }
        connection.assumeIsolated { $0.append(request) }
        self.touch(id)
    }

    /// The port peers reach us at, for Via and Contact.
    private func listeningPort(isTLS: Bool) -> Int {
        (isTLS ? self.configuration.tls : self.configuration.tcp).first?.port ?? (isTLS ? 5061 : 5060)
    }

    // MARK: - Answers

    func received(_ response: Response) {
        guard let number = self.transactionNumber(of: response),
            var transaction = self.clientTransactions[number]
        else { return }
        for action in transaction.machine.handle(.response(response)) {
            switch action {
            case .deliver(let response) where response.isFinal:
                self.clientTransactions[number] = nil
                self.answered(transaction, response)
            case .deliver, .sendRequest, .startTimer, .stopTimer, .fail, .finish:
                break  // provisional responses change nothing; timers are not used over TCP but for Timer F
            }
        }
        if !response.isFinal { self.clientTransactions[number] = transaction }
    }

    private func answered(_ transaction: ClientTransaction, _ response: Response) {
        self.hops[transaction.hop]?.downUntil = nil
        guard response.status.code == 503 else { return self.finish(transaction.purpose, .response(response)) }
        self.markDown(transaction.hop, "503")
        self.failOver(transaction, .response(response))
    }

    /// The branch of our Via, which is the topmost ([RFC 3261 §17.1.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.3)).
    private func transactionNumber(of response: Response) -> UInt64? {
        guard let branch = response.headers.topVia?.branch,
            branch.hasPrefix("\(Admission.branchPrefix)\(self.instance).")
        else { return nil }
        return UInt64(branch.dropFirst(Admission.branchPrefix.utf8.count + self.instance.utf8.count + 1))
    }

    private func newTransactionNumber() -> UInt64 {
        self.transactionCounter += 1
        return self.transactionCounter
    }

    /// Tries the next route, if there is one; else that was it.
    private func failOver(_ transaction: ClientTransaction, _ outcome: SIPOutcome) {
        guard let next = transaction.alternatives.first else { return self.finish(transaction.purpose, outcome) }
        self.logger.info(
            "Next hop failed; trying the next route",
            metadata: [
                "message.id": "\(transaction.messageID?.rawValue ?? "")", "sip.next_hop": "\(transaction.hop)",
                "sip.alternative": "\(NextHop(next))",
            ]
        )
        var other = transaction
        other.machine = NonInviteClientTransaction(isTransportReliable: true, timers: Self.timers)
        other.request.target = transaction.target
        other.hop = NextHop(next)
        other.alternatives = transaction.alternatives.dropFirst()
        other.connection = nil
        self.start(other, by: next)
    }

    func expireTransactions(at now: NIODeadline) {
        while let number = self.clientDeadlines.popExpired(at: now) {
            guard let transaction = self.clientTransactions.removeValue(forKey: number) else { continue }
            self.markDown(transaction.hop, "no answer")
            self.failOver(transaction, .failure(.nextHopTimeout))
        }
    }

    /// Does with an outcome what the request was for.
    func finish(_ purpose: ClientTransaction.Purpose, _ outcome: SIPOutcome) {
        switch purpose {
        case .message(let message, let token): self.completed(message, token, outcome.result)
        case .subscribe(let pair, let token): self.subscribed(pair, token, outcome)
        case .notify(let dialog): self.notified(dialog, outcome)
        case .probe: break
        }
    }

    // MARK: - Connections to next hops

    private func connect(to hop: NextHop) {
        Task {
            do {
                let addresses = try await self.resolver.addresses(of: hop.host, port: hop.port)
                _ = try await self.connection(to: hop, addresses).get()
            } catch {
                self.lost(hop, nil, "\(error)")
            }
            self.flush()
        }
    }

    /// The next hop can be used now: over TLS only when its certificate is good and names it.
    func opened(_ hop: NextHop, _ connection: SIPConnection, _ peer: PeerIdentity) {
        guard case .connecting(let waiting)? = self.hops[hop]?.link else { return }
        if hop.transport == .tls, !peer.isNextHop(hop) {
            self.lost(hop, connection.id, "its certificate is not trusted or does not name \(hop.host)")
            return connection.close(on: self.loop)
        }
        self.hops[hop]?.link = .open(connection.id)
        self.hops[hop]?.downUntil = nil
        self.logger.info("Next hop connected", metadata: ["sip.next_hop": "\(hop)"])
        for number in waiting { self.transmit(number, by: connection.id) }
        self.flush()
    }

    /// The connection to a next hop, or the attempt at one, is over: what it carried or waited for it tries elsewhere.
    func lost(_ hop: NextHop, _ connection: ConnectionID?, _ reason: String) {
        guard let state = self.hops[hop] else { return }
        switch state.link {
        case .none: return
        case .open(let current): guard current == connection else { return }
        case .connecting: self.logger.warning("Next hop not reached", metadata: ["sip.next_hop": "\(hop)", "error": "\(reason)"])
        }
        self.hops[hop]?.link = .none
        self.markDown(hop, reason)
        let affected = self.clientTransactions.filter { $0.value.hop == hop }.keys.sorted()
        for number in affected {
            guard let transaction = self.clientTransactions.removeValue(forKey: number) else { continue }
            self.failOver(transaction, .failure(.nextHopUnreachable))
        }
    }

    private func markDown(_ hop: NextHop, _ reason: String) {
        let wasDown = self.hops[hop]?.isDown(at: .now()) == true
        self.hops[hop, default: NextHopState()].downUntil = .now() + NextHopState.downTime
        guard !wasDown else { return }
        self.logger.warning("Next hop is down", metadata: ["sip.next_hop": "\(hop)", "error": "\(reason)"])
    }

    /// Asks each next hop for a sign of life from time to time; whatever it answers, it lives.
    func probeNextHops(at now: NIODeadline) {
        let interval = TimeAmount(self.configuration.probeInterval)
        for route in self.policy.allRoutes where route.isEnabled {
            let hop = NextHop(route)
            if let last = self.hops[hop]?.probedAt, last + interval > now { continue }
            self.hops[hop, default: NextHopState()].probedAt = now
            var headers = Headers()
            headers.append(.maxForwards, "1")
            headers.append(.from, "<sip:\(self.configuration.advertisedHost ?? "isthmus.invalid")>;tag=\(self.newTag())")
            headers.append(.to, "<sip:\(hop.host.bracketed)>")
            headers.append(.callID, self.uniqueName())
            headers.append(.cSeq, "1 OPTIONS")
            let uri = SIPURI(user: nil, host: hop.host.bracketed, port: UInt16(exactly: hop.port))
            self.start(
                ClientTransaction(
                    machine: NonInviteClientTransaction(isTransportReliable: true, timers: Self.timers),
                    request: Request(.options, uri: uri, headers: headers),
                    purpose: .probe,
                    hop: hop,
                    alternatives: [],
                    connection: nil,
                    target: .sip(uri),
                    messageID: nil
                ),
                by: nil
            )
        }
    }
}

/// What a request came to.
enum SIPOutcome {
    case response(Response)
    case failure(DeliveryFailure)

    /// The fate of a message.
    var result: Result<Taken, DeliveryFailure> {
        switch self {
        case .response(let response):
            response.status.isSuccess ? .success(Taken()) : .failure(DeliveryFailure(response))
        case .failure(let failure): .failure(failure)
        }
    }
}

extension PeerIdentity {
    /// Whether this is the server a route names.
    func isNextHop(_ hop: NextHop) -> Bool {
        guard let certificate = self.certificate, certificate.isTrusted else { return false }
        return certificate.matches(host: hop.host)
    }
}

extension DeliveryFailure {
    static let noRoute = DeliveryFailure(
        .itemNotFound,
        reason: .noRoute,
        text: "no static route leads to the recipient's SIP server"
    )
    static let nextHopTimeout = DeliveryFailure(
        .remoteServerTimeout,
        reason: .nextHopTimeout,
        text: "the SIP server did not answer in time"
    )
    static let nextHopUnreachable = DeliveryFailure(
        .remoteServerNotFound,
        reason: .nextHopUnreachable,
        text: "the SIP server cannot be reached"
    )
}
