import Bus
import EdgeKit
import Interworking
import Logging
import Messaging
import NIOCore
import NetworkKit
import Policy
import SIPCore
import ServiceKit
import Wire

/// Requests of ours: non-INVITE client transactions over routes and their alternatives.
///
/// The place of Timer F is taken by two times of the configuration, one while another route is left and one for the last.
extension SIPServer {
    /// Sends a request where the routes for `user` lead.
    ///
    /// - Parameters:
    ///   - request: Without Via and Contact, which depend on the connection.
    ///   - user: Whose routes are taken.
    ///   - preferred: A connection of the peer's to send it over while that is open
    ///     ([RFC 5923](https://www.rfc-editor.org/rfc/rfc5923)); the routes are for when it is not.
    ///   - dialog: Whose route set, or whose Contact, says where it goes; `nil` outside of dialogs.
    ///   - purpose: What is to be done with the outcome.
    ///   - id: The message this is about, for the log.
    func send(
        _ request: Request,
        to user: Address,
        over preferred: ConnectionID? = nil,
        in dialog: Dialog? = nil,
        purpose: ClientTransaction.Purpose,
        id: MessageID?
    ) {
        let nextHop = dialog?.nextHop
        var routes = self.usableRoutes(to: user, request, nextHop)
        guard self.clientTransactions.count < self.configuration.limits.transactions else {
            return self.finish(purpose, .failure(.overloaded))
        }
        let isSecure = nextHop?.scheme == .sips
        if let preferred, let connection = self.connections[preferred], connection.isTLS || !isSecure {
            let number = self.add(ClientTransaction(request, purpose, alternatives: routes, messageID: id))
            return self.transmit(number, by: preferred)
        }
        guard let first = routes.popFirst() else {
            return self.finish(purpose, .failure(isSecure ? .noSecureRoute : .noRoute))
        }
        var transaction = ClientTransaction(request, purpose, alternatives: routes, messageID: id)
        transaction.take(first)
        self.start(transaction)
    }

    /// The routes in the order in which they are tried: those whose next hop failed lately after all others.
    private func usableRoutes(to user: Address, _ request: Request, _ nextHop: SIPURI?) -> ArraySlice<StaticRoute> {
        let isPhone = request.requestURI?.parameter("user")?.value == "phone"
        let known = self.policy.routes(to: user, isPhoneURI: isPhone)
        let routes = Self.routes(known, to: user, by: nextHop, self.policy)
        guard routes.count > 1 else { return routes[...] }
        let now = NIODeadline.now()
        func isDown(_ route: StaticRoute) -> Bool {
            let servers = self.servers(of: route)
            return !servers.isEmpty && servers.allSatisfy { self.hops[$0]?.isDown(at: now) == true }
        }
        return (routes.filter { !isDown($0) } + routes.filter(isDown))[...]
    }

    /// Begins a transaction; its number is in our branch.
    func add(_ transaction: ClientTransaction) -> UInt64 {
        self.transactionCounter += 1
        let number = self.transactionCounter
        if transaction.hasAlternative {
            self.attemptDeadlines.append(number, at: .now())
        } else {
            self.answerDeadlines.append(number, at: .now())
        }
        self.clientTransactions[number] = transaction
        return number
    }

    /// Gives a transaction to its next hop.
    func start(_ transaction: ClientTransaction) {
        guard let hop = transaction.hop else { return self.locate(transaction) }
        switch self.hops[hop, default: NextHopState()].link {
        case .open(let connection):
            self.transmit(self.add(transaction), by: connection)
        case .connecting:
            guard self.hops[hop]?.waiting.count ?? 0 < NextHopState.waitingLimit else {
                return self.failOver(transaction, .failure(.overloaded))
            }
            let number = self.add(transaction)
            self.hops[hop]?.waiting.append(number)
        case .none:
            let number = self.add(transaction)
            if let connection = self.reusableConnection(to: hop) {
                self.hops[hop, default: NextHopState()].link = .open(connection)
                return self.transmit(number, by: connection)
            }
            self.hops[hop, default: NextHopState()].link = .connecting
            self.hops[hop]?.waiting = [number]
            self.connect(to: hop)
        }
    }

    /// Writes a request to a connection, with the Via and Contact of that connection.
    func transmit(_ number: UInt64, by id: ConnectionID) {
        guard let connection = self.connections[id], var request = self.clientTransactions[number]?.request else {
            return
        }
        let via = self.via(connection, self.branch(number))
        request.headers.fields.insert(Headers.Field(.via, via), at: 0)
        request.headers.append(Admission.marker, self.agent(for: connection))
        if [.subscribe, .notify, .invite].contains(request.method) {
            let contact = self.contact(connection)
            request.headers.append(.contact, request.isAddressedBySIPS ? Self.sips(contact) : contact)
        }
        if request.method == .invite { self.describeSession(in: &request, connection) }
        self.begin(number, request, by: connection)
    }

    /// Names our transactions: who answers must have seen the request.
    func branch(_ number: UInt64) -> String {
        "\(Admission.branchPrefix)\(self.instance).\(number).\(self.clientTransactions[number]?.secret ?? "")"
    }

    // MARK: - Who we are

    /// Our host and port as the peer at the other end of `connection` can reach us.
    func sentBy(_ connection: SIPConnection) -> String {
        "\(self.agent(for: connection)):\(self.listeningPort(connection))"
    }

    func listeningPort(_ connection: SIPConnection) -> Int {
        // Who has come is reached where it came to.
        if connection.hop == nil, connection.transport.isReliable { return connection.localPort }
        return switch connection.transport {
        case .tcp: self.tcpPort ?? SIPTransport.tcp.defaultPort
        case .tls: self.tlsPort ?? SIPTransport.tls.defaultPort
        // Without a listener the socket of the next hop is where we can be reached.
        case .udp: self.udpPort ?? connection.localPort
        }
    }

    func contact(_ connection: SIPConnection) -> String {
        "<sip:\(self.sentBy(connection));transport=\(connection.transport.rawValue)>"
    }

    /// The same contact by SIPS.
    static func sips(_ contact: String) -> String {
        contact.replacing("<sip:", with: "<sips:").replacing(";transport=tls", with: "")
    }

    /// Our host name or address, for Via, Contact and Warning.
    func agent(for connection: SIPConnection) -> String {
        self.configuration.advertisedHost?.bracketed ?? connection.localAddress.bracketed
    }

    // MARK: - Answers

    func received(_ response: Response, on connection: SIPConnection) {
        // RFC 3261 §18.1.2: a response comes by the connection the request left by; another peer cannot answer for it.
        guard let number = self.transactionNumber(of: response), var transaction = self.clientTransactions[number],
            self.isAnswerable(transaction, by: connection), response.headers.topVia?.branch == self.branch(number),
            response.headers.cSeq?.method == transaction.request.method,
            // RFC 3261 §8.1.3.3: with more than our own Via it has gone astray.
            response.headers.all(.via).count == 1
        else { return self.receivedStray(response, on: connection) }
        if let hop = transaction.hop {
            self.hops[hop]?.heardAt = .now()
            if response.headers.cSeq?.method == .options { self.noteProduct(of: hop, response.headers) }
        }
        guard case .other(var machine) = transaction.machine else {
            return self.received(response, number, transaction, connection)
        }
        let actions = machine.handle(.response(response))
        transaction.machine = .other(machine)
        // Provisional responses change nothing: the sender's patience is what it is.
        self.clientTransactions[number] = response.isFinal ? nil : transaction
        guard response.isFinal else { return }
        self.awaitRepeats(number, transaction, actions)
        for case .deliver(let response) in actions { self.answered(transaction, response) }
    }

    func answered(_ transaction: ClientTransaction, _ response: Response) {
        if let hop = transaction.hop, self.hops[hop]?.downUntil != nil { self.hops[hop]?.downUntil = nil }
        guard response.status.code == 503 else { return self.finish(transaction.purpose, .response(response)) }
        if let hop = transaction.hop { self.markDown(hop, "503") }
        self.failOver(transaction, .response(response))
    }

    /// The branch of our Via, which is the topmost ([RFC 3261 §17.1.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.3)).
    func transactionNumber(of response: Response) -> UInt64? {
        guard let branch = response.headers.topVia?.branch,
            branch.hasPrefix("\(Admission.branchPrefix)\(self.instance).")
        else { return nil }
        let rest = branch.dropFirst(Admission.branchPrefix.utf8.count + self.instance.utf8.count + 1)
        return UInt64(rest.prefix { $0 != "." })
    }

    // MARK: - Other ways

    /// Tries the next route, if there is one and somebody still waits; else that was it.
    func failOver(_ transaction: ClientTransaction, _ outcome: SIPOutcome) {
        var transaction = transaction
        guard transaction.hasAlternative, transaction.purpose.deadline.map({ $0 > .now() }) ?? true else {
            return self.finish(transaction.purpose, transaction.explain(outcome))
        }
        let failed = transaction.hop?.description ?? transaction.query?.description ?? "the peer's connection"
        // First the other servers of the same next hop (RFC 3263 §4.3), then the other routes.
        if let server = transaction.servers.popFirst() {
            transaction.take(server)
        } else if let route = transaction.alternatives.popFirst() {
            transaction.take(route)
        }
        self.metrics.failedOver.increment()
        self.logFailOver(of: failed, to: transaction)
        self.start(transaction)
    }

    /// All that is under way to a next hop fails over at once: of a flood, so many lines are enough.
    private func logFailOver(of failed: String, to transaction: ClientTransaction) {
        guard let suppressed = self.failOverLines.admit(at: .now) else { return }
        var metadata: Logger.Metadata = [
            "message.id": "\(transaction.messageID?.rawValue ?? "")",
            "sip.next_hop": "\(failed)",
            "sip.alternative": "\(transaction.hop?.description ?? transaction.query?.description ?? "")",
        ]
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        self.logger.info("Next hop failed; trying the next route", metadata: metadata)
    }

    /// Ends the transactions that `isAffected` says; they try other ways.
    func failOver(_ failure: DeliveryFailure, where isAffected: (ClientTransaction) -> Bool) {
        // In the order in which they were sent, so that a conversation keeps its order.
        for number in self.clientTransactions.filter({ isAffected($0.value) }).keys.sorted() {
            guard let transaction = self.clientTransactions.removeValue(forKey: number) else { continue }
            self.failOver(transaction, .failure(failure))
        }
    }

    func expireTransactions(at now: NIODeadline) {
        while let number = self.attemptDeadlines.popExpired(at: now) {
            // A phone that rings is no next hop that fails: whoever is asked may take the time of a last attempt.
            if self.isRinging(number) { self.ringOn(number) } else { self.expire(number) }
        }
        while let number = self.answerDeadlines.popExpired(at: now) { self.expire(number) }
    }

    func expire(_ number: UInt64) {
        self.cancelInvite(number)
        guard let transaction = self.clientTransactions.removeValue(forKey: number) else { return }
        if let hop = transaction.hop { self.markDown(hop, "no answer") }
        self.failOver(transaction, .failure(.nextHopTimeout))
    }

    /// Does with an outcome what the request was for.
    func finish(_ purpose: ClientTransaction.Purpose, _ outcome: SIPOutcome) {
        switch purpose {
        case .message(let message, let token): self.completed(message, token, outcome)
        case .subscribe(let pair): self.subscribed(pair, outcome)
        case .notify(let dialog): self.notified(dialog, outcome)
        case .probe, .typing: break
        case .test(let number): self.testEnded(number, outcome)
        case .invite(let session, _): self.inviteAnswered(session, outcome)
        case .inSession(let session, let request, _): self.answered(session, request, outcome)
        }
    }
}

extension DeliveryFailure {
    static let noRoute = DeliveryFailure(
        .itemNotFound,
        reason: .noRoute,
        text: "no static route leads to the recipient's SIP server"
    )
    static let noSecureRoute = DeliveryFailure(
        .itemNotFound,
        reason: .noRoute,
        text: "the SIP side has asked for TLS on each hop (sips:), and no static route by TLS leads to it"
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
